// What spectra are like: whether those that reach a model are made as it was trained. Owns the comparison of a contract with the STFT
// that feeds it, and the fix; sizes and hops are infer-signals.ts. What comes from another model is made by nobody, and not judged.
import type { Fix, Problem } from './errors.ts';
import { SPECTRUM_FIX_TYPE } from './fixes.ts';
import { addTo } from './graph.ts';
import type { Incoming, InferredConnection } from './infer.ts';
import type { ParamValue } from './param.ts';
import type { Patch } from './patch.ts';
import type { NodeShape } from './registry.ts';
import type { ModelStft } from './resource.ts';

/** The node type that makes sound of spectra again, and has to agree with the STFT. */
const SYNTHESIS_TYPE = 'spectral/istft';

type Shapes = ReadonlyMap<string, NodeShape>;
type Settings = Readonly<Record<string, ParamValue>>;

/** The params of the STFT as the model wants them; a window that is none has no form. */
const wantedSettings = ({ windowFrames, window, isPeriodic, scaling }: ModelStft): Settings => ({
  window: String(windowFrames),
  shape: window,
  ...(window === 'none' ? {} : { form: isPeriodic ? 'periodic' : 'symmetric' }),
  scaling,
});

/** Settings in words: "windows of 400 frames, shape hann". */
function settingsText(settings: Settings, names: readonly string[]): string {
  const words = names.map(name =>
    name === 'window' ? `windows of ${settings.window} frames` : `${name} ${settings[name]}`,
  );
  return words.join(', ');
}

const canTake = ({ params }: NodeShape, name: string, value: ParamValue): boolean => {
  const param = Object.hasOwn(params, name) ? params[name] : undefined;
  return param?.kind === 'choice' && param.choices.includes(String(value));
};

/** Nodes reached from `start` by spectra that nodes pass on as they are, `start` among them. `next`: the ways on from a node. */
function walkSpectra(start: string, next: (id: string) => readonly string[]): Set<string> {
  const reached = new Set([start]);
  for (const id of reached) for (const other of next(id)) reached.add(other);
  return reached;
}

/** The STFTs whose spectra a connection brings, past nodes that pass spectra on as they are; none where another node makes them. */
export function spectrumSources(patch: Patch, incoming: Incoming, reached: InferredConnection): string[] {
  const walked = new Set([reached]);
  for (const c of walked) {
    if (c.outlet.type !== 'spectrum' || c.outlet.shape !== 'follow') continue;
    for (const before of incoming.get(c.connection.from.node) ?? [])
      if (before.inlet.type === 'spectrum') walked.add(before);
  }
  const sources = [...walked].map(({ connection }) => connection.from.node);
  return [...new Set(sources)].filter(id => patch.nodes[id].type === SPECTRUM_FIX_TYPE);
}

/** A warning for each model that gets spectra of other settings than its contract states. */
export function checkSpectra(
  patch: Patch,
  shapes: Shapes,
  connections: readonly InferredConnection[],
  incoming: Incoming,
  problems: Problem[],
): void {
  const spectral = connections.filter(({ inlet }) => inlet.type === 'spectrum');
  const outOf = new Map<string, InferredConnection[]>();
  for (const c of spectral) {
    addTo(outOf, c.connection.from.node, c);
  }
  for (const c of spectral) {
    const { id, to } = c.connection;
    const model = Object.values(shapes.get(to.node)?.shape.resources ?? {}).find(
      resource => resource?.kind === 'model',
    );
    const stft = model?.kind === 'model' ? model.contract.stft : undefined;
    if (!stft) continue;
    const wanted = wantedSettings(stft);
    for (const source of spectrumSources(patch, incoming, c)) {
      const { values } = shapes.get(source) as NodeShape;
      // Another number of bins is told as E-SHAPE.
      const isFit = c.inlet.shape !== 'follow' && c.inlet.shape[0] === Number(values.window) / 2 + 1;
      const names = Object.keys(wanted).filter(name => values[name] !== wanted[name] && (name !== 'window' || isFit));
      if (names.length === 0) continue;
      const after = (node: string): string[] => (outOf.get(node) ?? []).map(({ connection }) => connection.to.node);
      const fix = settingsFix(shapes, source, walkSpectra(source, after), wanted, names);
      const advice = fix
        ? `Set ${source} so.`
        : `${source} can't be set so: correct the contract if it is wrong, or take another model.`;
      problems.push({
        code: 'E-SPECTRUM',
        severity: 'warning',
        path: `connections.${id}`,
        nodeId: to.node,
        message: `${to.node}.${to.port}: expected spectra as the model was trained on, ${settingsText(wanted, names)}, got ${settingsText(values, names)} from ${source}. ${advice}`,
        ...(fix ? { fix } : {}),
      });
    }
  }
}

/** Sets the STFT, and the ISTFTs behind it, which must agree with it, as far as they have such a setting; undefined where none has. */
function settingsFix(
  shapes: Shapes,
  source: string,
  reached: ReadonlySet<string>,
  wanted: Settings,
  names: readonly string[],
): Fix | undefined {
  const targets = [source, ...[...reached].filter(id => shapes.get(id)?.type.id === SYNTHESIS_TYPE).sort()];
  const changes = targets.flatMap(id => {
    const shape = shapes.get(id) as NodeShape;
    return names
      .filter(name => canTake(shape, name, wanted[name]) && shape.values[name] !== wanted[name])
      .map(name => ({ path: ['nodes', id, 'params', name], value: wanted[name] }));
  });
  if (changes.length === 0) return undefined;
  const label = `Set ${targets.join(' and ')} as the model wants`;
  return { label, transaction: { label, changes } };
}
