// A state that is cut into pieces at its start and put together from pieces at its end is as many states, each of which may then
// stay where it is. Exporters keep the past of all layers in one tensor. Owns that rewriting.
import type { Net, NetState, NetStep } from '../../core/net.ts';

type Slice = Extract<NetStep, { kind: 'slice' }>;

/** The states of the pieces, if all uses of the state are the pieces that it is put together from. */
function piecesOf(net: Net, state: NetState): { states: NetState[]; slices: Slice[]; joint: NetStep } | undefined {
  const joint = net.steps.find(step => step.outputs.includes(state.output));
  if (joint?.kind !== 'concat' || typeof state.init !== 'number') return undefined;
  const isUsed = (tensor: number): boolean =>
    net.steps.some(step => step.inputs.includes(tensor)) || Object.values(net.outputs).includes(tensor);
  const users = net.steps.filter(step => step.inputs.includes(state.input));
  if (isUsed(state.output) || users.length !== joint.inputs.length) return undefined;
  const slices: Slice[] = [];
  let start = 0;
  for (const tensor of joint.inputs) {
    const length = net.tensors[tensor].sizes[joint.axis];
    const slice = users.find(
      (step): step is Slice =>
        step.kind === 'slice' &&
        step.axis === joint.axis &&
        step.step === 1 &&
        step.start.perFrame === 0 &&
        step.start.fixed === start,
    );
    if (!slice || length.perFrame !== 0 || net.tensors[slice.outputs[0]].sizes[joint.axis].fixed !== length.fixed)
      return undefined;
    slices.push(slice);
    start += length.fixed;
  }
  const states = slices.map(({ outputs }, at) => ({ input: outputs[0], output: joint.inputs[at], init: state.init }));
  return { states, slices, joint };
}

export function splitStates(net: Net): Net {
  const split = net.states.map(state => piecesOf(net, state));
  const gone = new Set(split.flatMap(pieces => (pieces ? [...pieces.slices, pieces.joint] : [])));
  return {
    ...net,
    steps: net.steps.filter(step => !gone.has(step)),
    states: net.states.flatMap((state, at) => split[at]?.states ?? [state]),
  };
}
