// A page that shows the whole interface around a patch: what the browser tests drive and the screenshots show.
import { largePatch } from '../../src/bench/large-patch.ts';
import { emptyPatch, makeConnection, type Patch, type PatchNode } from '../../src/core/patch.ts';
import { parsePatch } from '../../src/core/patch-file.ts';
import { structuralParamOf } from '../../src/core/registry.ts';
import type { AudioResource, ModelResource, Resource } from '../../src/core/resource.ts';
import { PatchStore } from '../../src/core/store.ts';
import { registry } from '../../src/generated/registry.ts';
import { loadResources } from '../../src/resources/load-resources.ts';
import { NodeBox } from '../../src/ui/canvas/node-box.ts';
import type { DropTarget } from '../../src/ui/context.ts';
import { mountEditor } from '../../src/ui/editor.ts';
import { mountInspector } from '../../src/ui/inspector/inspector.ts';
import { mountPalette } from '../../src/ui/palette/palette.ts';
import { patchToSvg } from '../../src/ui/picture.ts';
import { Session } from '../../src/ui/session.ts';
import { mountToolbar } from '../../src/ui/toolbar/toolbar.ts';
import { everyTypePatch } from './every-type.ts';
import { TestEngine } from './test-engine.ts';

const node = (id: string, type: string, x: number, y: number, rest: Partial<PatchNode> = {}): PatchNode => ({
  id,
  type,
  version: 1,
  position: [x, y],
  ...rest,
});

/** Eleven nodes: the amplifier between two resamplers, with an aligned dry path, two knobs and two scopes. */
export function tubeAmpPatch(): Patch {
  const nodes = [
    node('player', 'source/audio-file-player', 272, 16, { resources: { audio: 'guitar-di.wav' } }),
    node('down', 'rate/resampler', 272, 144, { params: { to: '44100' } }),
    node('amp', 'neural/neural-model', 256, 224, {
      label: 'tube-amp GRU-32',
      resources: { model: 'tube-amp-gru32.onnx' },
      params: { drive: 0, tone: 0 },
    }),
    node('up', 'rate/resampler', 272, 416, { params: { to: '48000' } }),
    node('mix', 'mix/dry-wet', 272, 512, { params: { mix: 0.7 } }),
    node('limit', 'dynamics/gain', 272, 608, { params: { level: -1 } }),
    node('out', 'output/audio-output', 272, 704),
    node('drive', 'control/knob', 32, 208, { label: 'Drive', params: { unit: 'dB', min: 0, max: 24, value: 9 } }),
    node('tone', 'control/knob', 32, 336, {
      label: 'Tone',
      params: { unit: 'Hz', min: 200, max: 8000, scale: 'log', value: 3200 },
    }),
    node('spectrum', 'analysis/spectrum', 560, 208),
    node('scope', 'analysis/oscilloscope', 560, 512),
  ];
  const wires = [
    ['player.out', 'down.in'],
    ['down.out', 'amp.in'],
    ['amp.out', 'up.in'],
    ['up.out', 'mix.wet'],
    ['player.out', 'mix.dry'],
    ['mix.out', 'limit.in'],
    ['limit.out', 'out.in'],
    ['drive.out', 'amp.drive'],
    ['tone.out', 'amp.tone'],
    ['player.out', 'spectrum.in'],
    ['mix.out', 'scope.a'],
    ['limit.out', 'scope.b'],
  ].map(([from, to]) => makeConnection(from as string, to as string));
  return {
    ...emptyPatch('tube-amp'),
    nodes: Object.fromEntries(nodes.map(n => [n.id, n])),
    connections: Object.fromEntries(wires.map(c => [c.id, c])),
    frames: { 'frame-1': { id: 'frame-1', label: 'Neural stage', position: [232, 112], size: [264, 368] } },
    notes: {
      'note-1': {
        id: 'note-1',
        text: 'Turn Drive up, then listen to the dry path: both arrive together, because the patch delays it.',
        position: [16, 16],
        size: [208, 72],
      },
    },
  };
}

export const model: ModelResource = {
  kind: 'model',
  path: 'tube-amp-gru32.onnx',
  sha256: `${'9f3c07b1'.padEnd(56, '0')}5d28e21a`,
  bytes: new Uint8Array(19400),
  contract: {
    inputs: [{ tensor: 'x', channels: 1, layout: 'bcn' }],
    outputs: [{ tensor: 'y', channels: 1, layout: 'bcn' }],
    params: [
      {
        tensor: 'drive',
        id: 'drive',
        label: 'Drive',
        unit: 'dB',
        min: 0,
        max: 24,
        default: 12,
        scale: 'linear',
        rate: 'a',
        layout: '1n',
      },
      {
        tensor: 'tone',
        id: 'tone',
        label: 'Tone',
        unit: 'Hz',
        min: 200,
        max: 8000,
        default: 3000,
        scale: 'log',
        rate: 'a',
        layout: '1n',
      },
    ],
    states: [{ input: 'h', output: 'h_out', shape: [1, 1, 32], dtype: 'f32' }],
    sampleRateHz: 44100,
    blockFrames: 0,
    latencySamples: 0,
  },
  card: {
    name: 'Tube amp',
    description: 'A GRU of 32 cells.',
    licence: 'CC-BY-4.0',
    source: 'trained here',
    weights: 3489,
    opset: 17,
    irVersion: 9,
    ops: ['GRU', 'MatMul', 'Add'],
  },
};

