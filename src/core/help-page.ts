// The help page of a node type as Markdown, from its reference. Owns the form of the page; every fact is the node file's.
import { helpSummary } from './define-node.ts';
import type { Param } from './param.ts';
import type { Port } from './port.ts';
import type { NodeReference } from './reference.ts';

/** Text as it may stand in Markdown: a bar would end a cell of a table, HTML is shown as text. */
const cell = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('|', '\\|').replaceAll('\n', ' ');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function range(param: Param): string {
  if (param.kind === 'choice') return param.choices.join(', ');
  if (param.kind === 'text') return `text of up to ${param.maxBytes} bytes`;
  return `${param.min} to ${param.max}${param.unit ? ` ${param.unit}` : ''}${param.scale === 'log' ? ', logarithmic' : ''}`;
}

function moves(param: Param): string {
  if (param.isStructural) return 'makes a new plan; fixed in a bundle';
  if (param.kind === 'choice' || param.rate === 'event') return 'at once';
  return param.smoothingMs > 0 ? `glides over ${param.smoothingMs} ms; can be wired` : 'at once; can be wired';
}

const channels = (port: Port): string =>
  port.type !== 'audio' ? '' : port.channels === 'follow' ? 'as many as arrive' : String(port.channels);
const rate = (port: Port): string =>
  typeof port.rateHz === 'number' ? `${port.rateHz} Hz` : port.rateHz === 'patch' ? 'of the patch' : 'as it arrives';

function bundle(text: string): string {
  if (text.startsWith('cannot: ')) return `It cannot be exported: it ${text.slice('cannot: '.length)}.`;
  const words: Readonly<Record<string, string>> = {
    graph: 'It becomes part of the exported model.',
    input: 'It becomes a named input of the exported model.',
    output: 'It becomes a named output of the exported model.',
    vanish: 'It only looks on and leaves no trace in the exported model.',
  };
  return words[text] ?? text;
}

/** One page: label, help, ports, params with units and ranges, files, and what becomes of it in a bundle. */
export function helpPage(node: NodeReference): string {
  const ports = Object.entries(node.ports).map(([name, port]) => [
    port.label || name,
    port.direction,
    port.type,
    channels(port),
    rate(port),
  ]);
  const params = Object.entries(node.params).map(([name, param]) => [
    param.label || name,
    range(param),
    String(param.default),
    moves(param),
    param.help,
  ]);
  const files = Object.values(node.resources).map(slot => [slot.label, slot.kind, slot.isRequired ? 'yes' : 'no']);
  const sections = [
    `# ${node.label}`,
    `\`${node.id}\`, version ${node.version}. Also found under: ${node.words.join(', ') || 'nothing else'}.`,
    cell(node.help),
    ...(ports.length > 0 ? ['## Ports', table(['Port', 'Direction', 'Type', 'Channels', 'Rate'], ports)] : []),
    ...(params.length > 0
      ? ['## Params', table(['Param', 'Range', 'Default', 'When it is moved', 'What it does'], params)]
      : []),
    ...(files.length > 0 ? ['## Files', table(['File', 'Kind', 'Needed'], files)] : []),
    '## In a bundle',
    bundle(node.bundle),
  ];
  return `${sections.join('\n\n')}\n`;
}

/** The list of all pages, by family; `link` gives the address of a page. */
export function helpIndex(nodes: readonly NodeReference[], link: (id: string) => string): string {
  const families = [...new Set(nodes.map(node => node.family))];
  const lines = families.flatMap(family => [
    `\n## ${family}\n`,
    ...nodes
      .filter(node => node.family === family)
      .map(node => `- [${node.label}](${link(node.id)}): ${helpSummary(node.help)}.`),
  ]);
  return `# Nodes\n${lines.join('\n')}\n`;
}
