// States that a person meets when something is not as it should be: loading, missing, faulty, looped; each with its way out.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type InterfacePage, openInterface } from './harness.ts';

let ui: InterfacePage;
const amp = (): Promise<string> => ui.page.locator('[data-node=amp]').innerText();
const badWires = (): Promise<string[]> =>
  ui.page
    .locator('.jp-Neuropatch-mod-bad')
    .evaluateAll(all =>
      all.map(
        line =>
          line.parentElement
            ?.querySelector(`path[d="${line.getAttribute('d')}"][data-connection]`)
            ?.getAttribute('data-connection') ?? '',
      ),
    );
const loseModel = (): Promise<unknown> =>
  ui.read(`(app.engine.resources.delete('amp.model'), app.store.dispatch({ label: 'x',
    changes: [{ path: ['nodes', 'amp', 'resources', 'model'], value: 'models/lost.onnx' }] }), 0)`);

beforeAll(async () => {
  ui = await openInterface();
}, 60_000);
afterAll(() => ui?.close());
beforeEach(() => ui.start());

describe('a model', () => {
  it('that is missing says so, names the file, keeps its wires and can be located', async () => {
    await loseModel();
    expect(await amp()).toContain('File not found: input passes through');
    expect(await amp()).toContain('lost.onnx');
    for (const wire of ['down.out>amp.in', 'drive.out>amp.drive', 'tone.out>amp.tone'])
      expect(await ui.page.locator(`[data-connection="${wire}"]`).getAttribute('d')).toMatch(/^M/);
    expect(await badWires()).toEqual([]);
    expect(await ui.read('app.engine.plan.problems.map(problem => problem.code)')).toEqual(['E-RESOURCE-MISSING']);
    const locate = ui.page.getByRole('button', { name: 'Locate file' });
    const [button, card] = [await locate.boundingBox(), await ui.page.locator('[data-node=amp]').boundingBox()];
    expect((button?.y ?? 0) + (button?.height ?? 0)).toBeLessThan((card?.y ?? 0) + (card?.height ?? 0));
    await locate.click();
    expect(await ui.read('app.calls')).toEqual(['locate amp']);
  });

  it('keeps its place while it is missing and is itself again once it is found', async () => {
    const before = await ui.port('amp', 'in');
    await loseModel();
    expect(await ui.port('amp', 'in')).toEqual(before);
    await ui.read('(app.store.undo(), 0)');
    expect(await amp()).toContain('File not found');
    await ui.start();
    expect(await amp()).toContain('any block');
    expect(await amp()).not.toContain('File not found');
  });

  it('that was never chosen asks for one, and one that loads is not called missing', async () => {
    await ui.read("(app.editor.commands.addNodeOfType('neural/neural-model', { x: 700, y: 600 }), 0)");
    const fresh = ui.page.locator('[data-node=neural-model]');
    expect(await fresh.innerText()).toContain('No model yet: input passes through');
    expect(await fresh.getByRole('button', { name: 'Choose file' }).isVisible()).toBe(true);
    await ui.read("(app.engine.resources.delete('amp.model'), app.engine.plan = undefined, app.engine.tell(), 0)");
    expect(await amp()).toContain('Loading the model');
    expect(await amp()).not.toContain('not found');
  });

  it('that cannot be used says that, with the reason at hand', async () => {
    await ui.read(`(app.engine.resources.delete('amp.model'), app.engine.plan = { ...app.engine.plan, problems: [
      { code: 'E-MODEL-OPERATOR', severity: 'error', path: 'nodes.amp.resources.model', nodeId: 'amp', message: 'amp.model: expected …' }] }, app.engine.tell(), 0)`);
    expect(await amp()).toContain('File can’t be used: input passes through');
  });
});

