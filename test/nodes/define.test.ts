// Every node of nodes/**, found by its path: it loads, it says what it does, and its bare kernel keeps the contract.
// The battery over plan, executor and ONNX is elsewhere; here a kernel stands alone.
import { describe, expect, test } from 'vitest';
import { helpSummary } from '../../src/core/define-node.ts';
import { examplePatch } from '../../src/core/example.ts';
import { portOrParam, shapeNode } from '../../src/core/registry.ts';
import { faceOfNode, SUBPATCH_TYPE } from '../../src/core/subpatch.ts';
import { loadOrtFromFile } from '../../src/inference/node.ts';
import { createInference } from '../../src/inference/ort-inference.ts';
import { WASM_PATH } from '../inference/models.ts';
import {
  caseFrames,
  caseSetup,
  caseSignals,
  createInstance,
  type NodeRun,
  nodeContext,
  playInstance,
  runNode,
} from './kernel-harness.ts';
import { loadRegistry, nodeIds } from './load-nodes.ts';
import { HOSTILE, isFiniteArray, noise, nullDb, signal } from './signals.ts';
import { audioInto, controlInto, FRAMES, movement, noiseInto, outputsOf } from './stimulus.ts';

const SPLITS = [[1], [37], [128], [480], [1, 127, 3, 480, 64]];
const { registry, failures } = await loadRegistry();
const inference = createInference(await loadOrtFromFile(WASM_PATH));
const types = Object.values(registry.types);

test('every file below nodes/ loads under the id of its path', () => {
  expect(failures).toEqual({});
  expect(Object.keys(registry.types)).toEqual(nodeIds());
  expect(types.length).toBeGreaterThan(0);
});

