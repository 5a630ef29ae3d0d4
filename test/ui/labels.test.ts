// Badges and rate tags on the patches of the gallery: they stand on or beside their wire and cover no node, in the widest and
// in a narrow font.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { galleryNames, type InterfacePage, openInterface } from './harness.ts';

interface Box {
  readonly name: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

let ui: InterfacePage;
const boxes = (selector: string): Promise<Box[]> =>
  ui.page.evaluate(`[...document.querySelectorAll('${selector}')].filter(element => element.textContent).map(element => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return { name: element.textContent.slice(0, 30), left, top, right, bottom };
  })`);
const meets = (a: Box, b: Box): boolean => a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;
/** Least distance from the middle line of each badge to a wire that the plan delays, in px of the screen. */
const distances = (): Promise<number[]> =>
  ui.read(`[...document.querySelectorAll('.jp-Neuropatch-badge')].map(badge => {
    const box = badge.getBoundingClientRect();
    const delayed = Object.entries(app.engine.plan.connections).filter(([, facts]) => facts.alignSamples > 0).map(([id]) => id);
    let least = Infinity;
    for (const id of delayed) {
      const path = document.querySelector('[data-connection="' + id + '"]');
      for (let at = 0; at <= path.getTotalLength(); at += 2) {
        const { x, y } = path.getPointAtLength(at).matrixTransform(path.getScreenCTM());
        least = Math.min(least, Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom)));
      }
    }
    return least;
  })`);

beforeAll(async () => {
  ui = await openInterface();
  await ui.page.setViewportSize({ width: 1440, height: 900 });
}, 60_000);
afterAll(() => ui?.close());

describe.each(['"DejaVu Sans"', '"Liberation Sans"'])('labels of wires in %s', font => {
  it.each(galleryNames)('%s: each is drawn, covers no node and no other label', async name => {
    await ui.setTheme('light', font);
    await ui.start({ gallery: name });
    const { badges, tags } = await ui.read<{ badges: number; tags: number }>(`(() => {
      const facts = Object.entries(app.engine.plan.connections);
      const isStream = id => !/mod-(control|event)/.test(document.querySelector('[data-connection="' + id + '"]').parentElement.innerHTML);
      return {
        badges: facts.filter(([, fact]) => fact.alignSamples > 0).length,
        tags: facts.filter(([id, fact]) =>
          isStream(id) && (fact.rateHz !== app.store.patch.sampleRateHz || fact.blockFrames > 0)).length,
      };
    })()`);
    const labels = [...(await boxes('.jp-Neuropatch-badge')), ...(await boxes('.jp-Neuropatch-tag'))];
    expect(labels).toHaveLength(badges + tags);
    if (name === 'tube-amp') expect([badges, tags]).toEqual([2, 2]);
    const nodes = await boxes('[data-node]');
    expect(nodes.length).toBeGreaterThan(0);
    for (const label of labels) {
      expect(nodes.filter(node => meets(label, node)).map(node => `${label.name} on ${node.name}`)).toEqual([]);
      expect(labels.filter(other => other !== label && meets(label, other))).toEqual([]);
    }
    for (const distance of await distances()) expect(distance).toBeLessThan(2);
  });
});
