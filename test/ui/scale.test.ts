// A patch of 1,000 nodes and 1,200 connections: what has elements and what is painted, and what one frame does. Nothing is timed here
// (the benchmark does that); each of these would have failed when every node and every wire had its elements all the time.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type InterfacePage, openInterface } from './harness.ts';

let ui: InterfacePage;
const NODES = 1000;
const CONNECTIONS = 1200;
/** Nothing here takes as much as a second, but a machine may be busy. */
const SLOW_MS = 60_000;

const count = (selector: string): Promise<number> => ui.page.locator(selector).count();
const cards = (): Promise<number> => count('.jp-Neuropatch-Canvas [data-node]');
/** Elements of the canvas: without the outline, which is one line for each node. */
const elements = (): Promise<number> => count('.jp-Neuropatch-Canvas *');
const frames = (n = 3): Promise<unknown> =>
  ui.page.evaluate(`(async () => { for (let i = 0; i < ${n}; i++) await new Promise(requestAnimationFrame); })()`);
const zoom = async (factor: number): Promise<void> => {
  await ui.page.evaluate(`(() => {
    const canvas = document.querySelector('.jp-Neuropatch-Canvas');
    const { x, y, width, height } = canvas.getBoundingClientRect();
    canvas.dispatchEvent(new WheelEvent('wheel', { deltaY: -Math.log(${factor}) / 0.0022, ctrlKey: true, cancelable: true,
      clientX: x + width / 2, clientY: y + height / 2 }));
  })()`);
  await frames(12);
};
const percent = async (): Promise<number> =>
  Number.parseFloat(await ui.page.locator('.jp-Neuropatch-zoomText').innerText());

/** Counts what the page is asked for while a script runs for some frames, one step a frame. */
const counted = <Result>(step: string, n = 10): Promise<Result> =>
  ui.page.evaluate(`(async () => {
    const counts = { layoutReads: 0, attributes: 0, nodes: 0, styles: 0, paints: 0 };
    const undo = [];
    const watchGetter = (owner, name) => {
      const old = Object.getOwnPropertyDescriptor(owner, name);
      Object.defineProperty(owner, name, { ...old, get() { counts.layoutReads++; return old.get.call(this); } });
      undo.push(() => Object.defineProperty(owner, name, old));
    };
    const watch = (owner, name, key) => {
      const old = owner[name];
      owner[name] = function (...args) { counts[key]++; return old.apply(this, args); };
      undo.push(() => { owner[name] = old; });
    };
    for (const name of ['offsetWidth', 'offsetHeight', 'offsetTop', 'offsetLeft']) watchGetter(HTMLElement.prototype, name);
    for (const name of ['clientWidth', 'clientHeight', 'scrollTop', 'scrollLeft']) watchGetter(Element.prototype, name);
    watch(Element.prototype, 'getBoundingClientRect', 'layoutReads');
    watch(SVGGraphicsElement.prototype, 'getBBox', 'layoutReads');
    watch(window, 'getComputedStyle', 'styles');
    watch(CanvasRenderingContext2D.prototype, 'stroke', 'paints');
    watch(CanvasRenderingContext2D.prototype, 'fill', 'paints');
    watch(CanvasRenderingContext2D.prototype, 'fillText', 'paints');
    const observer = new MutationObserver(records => {
      for (const record of records)
        if (record.type === 'attributes') counts.attributes++;
        else counts.nodes += record.addedNodes.length + record.removedNodes.length;
    });
    const canvas = document.querySelector('.jp-Neuropatch-Canvas');
    observer.observe(canvas, { subtree: true, childList: true, attributes: true });
    for (let i = 0; i < ${n}; i++) {
      (${step})(canvas, i);
      await new Promise(requestAnimationFrame);
    }
    await new Promise(requestAnimationFrame);
    observer.disconnect();
    for (const end of undo) end();
    return counts;
  })()`);
interface Counts {
  layoutReads: number;
  attributes: number;
  nodes: number;
  styles: number;
  paints: number;
}
const PAN = `(canvas, i) => canvas.dispatchEvent(new WheelEvent('wheel', { deltaX: 5, deltaY: 7, cancelable: true }))`;

/** Place of a node on the screen. */
const placeOf = (id: string): Promise<{ x: number; y: number }> =>
  ui.page.evaluate(`(() => {
    const { position } = app.store.patch.nodes['${id}'];
    const canvas = document.querySelector('.jp-Neuropatch-Canvas').getBoundingClientRect();
    const [, x, y, k] = /translate\\(([-\\d.e]+)px, ([-\\d.e]+)px\\) scale\\(([-\\d.e]+)\\)/.exec(
      document.querySelector('.jp-Neuropatch-holder').style.transform).map(Number);
    return { x: canvas.x + x + (position[0] + 60) * k, y: canvas.y + y + (position[1] + 12) * k };
  })()`);
