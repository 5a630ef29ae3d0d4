// Search over node types: name first, then words for the sound, then help. Pure.
import type { NodeType } from '../../core/node-type.ts';
import type { Registry } from '../../core/registry.ts';

const fold = (text: string): string => text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');

/** 0 = no match; larger fits better. All typed words must match somewhere. */
export function scoreType(type: Pick<NodeType, 'id' | 'label' | 'words' | 'help' | 'family'>, query: string): number {
  const words = fold(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return 1;
  const label = fold(type.label);
  const id = fold(type.id);
  const own = type.words.map(fold);
  const help = fold(type.help);
  let total = 0;
  for (const word of words) {
    if (label === word) total += 100;
    else if (label.startsWith(word)) total += 60;
    else if (label.split(/[\s-]+/).some(part => part.startsWith(word))) total += 40;
    else if (own.some(part => part.startsWith(word))) total += 25;
    else if (label.includes(word) || id.includes(word)) total += 15;
    else if (help.includes(word)) total += 5;
    else return 0;
  }
  return total;
}

/** Matching types, best first; all of them by name for an empty query. */
export function searchTypes(registry: Registry, query: string): NodeType[] {
  return Object.values(registry.types)
    .map(type => ({ type, score: scoreType(type, query) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.type.label.localeCompare(b.type.label, 'en'))
    .map(({ type }) => type);
}