describe.each(types.map(type => [type.id, type] as const))('%s', (_id, type) => {
  const { shape, ctx } = nodeContext(type, {});
  const limitDb = Math.max(-120, type.tolerance?.db ?? -Infinity);
  const control = controlInto(type);
  const controls = Object.keys(control);

  test('says what it does: label, a first sentence for the palette, words, help on every param', () => {
    const summary = helpSummary(type.help);
    expect(summary.length).toBeGreaterThan(10);
    expect(summary.length).toBeLessThanOrEqual(60);
    expect(type.help.length).toBeGreaterThan(summary.length + 40);
    expect(type.words.length).toBeGreaterThanOrEqual(3);
    expect(type.cases.length).toBeGreaterThanOrEqual(2);
    for (const [name, param] of Object.entries(shape.params)) {
      expect(param.label, `label of ${name}`).not.toBe('');
      expect(param.help, `help of ${name}`).not.toBe('');
      expect(Object.hasOwn(shape.ports, name), `${name} is a port too`).toBe(false);
      if (param.kind === 'choice') expect(param.choices).toContain(param.default);
      else if (param.kind === 'number')
        expect(param.default >= param.min && param.default <= param.max, `default of ${name}`).toBe(true);
    }
  });

  test('is named in Title Case; params, ports and files in sentence case', () => {
    const named = [shape.params, shape.ports, type.resources].flatMap(group =>
      Object.values(group).map(({ label }) => label),
    );
    expect(type.label.split(/[ /]/).filter(word => !/^[A-Z]/.test(word))).toEqual([]);
    // "Trigger level", "Time / div"; a letter or an abbreviation may stand anywhere.
    const isSentence = (label: string): boolean =>
      /^([A-Z\d]|$)/.test(label) &&
      label
        .split(' ')
        .slice(1)
        .every(word => !/^[A-Z][a-z]/.test(word));
    expect(named.filter(label => !isSentence(label))).toEqual([]);
  });

  test('names only what it has: probes are states, a becoming port is a port', () => {
    const states = Object.keys(type.state(ctx));
    for (const probe of type.probes) expect(states).toContain(probe);
    if (type.lowering.kind === 'input') expect(shape.ports[type.lowering.port]?.direction).toBe('outlet');
    if (type.lowering.kind === 'output') expect(shape.ports[type.lowering.port]?.direction).toBe('inlet');
    for (const part of Object.values(type.latency(ctx))) expect(part).toBeGreaterThanOrEqual(0);
  });

  test('has an example that contains it, with wires between ports that exist', () => {
    const patch = examplePatch(type, registry);
    const inside = Object.values(patch.subpatches).flatMap(({ nodes }) => Object.values(nodes));
    expect([...Object.values(patch.nodes), ...inside].map(node => node.type)).toContain(type.id);
    for (const { id, from, to } of Object.values(patch.connections)) {
      for (const [end, direction] of [
        [from, 'outlet'],
        [to, 'inlet'],
      ] as const) {
        const node = patch.nodes[end.node];
        expect(node, `node of ${id}`).toBeDefined();
        const endType = registry.get(node.type);
        expect(endType, `type ${node.type}`).toBeDefined();
        if (!endType) continue;
        const endShape = shapeNode(endType, node, {}, 48000, faceOfNode(patch, node));
        expect(portOrParam(endShape, end.port)?.direction, `${end.node}.${end.port}`).toBe(direction);
      }
    }
  });

  // A subpatch without its patch has nothing to play.
  const cases = type.id === SUBPATCH_TYPE ? [] : type.cases;
  test.each(cases.map(entry => [entry.name, entry] as const))('case: %s', (_name, entry) => {
    const frames = caseFrames(type, entry);
    const run: NodeRun = {
      ...caseSetup(entry),
      ...caseSignals(type, entry),
      frames,
      inference,
    };
    expect(entry.reference.length).toBeGreaterThan(3);
    for (const schedule of [[frames], [1], [3]]) {
      const output = runNode(type, { ...run, schedule });
      for (const [name, expected] of Object.entries(entry.state ?? {})) {
        expected.forEach((value, i) => {
          const actual = output.state[name][i];
          if (!(Math.abs(actual - value) <= entry.tolerance))
            throw new Error(`state ${name}[${i}]: expected ${value} ± ${entry.tolerance}, got ${actual}`);
        });
      }
      expect(Object.keys({ ...entry.out, ...entry.state }).length, 'the case expects something').toBeGreaterThan(0);
      for (const [port, expected] of Object.entries(entry.out)) {
        const actual = output.audio[port] ?? [output.control[port]];
        expect(actual.length, `channels of ${port}`).toBe(expected.length);
        expected.forEach((values, channel) => {
          values.forEach((value, i) => {
            const difference = Math.abs(actual[channel][i] - value);
            if (!(difference <= entry.tolerance)) {
              throw new Error(
                `${port}[${channel}][${i}]: expected ${value} ± ${entry.tolerance}, got ${actual[channel][i]} (calls of ${schedule})`,
              );
            }
          });
        });
      }
    }
  });

  test('gives the same output and end state however time is cut, also while params move', () => {
    for (const motion of [{}, movement(type)]) {
      const run: NodeRun = { audio: noiseInto(type), control, frames: FRAMES, ...motion };
      const whole = runNode(type, run);
      for (const schedule of SPLITS) {
        const cut = runNode(type, { ...run, schedule });
        expect(nullDb(outputsOf(cut), outputsOf(whole)), `calls of ${schedule}`).toBeLessThanOrEqual(limitDb);
        expect(
          nullDb(Object.values(cut.state), Object.values(whole.state)),
          `states, calls of ${schedule}`,
        ).toBeLessThanOrEqual(limitDb);
      }
    }
  });

  test('treats a param that stands still like one that moves by nothing', () => {
    const run: NodeRun = { audio: noiseInto(type), control, frames: 1000 };
    expect(
      nullDb(outputsOf(runNode(type, { ...run, hidesConstants: true })), outputsOf(runNode(type, run))),
    ).toBeLessThanOrEqual(limitDb);
  });

  test('starts afresh from its initial states', () => {
    const run: NodeRun = { audio: noiseInto(type), control, frames: FRAMES, schedule: [128] };
    const inChannels = Object.fromEntries(
      Object.entries(run.audio ?? {}).map(([name, channels]) => [name, channels.length]),
    );
    const used = createInstance(type, { inChannels, controls });
    const fresh = createInstance(type, { inChannels, controls });
    const first = playInstance(used, run);
    for (const [name, values] of Object.entries(used.state)) values.set(fresh.state[name] as never);
    expect(nullDb(outputsOf(playInstance(used, run)), outputsOf(first))).toBe(-Infinity);
  });

  test.each(Object.entries(HOSTILE))('stays finite: %s', (_name, at) => {
    const audio = audioInto(type, 2, () => signal(FRAMES * 6, at));
    const hostile = Object.fromEntries(
      controls.map(name => [name, Float64Array.from({ length: FRAMES * 6 }, (_, i) => at(i))]),
    );
    for (const motion of [{}, movement(type)]) {
      const output = runNode(type, { audio, control: hostile, frames: FRAMES, schedule: [128], ...motion });
      for (const values of [...outputsOf(output), ...Object.values(output.state)])
        expect(isFiniteArray(values)).toBe(true);
    }
  });

  test.each([NaN, Infinity])('%d in does not stay: states finite, clean input gives clean output again', bad => {
    const audio = audioInto(type, 2, seed => noise(FRAMES * 6, 50 + seed));
    const bent = Object.fromEntries(controls.map(name => [name, control[name].slice().fill(bad, 40, 90)]));
    const inChannels = Object.fromEntries(Object.entries(audio).map(([name, channels]) => [name, channels.length]));
    const instance = createInstance(type, { inChannels, controls });
    const poisoned = Object.fromEntries(
      Object.entries(audio).map(([name, channels]) => [name, channels.map(values => values.slice().fill(bad, 40, 90))]),
    );
    playInstance(instance, { audio: poisoned, control: bent, frames: 512, schedule: [128] });
    for (const values of Object.values(instance.state)) expect(isFiniteArray(values)).toBe(true);
    for (const values of outputsOf(playInstance(instance, { audio, control, frames: FRAMES, schedule: [128] })))
      expect(isFiniteArray(values)).toBe(true);
  });
});
