// Mark: how much faster than real time the gallery's patches are rendered offline, with models and without.
import type { Patch } from '../../core/patch.ts';
import { parsePatch } from '../../core/patch-file.ts';
import { noiseAt } from '../../dsp/noise.ts';
import { registry } from '../../generated/registry.ts';
import { renderPatch } from '../../render/render-patch.ts';
import type { Line, Mark, Work } from '../mark.ts';
import { loadAll, readBuiltin, startModels } from '../runtime.ts';
import { median } from '../statistics.ts';

const SECONDS = 10;
const BLOCK = 128;

const PATCHES = [
  'first-sound',
  'filter-drums',
  'impulse-echo',
  'waveshaper-pad',
  'autoencoder',
  'speech-denoiser',
  'tape-voice',
  'tube-amp',
] as const;

const hasModel = ({ nodes }: Patch): boolean => Object.values(nodes).some(({ type }) => type.startsWith('neural/'));

/** One unit renders ten seconds, as `neuropatch render` does. */
async function renderGallery({ name }: { readonly name: string }): Promise<Work> {
  const { patch } = parsePatch(new TextDecoder().decode(await readBuiltin(`${name}.npatch`)));
  const resources = await loadAll(patch);
  const models = await startModels();
  const frames = SECONDS * patch.sampleRateHz;
  const noise = Float32Array.from({ length: frames }, (_, at) => 0.2 * noiseAt(0, at));
  const live = Object.values(patch.nodes).filter(({ type }) => type === 'source/audio-input');
  const inputs = Object.fromEntries(live.map(({ id }) => [id, [noise]]));
  const render = async () => {
    const rendered = await renderPatch({ patch, registry, resources, models, frames, inputs });
    if (rendered.faults.length > 0) throw new Error(rendered.faults[0].message);
    return rendered;
  };
  return {
    unit: async () => void (await render()),
    sound: async () => Object.values((await render()).outputs).flat(),
    ask: () => ({ hasModel: hasModel(patch), rateHz: patch.sampleRateHz }),
  };
}

export const galleryMark: Mark = {
  id: 'gallery',
  title: 'Offline render of the gallery',
  text: `Each patch of the gallery, ${SECONDS} s of it, rendered offline in blocks of 128 in Node.`,
  peers: [],
  heats: 3,
  works: { render: renderGallery },
  goals: [
    { figure: '× real time', words: '× real time, median of the patches without models', atLeast: 150 },
    { figure: 'peak', words: 'loudest sample of the quietest patch', atLeast: 0.001, isSound: true },
  ],
  async heat(bench) {
    const lines: Line[] = [];
    const speeds: number[] = [];
    let peak = Number.POSITIVE_INFINITY;
    for (const name of PATCHES) {
      const work = await bench.node('render', { name }, name);
      const facts = (await work.ask('facts')) as { hasModel: boolean; rateHz: number };
      const race = await bench.race([work], { rounds: facts.hasModel ? 3 : 7, roundMs: 100 });
      const seconds = race.unitUs(name) / 1e6;
      if (!facts.hasModel) speeds.push(SECONDS / seconds);
      const sound = await work.sound([]);
      peak = Math.min(peak, ...sound.map(channel => channel.reduce((most, x) => Math.max(most, Math.abs(x)), 0)));
      const blockUs = (1e6 * seconds * BLOCK) / (SECONDS * facts.rateHz);
      lines.push({
        contestant: name,
        blockUs,
        rateHz: facts.rateHz,
        ...(facts.hasModel ? { variant: 'with a model' } : {}),
      });
    }
    return { figures: { '× real time': median(speeds), peak }, lines };
  },
};