/** Colours on the overview around a place of the screen, all different ones. */
const coloursAt = (at: { x: number; y: number }, reach = 3): Promise<string[]> =>
  ui.page.evaluate(`(() => {
    const canvas = document.querySelector('.jp-Neuropatch-overview');
    const { x, y } = canvas.getBoundingClientRect();
    const side = ${2 * reach + 1};
    const { data } = canvas.getContext('2d').getImageData(${at.x} - x - ${reach}, ${at.y} - y - ${reach}, side, side);
    const colours = new Set();
    for (let i = 0; i < data.length; i += 4) colours.add([...data.slice(i, i + 4)].join());
    return [...colours];
  })()`);

beforeAll(async () => {
  ui = await openInterface();
}, SLOW_MS);
afterAll(() => ui?.close());

describe(`a patch of ${NODES} nodes`, { timeout: SLOW_MS }, () => {
  beforeEach(async () => {
    await ui.start({ large: NODES, connections: CONNECTIONS });
    await frames();
  }, SLOW_MS);

  it('has all in view at first, with hardly any elements', async () => {
    expect(await ui.read('Object.keys(app.store.patch.nodes).length')).toBe(NODES);
    expect(await percent()).toBeLessThan(12);
    expect(await cards()).toBe(0);
    expect(await count('[data-connection]')).toBe(0);
    expect(await elements()).toBeLessThan(100);
  });

  it('paints every node and every wire that is in view', async () => {
    const ids = await ui.read<string[]>('Object.keys(app.store.patch.nodes)');
    for (const id of ids.filter((_, at) => at % 23 === 0)) {
      const colours = await coloursAt(await placeOf(id), 1);
      expect([id, colours.some(colour => colour.endsWith('255'))]).toEqual([id, true]);
    }
    // Nothing is painted where nothing is.
    expect(await coloursAt({ x: 240, y: 60 })).toEqual(['0,0,0,0']);
    const share = await ui.page.evaluate<number>(`(() => {
      const canvas = document.querySelector('.jp-Neuropatch-overview');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let wires = 0;
      for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 64 && data[i + 2] - data[i] > 60) wires++;
      return wires / (data.length / 4);
    })()`);
    expect(share).toBeGreaterThan(0.02);
  });

  it('is panned without a layout read, a new element or more than a handful of changes a frame', async () => {
    const { layoutReads, attributes, nodes, styles, paints } = await counted<Counts>(PAN);
    expect([layoutReads, nodes, styles]).toEqual([0, 0, 0]);
    // Place of the ground, of what moves with it, and of the dots.
    expect(attributes / 10).toBeLessThan(8);
    // One path for all that look alike.
    expect(paints / 10).toBeLessThan(20);
  });

  it('gives elements to what is seen near and takes them back', async () => {
    await zoom(100 / (await percent()));
    expect(await percent()).toBeGreaterThan(90);
    const near = await cards();
    expect(near).toBeGreaterThan(4);
    expect(near).toBeLessThan(80);
    expect(await elements()).toBeLessThan(6000);
    // All that is in the window is there, with title, body, ports and wires.
    const missing = await ui.page.evaluate<string[]>(`(() => {
      const canvas = document.querySelector('.jp-Neuropatch-Canvas').getBoundingClientRect();
      const [, x, y, k] = /translate\\(([-\\d.e]+)px, ([-\\d.e]+)px\\) scale\\(([-\\d.e]+)\\)/.exec(
        document.querySelector('.jp-Neuropatch-holder').style.transform).map(Number);
      return Object.values(app.store.patch.nodes).filter(({ id, position }) => {
        const [left, top] = [position[0] * k + x, position[1] * k + y];
        const isIn = left > 0 && top > 0 && left < canvas.width && top < canvas.height;
        const card = document.querySelector('[data-node="' + id + '"]');
        return isIn && !(card?.querySelector('.jp-Neuropatch-title')?.textContent && card.querySelector('[data-port]'));
      }).map(({ id }) => id);
    })()`);
    expect(missing).toEqual([]);
    expect(await count('[data-connection]')).toBeGreaterThan(0);
    expect(await coloursAt({ x: 500, y: 400 }, 100)).toEqual(['0,0,0,0']);
    await zoom(0.1);
    expect(await cards()).toBe(0);
  });

  it('puts no more cards on the page in one frame than the page can take', async () => {
    const factor = 40 / (await percent());
    const mounted = await ui.page.evaluate<number[]>(`(async () => {
      const mounted = [];
      const observer = new MutationObserver(records => {
        mounted.push(records.flatMap(record => [...record.addedNodes]).filter(node => node.className === 'jp-Neuropatch-nodeView').length);
      });
      const canvas = document.querySelector('.jp-Neuropatch-Canvas');
      observer.observe(canvas, { subtree: true, childList: true });
      canvas.dispatchEvent(new WheelEvent('wheel', { deltaY: -Math.log(${factor}) / 0.0022, ctrlKey: true, cancelable: true, clientX: 640, clientY: 440 }));
      for (let i = 0; i < 16; i++) await new Promise(requestAnimationFrame);
      observer.disconnect();
      return mounted;
    })()`);
    expect(Math.max(...mounted)).toBeLessThanOrEqual(24);
    expect(mounted.reduce((a, b) => a + b, 0)).toBe(await cards());
    expect(await cards()).toBeGreaterThan(40);
  });

  it('is slid as a whole while it is panned with nodes in full, and drawn sharp at rest and with another zoom', async () => {
    await zoom(40 / (await percent()));
    const layers = (): Promise<string[]> =>
      ui.page.evaluate(`['dots', 'marks', 'holder'].map(name =>
        getComputedStyle(document.querySelector('.jp-Neuropatch-' + name)).willChange)`);
    const pan = (): Promise<unknown> => ui.page.evaluate(`(${PAN})(document.querySelector('.jp-Neuropatch-Canvas'))`);
    await expect.poll(layers).toEqual(['auto', 'auto', 'auto']);
    const panned = await ui.page.evaluate<string[]>(`(() => {
      const canvas = document.querySelector('.jp-Neuropatch-Canvas');
      (${PAN})(canvas);
      return ['dots', 'marks', 'holder'].map(name =>
        getComputedStyle(document.querySelector('.jp-Neuropatch-' + name)).willChange);
    })()`);
    expect(panned).toEqual(['transform', 'transform', 'transform']);
    await expect.poll(layers).toEqual(['auto', 'auto', 'auto']);
    // A dot lies on the canvas's origin, wherever that is.
    for (let n = 0; n < 3; n++) {
      await pan();
      const off = await ui.page.evaluate<number[]>(`(() => {
        const read = name => document.querySelector('.jp-Neuropatch-' + name);
        const [, x, y, k] = /translate\\(([-\\d.e]+)px, ([-\\d.e]+)px\\) scale\\(([-\\d.e]+)\\)/.exec(read('marks').style.transform).map(Number);
        const sheet = read('dots').getBoundingClientRect();
        const window = read('Canvas').getBoundingClientRect();
        const step = 16 * k;
        const off = (dot, origin) => { const rest = (((origin - dot) % step) + step) % step; return Math.min(rest, step - rest); };
        const covers = sheet.left <= window.left && sheet.top <= window.top && sheet.right >= window.right && sheet.bottom >= window.bottom;
        return [off(sheet.left - window.left + step / 2, x), off(sheet.top - window.top + step / 2, y), covers ? 0 : 1];
      })()`);
      for (const px of off) expect(px).toBeLessThan(0.05);
    }
  });

  it('redraws one node when one node moves', async () => {
    await zoom(100 / (await percent()));
    const id = await ui.page.locator('[data-node]').first().getAttribute('data-node');
    const changed = await ui.page.evaluate<string[]>(`(async () => {
      const changed = new Set();
      const observer = new MutationObserver(records => {
        for (const { target } of records) {
          const card = target.parentElement?.closest('[data-node]') ?? target.querySelector?.(':scope > [data-node]');
          if (card) changed.add(card.dataset.node);
        }
      });
      observer.observe(document.querySelector('.jp-Neuropatch-Canvas'), { subtree: true, childList: true, attributes: true, characterData: true });
      app.store.dispatch({ label: 'Move', changes: [{ path: ['nodes', '${id}', 'position'], value: [app.store.patch.nodes['${id}'].position[0] + 16, app.store.patch.nodes['${id}'].position[1]] }] });
      await new Promise(requestAnimationFrame);
      observer.disconnect();
      return [...changed];
    })()`);
    expect(changed).toEqual([id]);
  });

  it('looks at few rectangles to find the way of a wire', async () => {
    // Reads of a node's place while all wires find their way anew: each used to look at every node, again and again.
    const reads = await ui.page.evaluate<number>(`(() => {
      let reads = 0;
      const patch = app.store.patch;
      const id = Object.keys(patch.nodes)[0];
      const box = window.neuropatch.NodeBox.prototype;
      const old = Object.getOwnPropertyDescriptor(box, 'x');
      Object.defineProperty(box, 'x', { ...old, get() { reads++; return old.get.call(this); } });
      app.store.dispatch({ label: 'Move', changes: [{ path: ['nodes', id, 'position'], value: [0, -400] }] });
      Object.defineProperty(box, 'x', old);
      return reads;
    })()`);
    expect(reads).toBeGreaterThan(NODES);
    expect(reads / CONNECTIONS).toBeLessThan(100);
  });

  it('is selected, dragged and probed by place where nothing has elements', async () => {
    const id = (await ui.read<string[]>('Object.keys(app.store.patch.nodes)'))[500] as string;
    const at = await placeOf(id);
    const before = await ui.read<[number, number]>(`app.store.patch.nodes['${id}'].position`);
    await ui.drag(at, { x: at.x + 40, y: at.y + 30 });
    const after = await ui.read<[number, number]>(`app.store.patch.nodes['${id}'].position`);
    expect(await ui.read('[...app.session.selection.nodes]')).toEqual([id]);
    expect(after[0] - before[0]).toBeGreaterThan(200);
    expect(after[1] - before[1]).toBeGreaterThan(150);
    // The one that has the focus is an element, so that it can be read out.
    expect(await cards()).toBe(1);
    expect(await ui.page.locator('.jp-Neuropatch-Canvas').getAttribute('aria-activedescendant')).toContain(id);
    await ui.page.keyboard.press('Escape');
    await ui.page.mouse.move(240, 60);
    await ui.drag({ x: 236, y: 60 }, { x: 1060, y: 830 });
    expect(await ui.read<number>('app.session.selection.nodes.size')).toBeGreaterThan(NODES / 2);
    expect(await cards()).toBeLessThan(2);
  });

  it('draws nothing that sounds where it is not seen', async () => {
    await ui.start({ large: NODES, connections: CONNECTIONS }, true);
    const reads = (): Promise<number> =>
      ui.page.evaluate(`(async () => {
        let reads = 0;
        const old = app.engine.readProbe;
        app.engine.readProbe = (...args) => { reads++; return old.apply(app.engine, args); };
        for (let i = 0; i < 10; i++) { app.engine.tell(); await new Promise(requestAnimationFrame); }
        app.engine.readProbe = old;
        return reads;
      })()`);
    expect(await reads()).toBe(0);
    await zoom(100 / (await percent()));
    const near = await reads();
    expect(near).toBeLessThan(10 * 4 * (await cards()));
  });
});