describe('where a model runs', () => {
  const choose = (transport: object, inference: number): Promise<unknown> =>
    ui.read(`(app.engine.transports = { amp: ${JSON.stringify(transport)} },
      app.engine.plan.nodes.amp.latency = { ...app.engine.plan.nodes.amp.latency, inference: ${inference} },
      app.engine.plan = { ...app.engine.plan }, app.engine.tell(), 0)`);

  it('is on its node: wished for, then chosen, with its slack, how long a call took, and what came late', async () => {
    await ui.start('tube-amp', true);
    expect(await amp()).toMatch(/Runs in\s+auto/);
    await choose({ place: 'audio thread', slackFrames: 0, p95Ms: 0.24 }, 0);
    expect(await amp()).toMatch(/Runs in\s+audio thread\s+0.2.ms/);
    await choose({ place: 'worker', slackFrames: 1024, p95Ms: 6.24 }, 941);
    expect(await amp()).toMatch(/Runs in\s+worker\s+\+941\s+Runs on\s+ONNX Runtime\s+6.2.ms/);
    expect(await amp()).not.toContain('late');
    // What runs it, where somebody looked.
    const runs = (kernels: object): Promise<unknown> =>
      ui.read(`(before => { app.engine.resource = (...of) => {
        const found = before.apply(app.engine, of);
        return found?.kind === 'model' ? { ...found, kernels: ${JSON.stringify(kernels)} } : found; };
        app.engine.plan = { ...app.engine.plan }; app.engine.tell(); return 0; })(app.engine.resource)`);
    await runs({ net: {} });
    expect(await amp()).toMatch(/Runs in\s+worker\s+\+941\s+Runs on\s+SIMD kernels\s+6.2.ms/);
    await runs({ refusal: 'the operator Erf' });
    expect(await amp()).toMatch(/Runs in\s+worker\s+\+941\s+Runs on\s+ONNX Runtime\s+6.2.ms/);
    // Who runs it in fact, once that is told.
    await runs({ net: {} });
    await ui.read(
      `(app.engine.live = { ...app.engine.live, runtimes: { amp: 'ONNX Runtime' } }, app.engine.tell(), 0)`,
    );
    // The inspector tells the same.
    await ui.read("(app.session.select({ nodes: ['amp'] }), 0)");
    const row = ui.page.locator('.jp-Neuropatch-Inspector tr', { hasText: 'Runs on' });
    await ui.read('(app.engine.live = { ...app.engine.live, runtimes: {} }, app.engine.tell(), 0)');
    expect(await row.innerText()).toMatch(/SIMD kernels$/);
    await ui.read(
      `(app.engine.live = { ...app.engine.live, runtimes: { amp: 'ONNX Runtime' } }, app.engine.tell(), 0)`,
    );
    expect(await row.innerText()).toMatch(/ONNX Runtime: the SIMD kernels had no memory/);
    await expect.poll(amp).toMatch(/Runs on\s+ONNX Runtime\n/);
    await ui.read('(app.engine.live = { ...app.engine.live, lateCalls: { amp: 37 } }, app.engine.tell(), 0)');
    // Live figures are drawn with the next picture.
    await expect.poll(amp).toContain('37 late');
  });
});

describe('a node that failed while playing', () => {
  it.each(['limit', 'amp'])('%s says that it is bypassed and why, and is reset with one click', async id => {
    await ui.read(`(app.engine.plan = { ...app.engine.plan, problems: [
      { code: 'E-NAN', severity: 'error', path: 'nodes.${id}', nodeId: '${id}', message: '${id}: expected numbers, got something that is not a number.' }] }, app.engine.tell(), 0)`);
    const card = ui.page.locator(`[data-node=${id}]`);
    expect(await card.locator('header em').innerText()).toBe('bypassed');
    expect(await card.innerText()).toContain('Not a number');
    await card.getByRole('button', { name: 'Reset' }).click();
    expect(await ui.read('app.calls')).toEqual([`reset ${id}`]);
    await ui.read('(app.engine.plan = { ...app.engine.plan, problems: [] }, app.engine.tell(), 0)');
    expect(await card.innerText()).not.toContain('Not a number');
    expect(await card.getAttribute('class')).not.toContain('mod-error');
  });
});

describe('a loop without a delay', () => {
  it('is refused with its path; the whole loop turns red; Enter inserts the delay', async () => {
    await ui.drag(await ui.port('limit', 'out'), await ui.port('mix', 'dry'));
    const card = ui.page.getByRole('alertdialog');
    expect(await card.innerText()).toContain('Dry/Wet → Gain');
    expect(await badWires()).toEqual(['mix.out>limit.in']);
    await ui.page.keyboard.press('Escape');
    expect(await badWires()).toEqual([]);
    await ui.drag(await ui.port('limit', 'out'), await ui.port('mix', 'dry'));
    await ui.page.keyboard.press('Enter');
    expect(
      await ui.read("Object.values(app.store.patch.nodes).filter(node => node.type === 'time/delay').length"),
    ).toBe(1);
    expect(await ui.read('app.engine.plan.problems.length')).toBe(0);
    expect(await badWires()).toEqual([]);
    // What it costs stands on the wire that closes it.
    expect(await ui.page.locator('.jp-Neuropatch-tag').allTextContents()).toContain('loop in steps of 1 sample');
  });

  it('that a file brought along is red the whole way round, and the menu of its node mends it', async () => {
    await ui.read(`(app.store.dispatch({ label: 'x', changes: [{ path: ['connections', 'limit.out>mix.wet'], value:
      { id: 'limit.out>mix.wet', from: { node: 'limit', port: 'out' }, to: { node: 'mix', port: 'wet' } } }] }), 0)`);
    expect((await badWires()).sort()).toEqual(['limit.out>mix.wet', 'mix.out>limit.in']);
    await ui.page.locator('.jp-Neuropatch-nodeState:visible').first().click();
    await ui.page.getByRole('option', { name: 'Insert Delay of 1 sample' }).click();
    expect(await ui.read('app.engine.plan.problems.length')).toBe(0);
    expect(await badWires()).toEqual([]);
  });
});
