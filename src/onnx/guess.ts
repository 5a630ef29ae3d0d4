// Guessing what the tensors of a model mean, from names and shapes alone.
// Owns the rules of thumb, in order: state pairs by name, spectra by their bins, audio by its frame axis, states by shape, params by
// size; what is left on a side that has nothing else is a tensor.
import type {
  ModelAudioPort,
  ModelContract,
  ModelItemPort,
  ModelParam,
  ModelPort,
  ModelState,
  TensorDtype,
} from '../core/resource.ts';
import { bandPort, tensorPort } from './guess-items.ts';
import { quote } from './report.ts';
import { elementTypeName } from './tensor.ts';

/** What a file says of an input or output; open axes are names or ''. No shape: the file is silent. */
export interface TensorFact {
  readonly name: string;
  readonly elemType: number;
  readonly shape: readonly (number | string)[] | undefined;
}

/** `"x" float32 [1, 1, N], …`, at most twelve. */
export function describeTensors(facts: readonly TensorFact[]): string {
  const shown = facts.slice(0, 12).map(fact => {
    const shape = fact.shape?.slice(0, 8).map(size => (typeof size === 'number' ? size : size.slice(0, 20) || '?'));
    return `${quote(fact.name)} ${elementTypeName(fact.elemType)} ${shape ? `[${shape.join(', ')}]` : 'of unknown shape'}`;
  });
  const rest = facts.length > shown.length ? ` and ${facts.length - shown.length} more` : '';
  return facts.length === 0 ? 'none' : shown.join(', ') + rest;
}

const DTYPES: Readonly<Record<number, TensorDtype>> = { 1: 'f32', 11: 'f64', 7: 'i64' };
/** Least fixed axis that is taken for a block of frames. */
const MIN_BLOCK_FRAMES = 16;
const MAX_CHANNELS = 64;

const isBatchName = (name: string): boolean => /^(b|bs|bsz|batch.*|n_?batch.*)$/i.test(name);
const isFrameName = (name: string): boolean =>
  /^(n|t|l|time.*|frames?|samples?|n_?(samples|frames)|len.*|seq.*|.*_len(gth)?)$/i.test(name);
const isAudioName = (name: string): boolean =>
  /^(x|y|in|out|inputs?|outputs?|data|mix|dry|wet|source|target|left|right|stereo|mono|mid|side|main|side_?chain)([_.-]?(in|out|l|r|input|output|\d+))?$|audio|wav|signal|sound|sample/i.test(
    name,
  );

/** A name that says nothing: "a", "7", "arg0", "onnx::Mul_3". */
const isAnonymous = (name: string): boolean => /^([a-z]|\d+|(arg|var|tensor|input)[_.]?\d+|onnx::.*)$/i.test(name);

