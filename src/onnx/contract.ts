// The contract of a model: which tensors are audio, params and states. What a person corrects wins over what the file says,
// and that over guessing (guess.ts). Owns the merge and the final judgement; never throws on a hostile file.
import type { Problem } from '../core/errors.ts';
import { hasItems, isItemPort, tensorDims } from '../core/model-ports.ts';
import type { ModelCard, ModelContract } from '../core/resource.ts';
import { blockText } from '../core/signal-rules.ts';
import { opsetOf } from './check.ts';
import { readContractJson } from './contract-json.ts';
import type { TensorFact } from './guess.ts';
import { describeTensors, guessContract, suggestParam, suggestPort } from './guess.ts';
import { itemPort } from './guess-items.ts';
import type { OnnxModel, OnnxValueInfo } from './proto.ts';
import { allNodes, shapeOf, tensorTypeOf } from './proto.ts';
import { quote, Report } from './report.ts';
import { elementCount } from './tensor.ts';

/** Element type of tensors of text, which no contract has. */
const STRING = 8;

/** Key of metadata_props under which a model states its contract as JSON, whole or in part. */
export const CONTRACT_KEY = 'neuropatch.contract';

export interface FoundContract {
  readonly contract: ModelContract;
  readonly card: ModelCard;
  readonly problems: readonly Problem[];
}

/** Finds the contract of a checked model. With problems, `contract` is the best guess, for a person to correct. */
export function findContract(model: OnnxModel, overrides: Partial<ModelContract> = {}, path = 'model'): FoundContract {
  const report = new Report(path);
  const metadata = new Map(model.metadataProps.map(entry => [entry.key, entry.value]));
  const stored = new Set((model.graph?.initializer ?? []).map(tensor => tensor.name));
  const inputs = factsOf((model.graph?.input ?? []).filter(input => !stored.has(input.name)));
  const outputs = factsOf(model.graph?.output ?? []);
  const find = (tensor: string): TensorFact | undefined => [...inputs, ...outputs].find(fact => fact.name === tensor);
  const suggestions = {
    port: (tensor: string) => suggestPort(find(tensor)),
    item: (tensor: string, kind: string) => itemPort(find(tensor), kind),
    param: (tensor: string) => suggestParam(find(tensor)),
  };
  const stated = readContractJson(metadata.get(CONTRACT_KEY), 'the contract in the file', report, suggestions);
  const corrected = readContractJson(overrides, 'the corrected contract', report, suggestions);
  const known: Partial<ModelContract> = { ...stated, ...corrected };
  const hopFrames = known.stft?.hopFrames;
  // Spectra come once a hop.
  const given = hopFrames === undefined ? known : { ...known, blockFrames: known.blockFrames || hopFrames };
  const guessed = guessContract(inputs, outputs, given, rateOf(metadata));
  const contract: ModelContract = { ...guessed, ...given };
  judge(contract, inputs, outputs, report);
  return { contract, card: cardOf(model, metadata, path), problems: report.problems };
}

function factsOf(infos: readonly OnnxValueInfo[]): TensorFact[] {
  return infos.map(info => ({ name: info.name, elemType: tensorTypeOf(info)?.elemType ?? 0, shape: shapeOf(info) }));
}

function rateOf(metadata: ReadonlyMap<string, string>): number {
  for (const key of ['sample_rate', 'sampleRate', 'sample_rate_hz', 'sampleRateHz', 'samplerate', 'sr']) {
    const value = Number(metadata.get(key));
    if (Number.isInteger(value) && value >= 1000 && value <= 768_000) return value;
  }
  return 0;
}