const RATE = 48000;
const tone = (n: number): number =>
  (0.5 * Math.sin((2 * Math.PI * 196 * n) / RATE) + 0.25 * Math.sin((2 * Math.PI * 392 * n) / RATE)) *
  (0.4 + 0.6 * Math.abs(Math.sin(n / 9000)));
const recording = (f: (n: number) => number): Float32Array => Float32Array.from({ length: 8192 }, (_, n) => f(n));

export const audio: AudioResource = {
  kind: 'audio',
  path: 'guitar-di.wav',
  sha256: '0'.repeat(64),
  sampleRateHz: RATE,
  channels: [Float32Array.from({ length: RATE * 4 }, (_, n) => tone(n))],
};

interface Start {
  patch?: Patch;
  isPlaying?: boolean;
  /** What is loaded, by `node.slot`. */
  resources?: ReadonlyMap<string, Resource>;
}

function start(options: Start = {}) {
  document.body.replaceChildren();
  const place = (style: string): HTMLElement => {
    const element = document.createElement('div');
    element.style.cssText = `position:absolute;${style}`;
    document.body.append(element);
    return element;
  };
  const store = new PatchStore(options.patch ?? tubeAmpPatch(), structuralParamOf(registry));
  const engine = new TestEngine();
  const resources: ReadonlyMap<string, Resource> =
    options.resources ??
    new Map<string, Resource>([
      ['player.audio', audio],
      ['amp.model', model],
    ]);
  for (const [slot, resource] of resources) engine.resources.set(slot, resource);
  engine.follow(store, registry);
  if (options.isPlaying) {
    engine.state = 'playing';
    engine.live = {
      positionSeconds: 1.24,
      loadMean: 0.09,
      nodeLoads: { amp: 0.07 },
      dropouts: 0,
      lastDropouts: [],
      underruns: { events: 0, seconds: 0 },
      lateCalls: {},
      runtimes: {},
      secondsPlayed: 246,
      isMonitorActing: false,
      blockFrames: 128,
    };
    engine.probes.set('player.position', Float32Array.of(RATE * 1.24));
    engine.probes.set(
      'spectrum.recording',
      recording(n => tone(n) + 0.01 * Math.sin(n * n)),
    );
    engine.probes.set('spectrum.position', Float32Array.of(0));
    engine.probes.set(
      'scope.a',
      recording(n => Math.tanh(2 * tone(n))),
    );
    engine.probes.set(
      'scope.b',
      recording(n => 0.8 * Math.tanh(2 * tone(n))),
    );
    engine.probes.set('scope.position', Float32Array.of(0));
    engine.probes.set('out.peak', Float32Array.of(0.89, 0.71));
    engine.probes.set('out.meanSquare', Float32Array.of(0.09, 0.06));
    engine.wireProbe = { peak: 0.49, nanCount: 0, wave: recording(tone).subarray(0, 512) };
  }
  const session = new Session();
  const calls: string[] = [];
  const callbacks = {
    openExample: (type: string) => calls.push(`example ${type}`),
    locateFile: (id: string) => calls.push(`locate ${id}`),
    resetState: (id: string) => calls.push(`reset ${id}`),
    exportBundle: () => calls.push('export'),
    profileLoad: () => calls.push('profile'),
    toggleTracks: () => calls.push('tracks'),
    openInspector: () => calls.push('inspect'),
    playFile: () => calls.push('play'),
    openGallery: () => calls.push('gallery'),
    dropFile: (file: File, { nodeId, at }: DropTarget) =>
      calls.push(`drop ${file.name} on ${nodeId ?? 'canvas'} at ${at.map(Math.round).join(' ')}`),
  };
  const shared = { store, registry, engine, session, callbacks };
  const main = place('left:232px;right:296px;top:40px;bottom:0');
  const editor = mountEditor(main, shared);
  mountPalette(place('left:0;width:231px;top:0;bottom:0;border-right:1px solid var(--jp-border-color2)'), {
    registry,
    addNode: type => editor.commands.addNodeOfType(type),
  });
  mountInspector(place('right:0;width:295px;top:0;bottom:0;border-left:1px solid var(--jp-border-color2)'), shared);
  mountToolbar(place('left:232px;right:296px;top:0;height:40px'), shared);
  engine.tell();
  return { store, engine, session, editor, calls };
}

/** Starts with a patch of the gallery and its real files. */
async function startGallery(name: string, isPlaying: boolean) {
  const read = async (path: string): Promise<Uint8Array> =>
    new Uint8Array(await (await fetch(`/${path.replace(':', '/')}`)).arrayBuffer());
  const { patch } = parsePatch(new TextDecoder().decode(await read(`builtin:${name}.npatch`)));
  const loaded = await loadResources(patch, registry, read);
  const resources = new Map<string, Resource>();
  for (const [id, slots] of Object.entries(loaded.resources))
    for (const [slot, resource] of Object.entries(slots ?? {})) if (resource) resources.set(`${id}.${slot}`, resource);
  return start({ patch, isPlaying, resources });
}

Object.assign(window, {
  neuropatch: {
    start,
    startGallery,
    tubeAmpPatch,
    everyTypePatch,
    largePatch,
    registry,
    patchToSvg,
    emptyPatch,
    NodeBox,
  },
});