/** Best contract for the tensors, around the parts that are given. */
export function guessContract(
  inputs: readonly TensorFact[],
  outputs: readonly TensorFact[],
  given: Partial<ModelContract>,
  sampleRateHz: number,
): ModelContract {
  const taken = new Set([
    ...(given.inputs ?? []).map(port => port.tensor),
    ...(given.outputs ?? []).map(port => port.tensor),
    ...(given.params ?? []).map(param => param.tensor),
    ...(given.states ?? []).flatMap(state => [state.input, state.output]),
  ]);
  const freeInputs = inputs.filter(fact => !taken.has(fact.name));
  const freeOutputs = outputs.filter(fact => !taken.has(fact.name));
  const named = given.states ? [] : pairByName(freeInputs, freeOutputs);
  const isNamed = (fact: TensorFact): boolean => named.some(([from, to]) => from === fact || to === fact);
  const bandsIn = given.inputs ? [] : findBands(freeInputs.filter(fact => !isNamed(fact)));
  const bandsOut = given.outputs ? [] : findBands(freeOutputs.filter(fact => !isNamed(fact)));
  const bands = new Set([...bandsIn, ...bandsOut].map(({ tensor }) => tensor));
  const isOpen = (fact: TensorFact): boolean => !isNamed(fact) && !bands.has(fact.name);
  const audio = findAudio(freeInputs.filter(isOpen), freeOutputs.filter(isOpen), given);
  const rest = (facts: readonly TensorFact[]): TensorFact[] =>
    facts.filter(fact => isOpen(fact) && !audio.used.has(fact));
  const ordered = given.states ? [] : pairByShape(rest(freeInputs), rest(freeOutputs));
  const isPaired = (fact: TensorFact): boolean => ordered.some(([from, to]) => from === fact || to === fact);
  const left = rest(freeInputs).filter(fact => !isPaired(fact));
  const params = given.params ? [] : left.filter(isNumber).flatMap(fact => paramOf(fact, audio.blockFrames));
  const isParam = (fact: TensorFact): boolean => params.some(({ tensor }) => tensor === fact.name);
  const tensors = (facts: readonly TensorFact[], found: readonly ModelPort[], stated: unknown): ModelItemPort[] =>
    stated || found.length > 0 ? [] : facts.flatMap(fact => tensorPort(fact) ?? []);
  const foundIn = [...bandsIn, ...audio.inputs];
  const foundOut = [...bandsOut, ...audio.outputs];
  const unused = rest(freeOutputs).filter(fact => !isPaired(fact));
  const order = new Map(inputs.map((fact, at) => [fact.name, at]));
  // Sound of any length that leaves as something of a fixed size is a frozen export, no encoder.
  const isFrozen = audio.inputs.length > 0 && audio.blockFrames === 0;
  return {
    inputs: [
      ...foundIn,
      ...tensors(
        left.filter(fact => !isParam(fact)),
        foundIn,
        given.inputs,
      ),
    ],
    outputs: [...foundOut, ...(isFrozen ? [] : tensors(unused, foundOut, given.outputs))],
    params,
    states: [...named, ...ordered]
      .map(([from, to]) => stateOf(from, to))
      .sort((a, b) => (order.get(a.input) ?? 0) - (order.get(b.input) ?? 0)),
    sampleRateHz,
    blockFrames: given.blockFrames ?? audio.blockFrames,
    latencySamples: 0,
  };
}

const findBands = (facts: readonly TensorFact[]): ModelItemPort[] => facts.flatMap(fact => bandPort(fact) ?? []);

type Pair = readonly [TensorFact, TensorFact];

/** Names that the next value of a state could have, given the name of its present value. */
function nextNames(name: string): string[] {
  const lower = name.toLowerCase();
  const swaps: [RegExp, string[]][] = [
    [/([_.-]?)(in|input)$/, ['$1out', '$1output', '']],
    [/^(in|input)([_.-])/, ['out$2', 'output$2']],
    [/^(past|prev|previous|old)([_.-]?)/, ['present$2', 'next$2', 'new$2', 'cur$2', '']],
    [/([_.-]?)(prev|old|past)$/, ['$1next', '$1new', '$1out', '']],
    [/0$/, ['n', '1', '_n', '']],
    [/^init(ial)?[_.-]/, ['final_', 'last_', '']],
  ];
  const names = swaps.flatMap(([pattern, to]) =>
    pattern.test(lower) ? to.map(text => lower.replace(pattern, text)) : [],
  );
  for (const suffix of ['_out', '_output', '_new', '_next', '_n', 'n', '1', '2', '_1', 'out', '.out'])
    names.push(lower + suffix);
  for (const prefix of ['new_', 'next_', 'out_', 'output_', 'updated_']) names.push(prefix + lower);
  return names.filter(candidate => candidate !== '' && candidate !== lower);
}

/** A state has no frame axis: every axis is fixed, or the batch. */
const isStateLike = (fact: TensorFact): boolean =>
  fact.elemType in DTYPES && (fact.shape?.every(size => typeof size === 'number' || isBatchName(size)) ?? false);

