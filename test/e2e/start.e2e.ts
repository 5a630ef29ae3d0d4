// What is fetched when: almost nothing with JupyterLab, everything at once with a patch, nothing at the first click on Play.
// Told by the server's own log and by requests that are held until others came. Nothing here is timed; that is the benchmark's.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasFusedMultiplyAdd } from '../../src/simd/relaxed.ts';
import { type LabPage, type LabServer, openLab, startLab } from './harness.ts';
import { PatchPage } from './patch-page.ts';

/** The part of JupyterLab's application that keeps settings. */
interface LabApp {
  readonly serviceManager: { readonly settings: { save(id: string, raw: string): Promise<void> } };
}

/** Bytes of ours that JupyterLab's start may cost; the editor is ten times that. */
const START_BYTES_MAX = 80_000;
/** What stands in one library and nowhere else. */
const MARKS = { rete: 'nodetranslated', tone: 'TransportTime', d3: 'tickFormat', 'node types': 'Biquad Filter' };
/** What is done when the page is idle comes late on a busy machine. */
const WAIT = { timeout: 30_000 };
const OWN = '/lab/extensions/neuropatch/static/';

let server: LabServer;
beforeAll(async () => {
  server = await startLab({ options: ['--ServerApp.log_level=DEBUG'] });
});
afterAll(() => server?.stop());

/** Names of our files that the server was asked for since `from` (an earlier length of the log), without hashes, in order. */
const served = (from = 0): string[] =>
  [
    ...server
      .log()
      .slice(from)
      .matchAll(/ GET (\S+)/g),
  ]
    .map(([, url]) => url as string)
    .filter(url => url.includes(OWN))
    .map(url =>
      url
        .replace(/^.*\//, '')
        .replace(/\.[0-9a-f]{16}/, '')
        .replace(/\?.*$/, '')
        // What is shared with other extensions has a file without a name.
        .replace(/^\d+\.js$/, 'shared.js'),
    );

/** Our scripts that the page has loaded. */
const scripts = (lab: LabPage): Promise<string[]> =>
  lab.page.evaluate(async own => {
    const urls = performance.getEntriesByType('resource').map(({ name }) => name);
    return Promise.all(urls.filter(url => url.includes(own)).map(async url => (await fetch(url)).text()));
  }, OWN);
const marksIn = (texts: readonly string[]): string[] =>
  Object.entries(MARKS).flatMap(([name, mark]) => (texts.some(text => text.includes(mark)) ? [name] : []));

describe('a patch without models', () => {
  let lab: LabPage;
  let patch: PatchPage;
  let from: number;
  beforeAll(async () => {
    lab = await openLab(server);
  });
  afterAll(() => lab?.close());

  it('before it is opened, JupyterLab has three small files of ours and nothing of the editor', async () => {
    expect(served().toSorted()).toEqual(['remoteEntry.js', 'shared.js', 'start.js']);
    const texts = await scripts(lab);
    expect(texts.reduce((sum, text) => sum + text.length, 0)).toBeLessThanOrEqual(START_BYTES_MAX);
    expect(marksIn(texts)).toEqual([]);
  });

  it('has the transport and the audio thread ready before it is played, and neither runtime nor worker', async () => {
    patch = await PatchPage.open(lab, 'filter-drums.npatch');
    await expect
      .poll(() => served().toSorted(), WAIT)
      .toEqual([
        'ahead.js',
        'drum-loop.wav',
        'editor.js',
        'remoteEntry.js',
        'shared.js',
        'start.js',
        'tone.js',
        'worklet.js',
      ]);
    await expect.poll(async () => marksIn(await scripts(lab)), WAIT).toEqual(Object.keys(MARKS));
  });

  it('plays without asking the server for anything', async () => {
    from = server.log().length;
    await patch.play();
    await patch.waitForStatus(/^Playing · 0:0[1-9]/);
    expect(served(from)).toEqual([]);
  });
});

describe('a patch with a model', () => {
  let lab: LabPage;
  const needed = ['editor', 'worklet', 'worker', 'tube-amp-gru32', 'guitar-di'];
  beforeAll(async () => {
    lab = await openLab(server);
  });
  afterAll(() => lab?.close());

  it('has code, programs and files on their way at once: none comes before all were asked for', async () => {
    const asked = new Set<string>();
    let release = (): void => undefined;
    const all = new Promise<void>(resolve => {
      release = resolve;
    });
    await lab.page.route(`**${OWN}**`, async route => {
      const name = needed.find(part => route.request().url().includes(`/${part}.`));
      if (name) asked.add(name);
      if (asked.size === needed.length) release();
      if (name) await all;
      await route.continue();
    });
    await lab.open('tube-amp.npatch');
    await expect.poll(() => [...asked].toSorted(), WAIT).toEqual(needed.toSorted());
    await lab.page.locator('[data-node=amp]').waitFor();
    await lab.page.unrouteAll();
  });
});

describe('a patch with a model, once more', () => {
  let lab: LabPage;
  afterAll(() => lab?.close());

  it('has every file fetched once and no runtime, which its model does not need, and plays without asking for more', async () => {
    lab = await openLab(server);
    const from = server.log().length;
    const patch = await PatchPage.open(lab, 'tube-amp.npatch');
    const wanted = ['ahead.js', 'editor.js', 'guitar-di.wav', 'tone.js'];
    const files = [...wanted, 'tube-amp-gru32.onnx', 'worker.js', 'worklet.js'];
    await expect.poll(() => served(from).toSorted(), WAIT).toEqual(files);
    await patch.play();
    await patch.waitForStatus(/^Playing · 0:0[1-9]/);
    expect(served(from).toSorted()).toEqual(files);
  });
});

describe('relaxed SIMD switched on in the settings', () => {
  it('has its build fetched once, with the patch, and the load panel says what plays', async () => {
    const lab = await openLab(server);
    try {
      await lab.page.evaluate(async () => {
        const { serviceManager } = (window as unknown as { jupyterapp: LabApp }).jupyterapp;
        await serviceManager.settings.save('neuropatch:plugin', '{ "relaxedSimd": true }');
      });
      await lab.reload();
      const from = server.log().length;
      const patch = await PatchPage.open(lab, 'filter-drums.npatch');
      const isHere = hasFusedMultiplyAdd();
      const builds = (): number => served(from).filter(name => name === 'kernels-relaxed.wasm').length;
      await expect.poll(builds, WAIT).toBe(isHere ? 1 : 0);
      await patch.play();
      await patch.waitForStatus(/^Playing · 0:0[1-9]/);
      expect(builds()).toBe(isHere ? 1 : 0);
      await patch.root.getByRole('button', { name: 'Load per node and late blocks' }).click();
      const panel = lab.page.getByRole('dialog', { name: 'Load and dropouts' });
      await panel.getByText(isHere ? 'Kernels: SIMD, relaxed.' : 'Kernels: SIMD.').waitFor();
    } finally {
      await lab.close();
    }
  });
});
