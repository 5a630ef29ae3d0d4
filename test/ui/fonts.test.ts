// Text on nodes in the widest of the usual UI fonts: nothing is cut, wrapped or outside its node; a title goes before its fact.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registry } from '../../src/generated/registry.ts';
import { galleryNames, type InterfacePage, openInterface } from './harness.ts';

let ui: InterfacePage;
/** Texts of nodes that are cut, or stick out of their node or line. */
const cutTexts = (): Promise<string[]> =>
  ui.page.evaluate(`(() => {
    const found = [];
    const there = document.querySelectorAll('[data-node]').length;
    if (there !== Object.keys(app.store.patch.nodes).length) found.push('only ' + there + ' nodes on the page');
    for (const node of document.querySelectorAll('[data-node]')) {
      const outer = node.getBoundingClientRect();
      const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
      for (let text = walker.nextNode(); text; text = walker.nextNode()) {
        const element = text.parentElement;
        if (!text.textContent.trim() || element.closest('[class*=portName], em, [hidden], svg')) continue;
        const range = document.createRange();
        range.selectNodeContents(text);
        const lines = new Set([...range.getClientRects()].map(rect => Math.round(rect.top)));
        const box = range.getBoundingClientRect();
        const isOut = box.left < outer.left || box.right > outer.right || box.top < outer.top || box.bottom > outer.bottom;
        const isCut = element.scrollWidth > element.clientWidth && getComputedStyle(element).overflowX === 'hidden';
        // Warnings may take two lines.
        if (isOut || isCut || lines.size > (element.closest('[class*=warn]') ? 2 : 1)) found.push(node.getAttribute('data-node') + ': ' + text.textContent);
      }
    }
    return found;
  })()`);

beforeAll(async () => {
  ui = await openInterface();
  // All nodes of a patch at 100 % at once: what is far off has no elements.
  await ui.page.setViewportSize({ width: 3000, height: 3600 });
  await ui.setTheme('light', '"DejaVu Sans"');
}, 60_000);
afterAll(() => ui?.close());

describe('in DejaVu Sans', () => {
  it('no text of any node type is cut', async () => {
    await ui.start('empty');
    for (const [index, id] of Object.keys(registry.types).entries())
      await ui.read(
        `(app.editor.commands.addNodeOfType('${id}', { x: ${(index % 4) * 320}, y: ${Math.floor(index / 4) * 240} }), 0)`,
      );
    await ui.read('(app.session.select(), app.editor.commands.zoomReset(), 0)');
    expect(await ui.page.locator('[data-node]').count()).toBe(Object.keys(registry.types).length);
    expect(await cutTexts()).toEqual([]);
  });

  it.each(galleryNames)('no text of %s is cut', async name => {
    await ui.start({ gallery: name });
    await ui.read('(app.editor.commands.zoomReset(), 0)');
    expect(await cutTexts()).toEqual([]);
  });

  it('a resampler between any two rates says both and its latency', async () => {
    const { to } = registry.types['rate/resampler']?.params({ values: {}, resources: {}, patchRateHz: 48000 }) ?? {};
    const rates = to?.kind === 'choice' ? to.choices : [];
    expect(rates.length).toBeGreaterThan(3);
    await ui.start({ gallery: 'tube-amp' });
    await ui.read('(app.editor.commands.zoomReset(), 0)');
    for (const rate of rates)
      for (const back of rates) {
        await ui.read(`(app.store.dispatch({ label: 'x', changes: [
          { path: ['nodes', 'amp', 'isBypassed'], value: true },
          { path: ['nodes', 'to-model', 'params', 'to'], value: '${rate}' },
          { path: ['nodes', 'to-patch', 'params', 'to'], value: '${back}' }] }), 0)`);
        expect(await cutTexts(), `${rate} ${back}`).toEqual([]);
      }
  });

  // What names run it: core/runtime-choice.ts. The longest figures that a slack of a second and a slow model can have.
  it.each(['SIMD kernels', 'ONNX Runtime', 'SIMD kernels + ONNX Runtime'])(
    'where a model runs, on what (%s), how late and how long is whole, wherever it runs',
    async runtime => {
      // Only what runs in the worker comes later.
      for (const font of ['"DejaVu Sans"', ''])
        for (const [place, slackFrames, p95Ms, late] of [
          ['audio thread', 0, 0.24, 0],
          ['audio thread', 0, 123.4, 0],
          ['worker', 128, 0.24, 0],
          ['worker', 48000, 123.4, 1234],
          ['worker', 4801, 12.3, 12],
        ] as const)
          for (const kernelForm of ['simd', 'relaxed']) {
            await ui.setTheme('light', font);
            await ui.start('tube-amp', true);
            await ui.read('(app.editor.commands.zoomReset(), 0)');
            await ui.read(`(() => {
                const { engine } = app;
                engine.transports = { amp: { place: '${place}', slackFrames: ${slackFrames}, p95Ms: ${p95Ms} } };
                engine.plan.nodes.amp.latency = { ...engine.plan.nodes.amp.latency, inference: ${slackFrames * 0.91875} };
                engine.plan = { ...engine.plan };
                engine.live = { ...engine.live, nodeLoads: { amp: 1.23 }, lateCalls: { amp: ${late} }, runtimes: { amp: '${runtime}' }, kernelForm: '${kernelForm}' };
                engine.tell();
                return 0;
              })()`);
            const node = ui.page.locator('[data-node=amp]');
            const what = `${place}, ${kernelForm}, ${font}`;
            const isRelaxed = kernelForm === 'relaxed' && place === 'audio thread' && runtime !== 'ONNX Runtime';
            await expect
              .poll(() => node.innerText(), { message: what })
              .toContain(
                `${runtime.replace('SIMD kernels + ONNX Runtime', 'SIMD + ONNX')}${isRelaxed ? ', relaxed' : ''}\n`,
              );
            if (late > 0) await expect.poll(() => node.innerText()).toContain(`${late} late`);
            expect(await cutTexts(), what).toEqual([]);
          }
      await ui.setTheme('light', '"DejaVu Sans"');
    },
  );

  it('a title is whole, and the fact beside it whole or absent', async () => {
    await ui.start({ gallery: 'tube-amp' });
    await ui.read('(app.editor.commands.zoomReset(), 0)');
    const facts =
      await ui.page.evaluate(`[...document.querySelectorAll('header em')].filter(fact => fact.textContent).map(fact => {
      const line = fact.parentElement.getBoundingClientRect();
      const box = fact.getBoundingClientRect();
      return box.top >= line.bottom ? 'absent' : box.right <= line.right + 0.5 && box.bottom <= line.bottom ? 'whole' : 'cut';
    })`);
    expect(facts).toContain('whole');
    expect(facts).not.toContain('cut');
  });
});
