// Transports: where a model may run, and how a patch pins it. Owns the two params of a model node by name, for all who read them
// without knowing the node. Must not know how either transport works.
import type { Problem } from './errors.ts';
import { flatPatch } from './flatten.ts';
import type { ParamValues } from './param.ts';
import type { Patch } from './patch.ts';

/** Choices of the param `runsIn`. In the audio thread a model adds nothing; in a worker its slack, and never a dropout. */
export const RUNS_IN = ['auto', 'audio thread', 'worker'] as const;
export type RunsIn = (typeof RUNS_IN)[number];

/** Longest slack in frames of the patch. */
export const SLACK_FRAMES_MAX = 96_000;

export interface TransportWish {
  readonly runsIn: RunsIn;
  /** In frames of the patch; 0 = measured at the start. */
  readonly slackFrames: number;
}

/** What the values of a node say; nodes without models want nothing. */
export function transportWish(values: ParamValues): TransportWish {
  const { runsIn, slack } = values;
  const isWhole = typeof slack === 'number' && slack >= 0 && slack <= SLACK_FRAMES_MAX;
  return {
    runsIn: RUNS_IN.find(word => word === runsIn) ?? 'auto',
    slackFrames: isWhole ? Math.round(slack) : 0,
  };
}

/** Slack that the patch itself names for models in the worker, by node id, in its frames; what is measured at the start is not here. */
export function pinnedSlack(patch: Patch): Record<string, number> {
  const wishes = Object.entries(flatPatch(patch).nodes).map(
    ([id, { params = {} }]) => [id, transportWish(params)] as const,
  );
  return Object.fromEntries(
    wishes.flatMap(([id, { runsIn, slackFrames }]) =>
      runsIn === 'worker' && slackFrames > 0 ? [[id, slackFrames]] : [],
    ),
  );
}

/** A model in a loop that is to run in a worker: the loop would have to wait for it. */
export const loopTransportProblem = (nodeId: string): Problem => ({
  code: 'E-TRANSPORT',
  severity: 'error',
  path: `nodes.${nodeId}.params.runsIn`,
  nodeId,
  message: `${nodeId}.runsIn: expected the audio thread, since the node is part of a loop, got the worker. Choose the audio thread, or take the node out of the loop.`,
  fix: {
    label: 'Run in the audio thread',
    transaction: {
      label: 'Run in the audio thread',
      changes: [{ path: ['nodes', nodeId, 'params', 'runsIn'], value: 'audio thread' }],
    },
  },
});