/** Exporters forget output shapes: an unknown axis fits any. */
function canPair(from: TensorFact, to: TensorFact): boolean {
  if (!isStateLike(from) || from.elemType !== to.elemType) return false;
  const shape = from.shape as readonly (number | string)[];
  return (
    to.shape === undefined ||
    (to.shape.length === shape.length &&
      to.shape.every((size, at) => size === shape[at] || typeof size === 'string' || typeof shape[at] === 'string'))
  );
}

function pairByName(inputs: readonly TensorFact[], outputs: readonly TensorFact[]): Pair[] {
  const pairs: Pair[] = [];
  for (const from of inputs) {
    if (isAudioName(from.name)) continue;
    const names = nextNames(from.name);
    const candidates = outputs.filter(
      to => canPair(from, to) && names.includes(to.name.toLowerCase()) && !pairs.some(pair => pair[1] === to),
    );
    candidates.sort((a, b) => names.indexOf(a.name.toLowerCase()) - names.indexOf(b.name.toLowerCase()));
    if (candidates[0] !== undefined) pairs.push([from, candidates[0]]);
  }
  return pairs;
}

/** The last resort: what is left with equal shapes, in order. */
function pairByShape(inputs: readonly TensorFact[], outputs: readonly TensorFact[]): Pair[] {
  const pairs: Pair[] = [];
  for (const from of inputs) {
    const to = outputs.find(
      fact => canPair(from, fact) && fact.shape !== undefined && !pairs.some(pair => pair[1] === fact),
    );
    if (to !== undefined) pairs.push([from, to]);
  }
  return pairs;
}

/** What the shape of a tensor says of it: bins, or sound where a frame axis is open. */
export function suggestPort(fact: TensorFact | undefined): ModelPort | undefined {
  if (fact === undefined) return undefined;
  return bandPort(fact) ?? (frameAxisOf(fact, 0) >= 0 ? portOf(fact, 0) : undefined);
}

/** What the name and shape of a tensor say of it as a param. */
export function suggestParam(fact: TensorFact | undefined): ModelParam | undefined {
  return fact === undefined ? undefined : paramOf(fact, 0)[0];
}

interface FoundAudio {
  inputs: ModelAudioPort[];
  outputs: ModelAudioPort[];
  used: Set<TensorFact>;
  blockFrames: number;
}

function findAudio(
  inputs: readonly TensorFact[],
  outputs: readonly TensorFact[],
  given: Partial<ModelContract>,
): FoundAudio {
  const open = inputs.filter(fact => frameAxisOf(fact, 0) >= 0);
  const fixed =
    given.blockFrames === undefined ? (open.length > 0 ? 0 : blockOf(inputs, outputs)) : frozenBlock(given.blockFrames);
  const framed = (facts: readonly TensorFact[]): TensorFact[] =>
    facts.filter(fact => frameAxisOf(fact, fixed) >= 0 && portOf(fact, fixed) !== undefined);
  const candidates = given.inputs ? [] : framed(inputs);
  const byName = candidates.filter(fact => isAudioName(fact.name));
  // Of names that say nothing no one is a knob more than another.
  const unnamed = candidates.filter(fact => isAnonymous(fact.name));
  const chosen = [byName, unnamed, candidates.slice(0, 1)].find(facts => facts.length > 0) ?? [];
  const results = given.outputs ? [] : framed(outputs);
  const port = (fact: TensorFact): ModelAudioPort => portOf(fact, fixed) as ModelAudioPort;
  return {
    inputs: chosen.map(port),
    outputs: results.map(port),
    used: new Set([...chosen, ...results]),
    blockFrames: fixed,
  };
}

/** The frames of a frozen axis; 0 where the rule leaves the axis open. */
export const frozenBlock = (rule: ModelContract['blockFrames']): number => (typeof rule === 'number' ? rule : 0);

