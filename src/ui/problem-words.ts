// A problem in words for people: what its text calls by id, the screen calls by name. Owns that exchange; the texts are the core's.
import type { Problem } from '../core/errors.ts';
import type { EditorContext } from './context.ts';

/** Ids of nodes that a problem is about: its own, and the ends of its connections. */
function idsOf({ nodeId, path, connections = [] }: Problem): ReadonlySet<string> {
  const wires = [path.replace(/^connections\./, ''), ...connections];
  const ends = wires.flatMap(wire => /^([^.>]+)\.[^>]+>([^.>]+)\.[^>]+$/.exec(wire)?.slice(1) ?? []);
  return new Set([...(nodeId === undefined ? [] : [nodeId]), ...ends]);
}

/**
 * The message with names for ids in its `<where>`: "amp.in: expected …" becomes "Tube amp, In: expected …", "a.out>b.in: …" becomes
 * "Noise, Out → Gain, In: …".
 */
export function problemWords(context: EditorContext, problem: Problem): string {
  const end = problem.message.indexOf(': ');
  if (end < 0) return problem.message;
  const ids = idsOf(problem);
  const nameOf = (id: string, field: string | undefined): string | undefined => {
    const node = ids.has(id) ? context.store.patch.nodes[id] : undefined;
    if (!node) return undefined;
    const shape = field === undefined ? undefined : context.shapeOf(node);
    const label = field && (shape?.ports[field]?.label || shape?.params[field]?.label);
    const name = label || (field && field.charAt(0).toUpperCase() + field.slice(1));
    return name ? `${context.nameOf(id)}, ${name}` : context.nameOf(id);
  };
  const where = problem.message
    .slice(0, end)
    .replace(/([a-z0-9][a-z0-9-]*)(?:\.([A-Za-z0-9_-]+))?/g, (all, id, field) => nameOf(id, field) ?? all)
    .replace(/(?<! )>(?! )/g, ' → ');
  return where + problem.message.slice(end);
}
