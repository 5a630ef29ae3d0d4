// Moves: automation from a file that a person or program writes, as JSON or CSV. Owns the format and what a move may be.
// A recorded performance with patches that take over is a log (log.ts). Must not know files.
//
// CSV: a header of `seconds,param,value` or `frame,param,value`, then one move a line:      0.5,gain.level,-6
// JSON: {"format": "neuropatch-moves", "version": 1, "moves": [{"seconds": 0.5, "param": "gain.level", "value": -6}, …]}
// Frames count at the rate of the patch. A choice takes its word. Moves may stand in any order.
import { fail } from '../core/errors.ts';
import { flatParamName } from '../core/flat-origin.ts';
import { flatPatch } from '../core/flatten.ts';
import type { ResourceBook } from '../core/infer.ts';
import { isMovable, type ParamValue, type ValueParam } from '../core/param.ts';
import type { Patch } from '../core/patch.ts';
import { type Registry, shapeNode } from '../core/registry.ts';
import type { ParamEntry } from './log.ts';

export const MOVES_FORMAT = 'neuropatch-moves';
const CHARACTERS_MAX = 64 * 1024 * 1024;
const COLUMNS = ['seconds', 'frame', 'param', 'value'];

/** A move as the file has it: every field still any value. */
type RawMove = Readonly<Record<string, unknown>>;
/** Where it stands, in words: "line 3" of a CSV file, "move 2" of a JSON file. */
type PlacedMove = readonly [where: string, move: RawMove];

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 80) ?? 'nothing';

function rawMoves(text: string): PlacedMove[] {
  if (text.length > CHARACTERS_MAX)
    fail('E-SIZE', '', `moves: expected at most ${CHARACTERS_MAX / 2 ** 20} MiB, got more. Play them in parts.`);
  return text.trimStart().startsWith('{') ? jsonMoves(text) : csvMoves(text);
}

function jsonMoves(text: string): PlacedMove[] {
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(text) as Record<string, unknown>;
  } catch {
    fail('E-JSON', '', 'moves: expected JSON, got something else. Look for a comma or quote that is missing.');
  }
  if (json.format !== MOVES_FORMAT || json.version !== 1 || !Array.isArray(json.moves))
    fail(
      'E-SCHEMA',
      '',
      `moves: expected format "${MOVES_FORMAT}" version 1 with a list of moves, or a recorded log, got ${shown(json.format)}. Correct the file.`,
    );
  return json.moves.map((move, at) => [
    `move ${at + 1}`,
    typeof move === 'object' && move !== null ? (move as RawMove) : { move },
  ]);
}

/** A cell is a number where it reads as one; whether that is right is the param's to say. */
const cell = (text: string): ParamValue => (text !== '' && Number.isFinite(Number(text)) ? Number(text) : text);

function csvMoves(text: string): PlacedMove[] {
  const [header, ...lines] = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const names = header.split(',').map(name => name.trim());
  const isKnown = names.every(name => COLUMNS.includes(name)) && new Set(names).size === 3;
  if (!isKnown || !names.includes('param') || !names.includes('value'))
    fail(
      'E-SCHEMA',
      '',
      `moves: expected a first line such as seconds,param,value or frame,param,value, got ${shown(header)}. Add it.`,
    );
  return lines.flatMap((line, at): PlacedMove[] => {
    if (line.trim() === '') return [];
    const cells = line.split(',').map(text => text.trim());
    const move =
      cells.length === names.length
        ? Object.fromEntries(names.map((name, n) => [name, name === 'param' ? cells[n] : cell(cells[n])]))
        : { line };
    return [[`line ${at + 2}`, move]];
  });
}

function frameOf({ seconds, frame }: RawMove, sampleRateHz: number): number | undefined {
  const isTime = (value: unknown): value is number => typeof value === 'number' && value >= 0;
  if (frame === undefined && isTime(seconds)) return Math.round(seconds * sampleRateHz);
  return seconds === undefined && isTime(frame) && Number.isSafeInteger(frame) ? frame : undefined;
}

/** What is wrong with a value, in words; undefined when the param takes it. */
function valueFault(param: ValueParam, value: unknown): string | undefined {
  if (param.kind === 'choice')
    return typeof value === 'string' && param.choices.includes(value)
      ? undefined
      : `one of ${param.choices.join(', ')}`;
  const { min, max, unit } = param;
  const isInRange = typeof value === 'number' && value >= min && value <= max;
  return isInRange ? undefined : `a number from ${min} to ${max}${unit ? ` ${unit}` : ''}`;
}

/**
 * Reads moves for a patch, sorted by frame; `name` is what errors call the file. Throws PatchError: E-SIZE, E-JSON, E-SCHEMA for the file, E-PARAM for a param that
 * the patch does not have or that can't move, E-PARAM-RANGE for a value that it does not take.
 */
export function parseMoves(
  text: string,
  patch: Patch,
  registry: Registry,
  resources: ResourceBook,
  name = 'moves',
): ParamEntry[] {
  const params = new Map<string, ValueParam>();
  const { nodes } = flatPatch(patch);
  for (const { id, type: name } of Object.values(nodes)) {
    const type = registry.get(name);
    if (!type) continue;
    const shape = shapeNode(type, nodes[id], resources[id] ?? {}, patch.sampleRateHz);
    for (const [param, definition] of Object.entries(shape.params))
      if (isMovable(definition)) params.set(`${id}.${param}`, definition);
  }
  const moves = rawMoves(text).map(([place, raw], at): ParamEntry => {
    const where = `${name}, ${place}`;
    const frame = frameOf(raw, patch.sampleRateHz);
    if (frame === undefined || typeof raw.param !== 'string')
      return fail(
        'E-SCHEMA',
        `moves[${at}]`,
        `${where}: expected seconds or a frame from 0 on, a param and a value, got ${shown(raw)}. Correct it.`,
      );
    const id = flatParamName(raw.param, patch);
    const param = params.get(id);
    if (!param)
      return fail(
        'E-PARAM',
        `moves[${at}]`,
        `${where}: expected node.param of the patch that can move, got ${shown(raw.param)}. See neuropatch nodes for their params.`,
      );
    // In a CSV file a word may read as a number.
    const value = param.kind === 'choice' && typeof raw.value === 'number' ? String(raw.value) : raw.value;
    const wanted = valueFault(param, value);
    if (wanted !== undefined)
      fail(
        'E-PARAM-RANGE',
        `moves[${at}]`,
        `${where}: expected ${wanted} for ${raw.param}, got ${shown(value)}. Correct it.`,
      );
    const dot = id.indexOf('.');
    const [nodeId, paramName] = [id.slice(0, dot), id.slice(dot + 1)];
    return { frame, kind: 'param', nodeId, param: paramName, value: value as ParamValue };
  });
  return moves.sort((a, b) => a.frame - b.frame);
}
