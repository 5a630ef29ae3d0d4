// Problems name nodes as the screen does: by their names, not by the ids of the file, which nothing shows.
import { expect, it } from 'vitest';
import type { Problem } from '../../src/core/errors.ts';
import { emptyPatch, type PatchNode } from '../../src/core/patch.ts';
import { structuralParamOf } from '../../src/core/registry.ts';
import { PatchStore } from '../../src/core/store.ts';
import { validatePatch } from '../../src/core/validate.ts';
import { registry } from '../../src/generated/registry.ts';
import { EditorContext } from '../../src/ui/context.ts';
import { problemWords } from '../../src/ui/problem-words.ts';
import { TestEngine } from './test-engine.ts';

const node = (id: string, type: string, more: Partial<PatchNode> = {}): PatchNode => ({
  id,
  type,
  version: 1,
  position: [0, 0],
  ...more,
});
const nodes = [
  node('mod', 'neural/neural-model', { label: 'Tube amp' }),
  node('gain', 'dynamics/gain'),
  node('gain-2', 'dynamics/gain'),
  node('x', 'dynamics/gain', { label: 'Trim' }),
  node('out', 'output/audio-output'),
];
const patch = { ...emptyPatch(), nodes: Object.fromEntries(nodes.map(one => [one.id, one])) };
const context = new EditorContext({
  store: new PatchStore(patch, structuralParamOf(registry)),
  registry,
  engine: new TestEngine(),
});
const words = (message: string, about: Partial<Problem>): string =>
  problemWords(context, { code: 'E-NAN', severity: 'error', path: '', message, ...about });

it('of a node: its name and that of the port or param', () => {
  expect(words('mod: expected numbers, got NaN. Look at mod.in.', { nodeId: 'mod' })).toBe(
    'Tube amp: expected numbers, got NaN. Look at mod.in.',
  );
  expect(words('out.in: expected 48 kHz, got 44.1 kHz.', { nodeId: 'out' })).toBe(
    'Audio Output, In: expected 48 kHz, got 44.1 kHz.',
  );
  expect(words('x.level: expected −60–24 dB, got 99.', { nodeId: 'x' })).toBe(
    'Trim, Level: expected −60–24 dB, got 99.',
  );
  expect(words('mod.runsIn: expected …', { nodeId: 'mod' })).toMatch(/^Tube amp, (Runs in|RunsIn): /);
});

it('of two nodes with one name: the id tells them apart', () => {
  expect(words('gain-2.in: expected …', { nodeId: 'gain-2' })).toBe('Gain (gain-2), In: expected …');
});

it('of a wire and of a loop: both ends, all nodes on the way', () => {
  expect(words('mod.out>out.in: expected audio, got tensor.', { path: 'connections.mod.out>out.in' })).toBe(
    'Tube amp, Out → Audio Output, In: expected audio, got tensor.',
  );
  const connections = ['x.out>mod.in', 'mod.out>x.in'];
  expect(words('x → mod → x: expected a delay.', { path: 'connections.x.out>mod.in', connections })).toBe(
    'Trim → Tube amp → Trim: expected a delay.',
  );
});

it('what is no id of the problem stays: files, and other nodes of such a name', () => {
  expect(words('x.onnx: expected 129 frames, got 127.', { nodeId: 'mod' })).toBe(
    'x.onnx: expected 129 frames, got 127.',
  );
  expect(words('patch: expected a sample rate.', {})).toBe('patch: expected a sample rate.');
  expect(words('Stopped', { nodeId: 'mod' })).toBe('Stopped');
});

it('no problem that validation finds begins with an id', () => {
  const broken = {
    ...patch,
    nodes: { ...patch.nodes, x: { ...patch.nodes.x, params: { level: 1e6, nothing: 1 } } as PatchNode },
  };
  const problems = validatePatch(broken, registry, {});
  expect(problems.length).toBeGreaterThan(2);
  for (const problem of problems) {
    const said = problemWords(context, problem);
    expect(said).not.toMatch(/^(mod|gain|gain-2|x|out)[.:>]/);
    expect(said.slice(said.indexOf(': '))).toBe(problem.message.slice(problem.message.indexOf(': ')));
  }
});
