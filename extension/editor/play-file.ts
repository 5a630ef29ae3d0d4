// The first start that an empty patch offers: a player and an output, playing at once. Its file is changed in the inspector.
import { addNode, connect, freeNodeId } from '../../src/core/edits.ts';
import type { PatchNode } from '../../src/core/patch.ts';
import { registry } from '../../src/generated/registry.ts';
import type { OpenPatch } from './patch-editor.ts';

const PLAYER = 'source/audio-file-player';
const OUTPUT = 'output/audio-output';
const FILE = 'builtin:audio/guitar-di.wav';

/** Adds both nodes in one step and starts the sound; called from a click. */
export async function playFile({ session, selection, canvas }: OpenPatch): Promise<void> {
  const { store, view } = session;
  const make = (type: string, rest: Partial<PatchNode> & Pick<PatchNode, 'position'>): PatchNode => ({
    id: freeNodeId(store.patch, type),
    type,
    version: registry.get(type)?.version ?? 1,
    ...rest,
  });
  const player = make(PLAYER, { position: [256, 32], resources: { audio: FILE } });
  const output = make(OUTPUT, { position: [256, 176] });
  const changes = [addNode(player), addNode(output), connect(`${player.id}.out`, `${output.id}.in`)].flatMap(
    step => step.changes,
  );
  store.dispatch({ label: 'Play a file', changes });
  selection.select({ nodes: [player.id] });
  canvas.fit();
  await session.loaded;
  await view.start();
}
