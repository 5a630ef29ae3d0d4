// Finds the net in a checked model. Owns which graphs are nets. Never throws on a hostile file; what it cannot take it says.
import type { NetFinding } from '../../core/net.ts';
import { Refusal } from './call.ts';
import { fixedBlock, type GraphSource, inputOf, readGraph, resultOf, sizesOf, statesOf } from './read-graph.ts';
import { splitStates } from './split-states.ts';
import { isTooMuch } from './work.ts';

/** Longest file that is looked at: a small net is not larger. */
const FILE_BYTES_MAX = 32 << 20;

export function findNet(source: GraphSource): NetFinding {
  const { file, contract } = source;
  try {
    if (file.length > FILE_BYTES_MAX) throw new Refusal(`a file of more than ${FILE_BYTES_MAX >> 20} MiB`);
    const reading = readGraph(source, false);
    const names = [...contract.inputs, ...contract.params].map(({ tensor }) => tensor);
    const states = statesOf(reading, contract.states);
    const outputs = contract.outputs.map(port => [
      port.tensor,
      resultOf(reading, port.tensor, sizesOf(port, fixedBlock(contract))),
    ]);
    const inputs = Object.fromEntries(names.map(name => [name, inputOf(reading, name)]));
    const net = splitStates(reading.net.toNet({ inputs, outputs: Object.fromEntries(outputs), states }));
    if (isTooMuch(net, fixedBlock(contract))) throw new Refusal('more work than a small net has');
    return { net };
  } catch (error) {
    if (error instanceof Refusal) return { refusal: error.message };
    // A graph that the runtime may know how to read, and we do not.
    return { refusal: 'a graph whose tensors do not fit' };
  }
}
