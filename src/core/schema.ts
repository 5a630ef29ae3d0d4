// The JSON Schema (draft 2020-12) of a patch file without problems, made from the node types: for editors, other programs
// and the tests. Owns the form of the file as a schema; reading is more forgiving and lives in patch-file.ts.
import type { NodeType, ShapeContext } from './node-type.ts';
import type { Param } from './param.ts';
import { ID_LENGTH_MAX, ID_PATTERN, type Json, PATCH_FORMAT, PATCH_VERSION } from './patch.ts';
import type { Registry } from './registry.ts';
import { SAMPLE_RATE_DEFAULT_HZ, SAMPLE_RATES_HZ } from './sample-rates.ts';

type Schema = { readonly [key: string]: Json };

const ID: Schema = { type: 'string', pattern: ID_PATTERN.source, maxLength: ID_LENGTH_MAX };
const PAIR: Schema = {
  type: 'array',
  prefixItems: [{ type: 'number' }, { type: 'number' }],
  minItems: 2,
  items: false,
};
const ENDPOINT: Schema = {
  type: 'string',
  pattern: '^[^.>]+\\.[^>]+$',
  description: 'node.port, or node.param for a control signal',
};
const text = (description: string): Schema => ({ type: 'string', description });

/** A value of a param. Where the range follows from other values or a model, the schema only says the kind. */
function paramSchema(param: Param, hasFixedRange: boolean): Schema {
  const description = [param.label, param.help].filter(Boolean).join(': ');
  if (param.kind === 'choice') return { enum: [...param.choices], default: param.default, description };
  if (param.kind === 'text') return { type: 'string', maxLength: param.maxBytes, default: param.default, description };
  const unit = param.unit ? { description: `${description} [${param.unit}]` } : { description };
  if (!hasFixedRange) return { type: 'number', ...unit };
  const range: Schema = { type: 'number', minimum: param.min, maximum: param.max };
  const isInside = param.min <= 0 && param.max >= 0;
  // The own value of a wired param is an offset and may be 0 whatever the range.
  if (param.rate === 'event' || isInside) return { ...range, default: param.default, ...unit };
  return { anyOf: [range, { const: 0 }], default: param.default, ...unit };
}

/** What a node of this type adds to the general form. */
function nodeTypeSchema(type: NodeType): Schema {
  const shape: ShapeContext = { values: {}, resources: {}, patchRateHz: SAMPLE_RATE_DEFAULT_HZ };
  const params = Object.entries(type.params(shape));
  const slots = Object.entries(type.resources);
  return {
    title: type.label,
    description: type.help,
    properties: {
      version: { type: 'integer', minimum: 1, maximum: type.version },
      params: {
        type: 'object',
        properties: Object.fromEntries(params.map(([name, param]) => [name, paramSchema(param, type.hasFixedParams)])),
        ...(type.hasFixedParams ? { additionalProperties: false } : {}),
      },
      resources: {
        type: 'object',
        properties: Object.fromEntries(slots.map(([slot, { label }]) => [slot, text(label)])),
        additionalProperties: false,
      },
    },
  };
}

const NODE: Schema = {
  type: 'object',
  required: ['id', 'type', 'version', 'position'],
  properties: {
    id: ID,
    type: {
      type: 'string',
      description: 'family/file of the node type; an unknown one keeps its place, values and connections',
    },
    version: { type: 'integer', minimum: 1, description: 'version of the node type that wrote it' },
    label: text('the user’s name for it'),
    position: PAIR,
    params: { type: 'object', additionalProperties: { type: ['number', 'string'] } },
    smoothingMs: { type: 'object', additionalProperties: { type: 'number', minimum: 0, maximum: 10_000 } },
    resources: { type: 'object', additionalProperties: { type: 'string' } },
    contract: { type: 'object', description: 'corrections to the contract of a model' },
    isBypassed: { const: true },
    explain: text('what the student says that this node does'),
  },
};

const mark = (kind: 'label' | 'text'): Schema => ({
  type: 'object',
  required: ['id', kind, 'position', 'size'],
  properties: { id: ID, [kind]: { type: 'string' }, position: PAIR, size: PAIR },
});

/** What a patch and a subpatch are both made of. */
const TEXTS: Schema = {
  name: text('name of the patch'),
  description: text('what it is'),
  authors: text('who made it'),
  licence: text('under which terms it may be used'),
};
const PARTS: Schema = {
  nodes: { type: 'array', items: { $ref: '#/$defs/node' } },
  connections: {
    type: 'array',
    items: {
      type: 'object',
      required: ['from', 'to'],
      properties: { from: ENDPOINT, to: ENDPOINT, isUnaligned: { const: true } },
    },
  },
  frames: { type: 'array', items: mark('label') },
  notes: { type: 'array', items: mark('text') },
};

/** The schema of the patch file for the node types of a registry. */
export function patchSchema(registry: Registry): Schema {
  const types = Object.values(registry.types);
  const branches = types.map(
    (type): Schema => ({
      if: { properties: { type: { const: type.id } } },
      // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
      then: { $ref: `#/$defs/${type.id.replace('/', '--')}` },
    }),
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Neuropatch patch',
    description:
      'A visual patch of audio, control and neural model nodes (.npatch). Fields that are not named here are kept.',
    type: 'object',
    required: ['format', 'version', 'sampleRateHz', 'nodes', 'connections'],
    properties: {
      format: { const: PATCH_FORMAT },
      version: { const: PATCH_VERSION },
      ...TEXTS,
      sampleRateHz: { enum: [...SAMPLE_RATES_HZ] },
      ...PARTS,
      subpatches: {
        type: 'object',
        description: 'patches that nodes of type structure/subpatch play, here and inside one another, by id',
        propertyNames: ID,
        additionalProperties: {
          type: 'object',
          required: ['nodes', 'connections'],
          properties: { ...TEXTS, ...PARTS },
        },
      },
    },
    $defs: {
      node: { ...NODE, allOf: branches },
      ...Object.fromEntries(types.map(type => [type.id.replace('/', '--'), nodeTypeSchema(type)])),
    },
  };
}