function cardOf(model: OnnxModel, metadata: ReadonlyMap<string, string>, path: string): ModelCard {
  const pick = (...keys: string[]): string => {
    for (const key of keys) {
      const value = metadata.get(key) ?? metadata.get(`neuropatch.${key}`);
      if (value !== undefined && value !== '') return value.slice(0, 2000);
    }
    return '';
  };
  const tensors = model.graph?.initializer ?? [];
  const nodes = model.graph?.node ?? [];
  const fileName = path.split('/').at(-1) ?? path;
  return {
    name: pick('name', 'title') || fileName.replace(/\.onnx$/i, ''),
    description: pick('description', 'summary') || model.docString.slice(0, 2000),
    licence: pick('licence', 'license'),
    source: pick('source', 'url', 'homepage', 'author'),
    weights: tensors.reduce((sum, tensor) => sum + (elementCount(tensor.dims) || 0), 0),
    opset: opsetOf(model),
    irVersion: Number(model.irVersion),
    ops: [...new Set([...allNodes(nodes)].map(node => node.opType))].sort(),
  };
}

/** Every input must have a part to play, every name must be there, and shapes must be as the contract says. */
function judge(
  contract: ModelContract,
  inputs: readonly TensorFact[],
  outputs: readonly TensorFact[],
  report: Report,
): void {
  const saw = `The model has inputs ${describeTensors(inputs)} and outputs ${describeTensors(outputs)}`;
  const todo = `${saw}. Correct the contract on the node, or store it in the file as ${CONTRACT_KEY}.`;
  const refuse = (what: string): void => report.add('E-MODEL-CONTRACT', what, todo);
  const find = (list: readonly TensorFact[], name: string, role: string): TensorFact | undefined => {
    const fact = list.find(item => item.name === name);
    if (fact === undefined) refuse(`expected ${role} ${quote(name)} among the model's tensors, got none of that name`);
    return fact;
  };
  if (contract.outputs.length === 0) {
    // Exporters freeze a recurrent network to the length it was traced with, and leave the input open.
    const isFrozen = contract.blockFrames === 0 && contract.inputs.length > 0;
    const reason = isFrozen ? 'none; the export may have frozen the number of frames of the output' : 'none';
    refuse(`expected an audio output (float32, one axis of frames), got ${reason}`);
  }
  const used = new Map<string, number>();
  const use = (name: string): void => void used.set(name, (used.get(name) ?? 0) + 1);
  for (const [ports, list, side] of [
    [contract.inputs, inputs, 'input'],
    [contract.outputs, outputs, 'output'],
  ] as const) {
    for (const port of ports) {
      const role = `${port.kind ?? 'audio'} ${side}`;
      const fact = find(list, port.tensor, role);
      use(port.tensor);
      if (fact !== undefined && fact.elemType !== 1)
        refuse(`expected ${role} ${quote(port.tensor)} in float32, got ${describeTensors([fact])}`);
      if (fact?.shape !== undefined && fact.shape.length !== port.layout.length) {
        refuse(
          `expected ${role} ${quote(port.tensor)} with the ${port.layout.length} axes of layout ${port.layout}, got ${describeTensors([fact])}`,
        );
      } else if (fact?.shape !== undefined && isItemPort(port)) {
        const dims = tensorDims(port, 0);
        if (fact.shape.some((size, at) => typeof size === 'number' && size !== dims?.[at]))
          refuse(
            `expected ${role} ${quote(port.tensor)} of [${dims}] with one item a call, got ${describeTensors([fact])}`,
          );
      } else if (fact?.shape !== undefined) {
        const channels = port.layout.includes('c') ? fact.shape[port.layout.indexOf('c')] : 1;
        if (typeof channels === 'number' && channels !== port.channels)
          refuse(`expected ${role} ${quote(port.tensor)} with ${port.channels} channels, got ${channels}`);
        const frames = fact.shape[port.layout.indexOf('n')];
        if (typeof frames === 'number' && frames !== contract.blockFrames)
          refuse(
            `expected ${role} ${quote(port.tensor)} with an open frame axis or ${blockText(contract.blockFrames)}, got ${describeTensors([fact])}`,
          );
      }
    }
  }
  judgeFrames(contract, inputs, outputs, refuse);
  if (hasItems(contract) && typeof contract.blockFrames === 'string')
    refuse('expected a block of frames for a model with spectra or tensors, got the whole sound');
  for (const fact of inputs.filter(({ elemType }) => elemType === STRING)) {
    const what = `expected text in ${quote(fact.name)} as its UTF-8 bytes in int64, got ${describeTensors([fact])}`;
    report.add(
      'E-MODEL-CONTRACT',
      what,
      'Export the model with an int64 input [bytes], and state it as a param with text.',
    );
    use(fact.name);
  }
  for (const param of contract.params) {
    const fact = find(inputs, param.tensor, 'param');
    // Told above.
    if (fact?.elemType === STRING) continue;
    use(param.tensor);
    const bytes = fact?.shape?.[param.layout.indexOf('x')];
    if (param.text && typeof bytes === 'number' && bytes !== param.shape?.[0])
      refuse(`expected ${bytes} bytes of text in ${quote(param.tensor)}, as the model has it, got ${param.shape?.[0]}`);
    const [elemType, kind] = param.dtype === 'i64' ? [7, 'int64'] : [1, 'float32'];
    if (
      fact !== undefined &&
      (fact.elemType !== elemType || (fact.shape !== undefined && fact.shape.length !== param.layout.length))
    ) {
      refuse(
        `expected param ${quote(param.tensor)} in ${kind} with layout "${param.layout}", got ${describeTensors([fact])}`,
      );
    }
  }
  for (const state of contract.states) {
    for (const [list, name] of [
      [inputs, state.input],
      [outputs, state.output],
    ] as const) {
      const fact = find(list, name, 'state');
      use(name);
      const isSame =
        fact?.shape?.length === state.shape.length &&
        fact.shape.every((size, at) => typeof size === 'string' || size === state.shape[at]);
      if (
        fact !== undefined &&
        (fact.elemType !== { f32: 1, f64: 11, i64: 7 }[state.dtype] || (fact.shape !== undefined && !isSame))
      ) {
        refuse(
          `expected state ${quote(name)} as ${state.dtype} of shape [${state.shape.join(', ')}], got ${describeTensors([fact])}`,
        );
      }
    }
  }
  for (const fact of inputs) {
    if (!used.has(fact.name))
      refuse(
        `expected every input to be audio, a param or a state, got ${describeTensors([fact])} that is none of them`,
      );
  }
  for (const [name, count] of used)
    if (count > 1 && inputs.some(fact => fact.name === name))
      refuse(`expected each tensor in one part of the contract, got ${quote(name)} in ${count}`);
  const ids = contract.params.map(param => param.id);
  if (new Set(ids).size < ids.length) refuse(`expected params with different ids, got ${ids.map(quote).join(', ')}`);
}

/** Exporters name an open axis by a formula: an output of "N - 62" frames does not give a frame for each frame. */
function judgeFrames(
  contract: ModelContract,
  inputs: readonly TensorFact[],
  outputs: readonly TensorFact[],
  refuse: (what: string) => void,
): void {
  const framesOf = (list: readonly TensorFact[], tensor: string, layout: string): string => {
    const frames = list.find(fact => fact.name === tensor)?.shape?.[layout.indexOf('n')];
    return typeof frames === 'string' ? frames : '';
  };
  for (const output of contract.outputs) {
    const made = framesOf(outputs, output.tensor, output.layout);
    const words = made.split(/[^A-Za-z0-9_]+/);
    for (const input of contract.inputs) {
      const fed = framesOf(inputs, input.tensor, input.layout);
      if (fed === '' || made === fed || !words.includes(fed)) continue;
      refuse(
        `expected audio output ${quote(output.tensor)} of ${fed} frames as its input, got ${quote(made)}; a model needs its past as a state`,
      );
    }
  }
}
