// The passes by name: what the plan and the executor do to be faster, each of which can be left out. Owns the names only.

/**
 * `settled-params`: what a node works out of its params is kept while none of them moves. `silence`: a node that nothing reaches and in
 * which nothing is left is not run. `cascade`: steady filters in a row are played in one call. `fold-gains`: gains between them as well.
 * `pair-branches`: so are two such rows of one channel that stand in parallel (with `cascade` only).
 * `reuse-buffers`: signals that are never needed at the same time share a buffer.
 */
export const PASS_NAMES = [
  'settled-params',
  'silence',
  'cascade',
  'fold-gains',
  'pair-branches',
  'reuse-buffers',
] as const;
export type PassName = (typeof PASS_NAMES)[number];

export const ALL_PASSES: ReadonlySet<PassName> = new Set(PASS_NAMES);
