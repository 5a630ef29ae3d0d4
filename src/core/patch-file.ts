// The patch file, `.npatch`: one door to its writer and its reader.
export { PATCH_CHARACTERS_MAX, parsePatch } from './patch-reader.ts';
export { serializePatch } from './patch-writer.ts';
