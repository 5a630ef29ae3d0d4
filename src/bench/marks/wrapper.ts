// Mark: what stands around a model (blocks, rates), beside neutone-sdk's wrapper. The model is a gain, so that it costs nothing.
import type { Patch } from '../../core/patch.ts';
import type { Bench, Contestant, Mark, Work } from '../mark.ts';
import { makePatch, type NodeSpec } from '../patches/make-patch.ts';
import { gainModel } from '../patches/models.ts';
import { playPatch } from '../play.ts';
import { loadAll, startModels } from '../runtime.ts';

const HOST_HZ = 48000;
const BLOCK = 32;
const RATES_HZ = [48000, 44100] as const;
const SOUND_FRAMES = 9600;
const TONE_HZ = 1000;

interface WrapperOptions {
  readonly modelHz: number;
}

/** The model in blocks of 32 at its own rate, in a patch of 48 kHz. */
function wrapperPatch(modelHz: number): Patch {
  const isResampled = modelHz !== HOST_HZ;
  const nodes: NodeSpec[] = [
    ['in', 'source/audio-input'],
    ...(isResampled ? [['down', 'rate/resampler', { to: String(modelHz) }] as const] : []),
    ['blocks', 'rate/block-adapter', { block: BLOCK }],
    ['model', 'neural/neural-model'],
    ['stream', 'rate/block-adapter', { block: 0 }],
    ...(isResampled ? [['up', 'rate/resampler', { to: String(HOST_HZ) }] as const] : []),
    ['out', 'output/audio-output'],
  ];
  const patch = makePatch(
    nodes,
    nodes.slice(1).map(([id], at) => `${nodes[at][0]}.out > ${id}.in`),
  );
  const contract = { sampleRateHz: modelHz };
  const model = { ...patch.nodes.model, resources: { model: 'gain.onnx' }, contract };
  return { ...patch, nodes: { ...patch.nodes, model } };
}

async function playWrapper({ modelHz }: WrapperOptions): Promise<Work> {
  const patch = wrapperPatch(modelHz);
  const resources = await loadAll(patch, { 'gain.onnx': gainModel(BLOCK) });
  return playPatch({ patch, resources, models: await startModels(), hostBlockFrames: BLOCK });
}

const tone = (delay: number): Float32Array =>
  Float32Array.from({ length: SOUND_FRAMES }, (_, at) => Math.sin((2 * Math.PI * TONE_HZ * (at - delay)) / HOST_HZ));

/** Of what comes out beside half the tone, so much later; the middle only, where the filters are full. */
async function soundError(bench: Bench, contestant: Contestant): Promise<number> {
  const { latencySamples } = (await contestant.ask('latency')) as { latencySamples: number };
  const [heard] = await contestant.sound([tone(0)]);
  const middle = (sound: Float32Array): Float32Array => sound.subarray(2400);
  const wanted = tone(latencySamples).map(value => value / 2);
  return bench.compare.largestDifference([middle(heard)], [middle(wanted)]);
}

export const wrapperMark: Mark = {
  id: 'wrapper',
  title: 'Wrapper around a model',
  text: 'A gain as a model in blocks of 32, in a host of 32-frame blocks at 48 kHz, at the host’s rate and between resamplers (44.1 kHz, our standard quality); beside neutone-sdk’s wrapper, scripted and without its debug checks.',
  peers: ['neutone-sdk'],
  works: { ours: playWrapper },
  goals: [
    { figure: '× at 48 kHz', words: '× neutone-sdk, not resampled', atLeast: 20, peer: 'neutone-sdk' },
    { figure: '× at 44.1 kHz', words: '× neutone-sdk, resampled', atLeast: 20, peer: 'neutone-sdk' },
    { figure: 'error', words: 'largest difference to half the tone that went in', atMost: 1e-4, isSound: true },
    {
      figure: 'error of neutone-sdk',
      words: 'the same of neutone-sdk',
      atMost: 1e-3,
      isSound: true,
      peer: 'neutone-sdk',
    },
  ],
  async heat(bench) {
    const figures: Record<string, number | undefined> = { error: 0 };
    const lines = [];
    for (const modelHz of RATES_HZ) {
      const ours = await bench.node('ours', { modelHz });
      const neutone = await bench.python('wrapper', 'neutone-sdk', { modelHz });
      const race = await bench.race([ours, neutone]);
      figures[`× at ${modelHz / 1000} kHz`] = race.times('ours', 'neutone-sdk');
      figures.error = Math.max(figures.error as number, await soundError(bench, ours));
      if (neutone)
        figures['error of neutone-sdk'] = Math.max(
          figures['error of neutone-sdk'] ?? 0,
          await soundError(bench, neutone),
        );
      lines.push(...race.lines().map(line => ({ ...line, variant: `model at ${modelHz / 1000} kHz` })));
    }
    return { figures, lines };
  },
};
