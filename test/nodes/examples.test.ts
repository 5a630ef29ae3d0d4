// The example of every node: it loads without a problem, renders, and sounds as its golden in test/golden/examples says.
import { describe, expect, it } from 'vitest';
import { examplePatch } from '../../src/core/example.ts';
import { parsePatch, serializePatch } from '../../src/core/patch-file.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { withKernels } from '../../src/neural/kernel-inference.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { renderPatch } from '../../src/render/render-patch.ts';
import { loadResources } from '../../src/resources/load-resources.ts';
import { readBuiltin } from '../builtin.ts';
import { againstGolden, goldenDb, takeGolden } from '../golden/numeric.ts';
import { WASM_PATH } from '../inference/models.ts';
import { loadRegistry } from './load-nodes.ts';
import { noise } from './signals.ts';

const { registry } = await loadRegistry();
const models = withKernels(createInference(await loadOrtFromFile(WASM_PATH)));
const FRAMES = 48000;
/** Another processor may round a model's sums differently; everything else is exact to −120 dB. */
const MODEL_LIMIT_DB = -100;

describe.each(Object.values(registry.types).map(type => [type.id, type] as const))(
  'NODE-7 example of %s',
  (id, type) => {
    it('loads, renders and matches its golden', async () => {
      const patch = examplePatch(type, registry);
      expect(parsePatch(serializePatch(patch))).toEqual({ patch, problems: [] });
      const inside = Object.values(patch.subpatches).flatMap(({ nodes }) => Object.values(nodes));
      expect([...Object.values(patch.nodes), ...inside].some(node => node.type === id)).toBe(true);
      const { resources, problems } = await loadResources(patch, registry, readBuiltin);
      expect(problems).toEqual([]);
      const { plan, problems: told } = makePlan(patch, registry, resources);
      expect(told).toEqual([]);
      const live = plan!.inputs.filter(({ nodeId }) => Object.keys(plan!.nodes[nodeId].resources).length === 0);
      const inputs = Object.fromEntries(
        live.map(({ nodeId, channels }) => [
          nodeId,
          Array.from({ length: channels }, (_, c) => noise(FRAMES, 5 + c, 0.25)),
        ]),
      );
      const { outputs, faults } = await renderPatch({ patch, registry, resources, models, frames: FRAMES, inputs });
      expect(faults).toEqual([]);
      const golden = takeGolden(outputs);
      expect(
        Object.values(golden)
          .flat()
          .some(channel => channel.rms > 1e-4),
        'it can be heard',
      ).toBe(true);
      const hasModel = Object.values(resources).some(slots =>
        Object.values(slots ?? {}).some(resource => resource?.kind === 'model'),
      );
      const limitDb = hasModel ? MODEL_LIMIT_DB : -120;
      expect(
        againstGolden(`examples/${id.replace('/', '--')}`, golden, limitDb),
        'against its golden; see the -changed file, or npm run golden',
      ).toBeLessThanOrEqual(limitDb);
    });
  },
);

describe('NODE-7 goldens', () => {
  it('tell a difference of −110 dB, another form and what is not a number', () => {
    const sound = { out: [noise(10_000, 1)] };
    const golden = takeGolden(sound);
    expect(goldenDb(takeGolden(sound), golden)).toBe(-Infinity);
    expect(goldenDb(takeGolden({ out: [sound.out[0].map(x => x * (1 + 10 ** (-110 / 20)))] }), golden)).toBeGreaterThan(
      -120,
    );
    expect(goldenDb(takeGolden({ out: [sound.out[0], sound.out[0]] }), golden)).toBe(Infinity);
    expect(goldenDb(takeGolden({ out: [sound.out[0].slice().fill(Number.NaN)] }), golden)).toBe(Infinity);
  });
});
