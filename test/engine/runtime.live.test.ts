// What the page asks the server for: a model on the kernels sounds without ONNX Runtime, in the audio thread and in the worker.
import { expect, it } from 'vitest';
import { decode, useEngine } from './bench.ts';
import { modelRow } from './patches.ts';

const browser = useEngine();

it('plays kernel models without the runtime, and fetches it once a node wants it', {
  timeout: 60_000,
}, async () => {
  const files = { a: 'amp.onnx', b: 'amp.onnx' };
  const inWorker = { runsIn: 'worker', slack: 4096 };
  const played = await browser.run(
    async ({ patch, wanting }) => {
      const asked = (): string[] =>
        performance
          .getEntriesByType('resource')
          .map(({ name }) => name)
          .filter(name => name.endsWith('.wasm'));
      const bench = new engine.Bench('really');
      await bench.load(patch);
      bench.host.startCapture();
      const refused = await bench.start();
      await bench.play(24_000);
      const { outputs } = await bench.capture();
      const before = asked();
      await bench.load(wanting);
      while (bench.host.log()!.entries.length === 0) await engine.wait(20);
      await bench.play(4800);
      const told = { refused, before, after: asked().length, faults: bench.host.faults, outputs };
      await bench.host.dispose();
      return told;
    },
    {
      patch: modelRow(files, { b: inWorker }),
      wanting: modelRow(files, { a: { runtime: 'ONNX Runtime' }, b: inWorker }),
    },
  );
  const samples = decode(played.outputs.out[0]);
  expect([played.refused, played.before, played.faults]).toEqual([[], [], []]);
  expect(played.after).toBe(1);
  expect(Math.max(...samples.map(Math.abs))).toBeGreaterThan(0.001);
});
