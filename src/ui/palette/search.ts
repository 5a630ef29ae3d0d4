// Search over what can be added: node types and the comment. Name first, then words for the sound, then help. Pure.
import type { NodeType } from '../../core/node-type.ts';
import type { Registry } from '../../core/registry.ts';

/** What a person may add to the canvas. */
export type PaletteItem = Pick<NodeType, 'id' | 'label' | 'words' | 'help' | 'family'>;

/** A note on the canvas: part of the document, but no node, so it has no sound and no place in the plan or a bundle. */
export const COMMENT: PaletteItem = {
  id: 'comment',
  label: 'Comment',
  help: 'Writes a note on the canvas. It says what a part of the patch is for; it is saved with the patch and never heard.',
  words: ['note', 'text', 'label', 'remark', 'explain', 'documentation', 'annotation'],
  family: 'canvas',
};

const fold = (text: string): string => text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');

/** 0 = no match; larger fits better. All typed words must match somewhere. */
export function scoreType(type: PaletteItem, query: string): number {
  const words = fold(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return 1;
  const label = fold(type.label);
  const id = fold(type.id);
  const own = type.words.map(fold);
  const help = fold(type.help);
  let total = 0;
  for (const word of words) {
    // A type's words stand in order: what it is most often wanted for comes first.
    const at = own.findIndex(part => part.startsWith(word));
    if (label === word) total += 100;
    else if (label.startsWith(word)) total += 60;
    else if (label.split(/[\s-]+/).some(part => part.startsWith(word))) total += 40;
    else if (at >= 0) total += 25 - Math.min(at, 50) / 10;
    else if (label.includes(word) || id.includes(word)) total += 15;
    else if (help.includes(word)) total += 5;
    else return 0;
  }
  return total;
}

/** Matching node types and the comment, best first; all of them by name for an empty query. */
export function searchItems(registry: Registry, query: string): PaletteItem[] {
  return [...Object.values(registry.types), COMMENT]
    .map(type => ({ type, score: scoreType(type, query) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.type.label.localeCompare(b.type.label, 'en'))
    .map(({ type }) => type);
}
