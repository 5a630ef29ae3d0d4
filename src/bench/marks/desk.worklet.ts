// The patches of the benchmark in the audio thread.
import { serveWorks } from '../worklet/serve.ts';
import { playFiftyNodes, playTenEffects } from './desk.ts';

serveWorks({ 'ten-effects': playTenEffects, 'fifty-nodes': playFiftyNodes });
