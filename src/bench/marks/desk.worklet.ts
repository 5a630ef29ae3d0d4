// The patches of the benchmark in the audio thread.
import { serveWorks } from '../worklet/serve.ts';
import { playFiftyNodes, playTenEffects, playTenRelaxed } from './desk.ts';

serveWorks({
  'ten-effects': playTenEffects,
  'ten-effects, relaxed': (_options, { relaxed }) => playTenRelaxed(relaxed as Uint8Array<ArrayBuffer>),
  'fifty-nodes': playFiftyNodes,
});