/** The block of a model without open axes: the largest fixed axis that an input shares with an output. 0: none. */
function blockOf(inputs: readonly TensorFact[], outputs: readonly TensorFact[]): number {
  const sizes = (facts: readonly TensorFact[]): number[] =>
    facts
      .filter(fact => fact.elemType === 1)
      .flatMap(fact => (fact.shape ?? []).filter(size => typeof size === 'number'));
  const made = new Set(sizes(outputs));
  return Math.max(0, ...sizes(inputs).filter(size => size >= MIN_BLOCK_FRAMES && made.has(size)));
}

/** Index of the frame axis of a float32 tensor of at most three axes, or −1. `blockFrames` 0: the axis is open. */
function frameAxisOf(fact: TensorFact, blockFrames: number): number {
  const { shape } = fact;
  if (fact.elemType !== 1 || shape === undefined || shape.length === 0 || shape.length > 3) return -1;
  if (blockFrames > 0) return shape.lastIndexOf(blockFrames);
  const openAxes = shape.flatMap((size, at) => (typeof size === 'string' && !isBatchName(size) ? [at] : []));
  return openAxes.find(at => isFrameName(String(shape[at]))) ?? openAxes.at(-1) ?? -1;
}

/** Layout and channels around the frame axis; undefined when the other axes are no batch of one and no channels. */
function portOf(fact: TensorFact, blockFrames: number): ModelAudioPort | undefined {
  const frameAxis = frameAxisOf(fact, blockFrames);
  const shape = fact.shape ?? [];
  const others = shape.map((size, at) => ({ size, at })).filter(({ at }) => at !== frameAxis);
  const letters: string[] = shape.map(() => 'n');
  let channels = 1;
  // The batch stands before the channels; of two axes the one besides frames is channels unless its name says batch.
  const batch =
    others.length === 2 ? others[0] : others.find(({ size }) => typeof size === 'string' && isBatchName(size));
  for (const axis of others) {
    if (axis === batch) {
      if (typeof axis.size === 'number' && axis.size !== 1) return undefined;
      letters[axis.at] = 'b';
    } else {
      // An open channel axis is played as mono.
      channels = typeof axis.size === 'number' ? axis.size : 1;
      if (channels < 1 || channels > MAX_CHANNELS) return undefined;
      letters[axis.at] = 'c';
    }
  }
  return { tensor: fact.name, channels, layout: letters.join('') };
}

function stateOf(from: TensorFact, to: TensorFact): ModelState {
  const shape = (from.shape ?? []).map(size => (typeof size === 'number' ? size : 1));
  return { input: from.name, output: to.name, shape, dtype: DTYPES[from.elemType] as TensorDtype };
}

/** Whole numbers mean something only to who made the model: choices, counts. They are params where a contract says so. */
const isNumber = (fact: TensorFact): boolean => fact.elemType === 1;

/** A single number or one value per frame; anything else is no param. */
function paramOf(fact: TensorFact, blockFrames: number): ModelParam[] {
  const shape = fact.shape;
  const isWhole = fact.elemType === 7;
  if ((fact.elemType !== 1 && !isWhole) || shape === undefined || shape.length > 4) return [];
  const frameAxis = frameAxisOf(fact, blockFrames);
  const layout = shape
    .map((size, at) =>
      at === frameAxis ? 'n' : size === 1 || (typeof size === 'string' && isBatchName(size)) ? '1' : '?',
    )
    .join('');
  if (layout.includes('?')) return [];
  const id = kebab(fact.name);
  const label = id.replaceAll('-', ' ').replace(/^./, first => first.toUpperCase());
  return [
    {
      tensor: fact.name,
      id,
      label,
      unit: '',
      min: 0,
      max: 1,
      default: isWhole ? 0 : 0.5,
      scale: 'linear',
      rate: layout.includes('n') ? 'a' : 'event',
      layout,
      ...(isWhole ? { dtype: 'i64' as const } : {}),
    },
  ];
}

const kebab = (name: string): string => {
  const id = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  return /^[a-z]/.test(id) ? id : `p-${id}`;
};