describe('a window without a size, as behind another tab,', () => {
  it('keeps what is on the page', async () => {
    await ui.start();
    const before = await cards();
    expect(before).toBe(11);
    const size = async (display: string): Promise<void> => {
      await ui.page.evaluate(`document.querySelector('.jp-Neuropatch-Editor').style.display = '${display}'`);
      await frames();
    };
    await size('none');
    expect(await cards()).toBe(before);
    await size('');
    expect(await cards()).toBe(before);
  });
});

describe('a card that leaves the window', { timeout: SLOW_MS }, () => {
  it('comes back as it was, and stays while somebody types on it', async () => {
    await ui.start();
    const card = ui.page.locator('[data-node=drive]');
    await card.evaluate(element => {
      (element as unknown as { mine: number }).mine = 7;
    });
    const pan = async (px: number): Promise<void> => {
      await ui.page.evaluate(
        `document.querySelector('.jp-Neuropatch-Canvas').dispatchEvent(new WheelEvent('wheel', { deltaX: ${px}, cancelable: true }))`,
      );
      await frames();
    };
    await pan(4000);
    expect(await card.count()).toBe(0);
    await ui.read(
      `app.store.dispatch({ label: 'x', changes: [{ path: ['nodes', 'drive', 'params', 'value'], value: 3 }] })`,
    );
    await pan(-4000);
    expect(await card.evaluate(element => (element as unknown as { mine: number }).mine)).toBe(7);
    expect(await card.locator('.jp-Neuropatch-knobText').innerText()).toMatch(/^3\.0/);
    await card.locator('.jp-Neuropatch-knobText').dblclick();
    await pan(4000);
    expect(await card.count()).toBe(1);
    // Out of the field, then off the node.
    await ui.page.keyboard.press('Escape');
    await ui.page.keyboard.press('Escape');
    await pan(1);
    expect(await card.count()).toBe(0);
  });
});
