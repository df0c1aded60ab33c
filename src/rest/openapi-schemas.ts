import { isDeepStrictEqual } from 'node:util';
import { ERROR_CODES } from '../errors.js';
import type { JsonSchema } from './request-schema.js';
import type { Views } from './views.js';

/** Collects the named schemas of a document, each once. */
export function schemaRegistry(views: Views) {
  const schemas: Record<string, JsonSchema> = { Problem: PROBLEM };

  function define(name: string, schema: JsonSchema): JsonSchema {
    const known = schemas[name];
    if (known && !isDeepStrictEqual(known, schema)) throw new Error(`two schemas are named ${name}`);
    schemas[name] = schema;
    return refTo(name);
  }

  /** The schema with its named parts among those of the document, as far as it uses them. */
  function adopt(schema: JsonSchema): JsonSchema {
    const { $defs, $schema: _dialect, ...own } = relocated(schema);
    for (const [name, part] of Object.entries(used(own, ($defs ?? {}) as Parts))) {
      // An enum of the GraphQL schema says what each value means.
      define(name, views.enumSchema(name) ?? part);
    }
    return own;
  }

  return {
    adopt,
    /** A reference to an object type as REST shows it. */
    object(name: string): JsonSchema {
      views.collectObject(schemas, name);
      return refTo(name);
    },
    /** A reference to a page of these objects. */
    page(name: string): JsonSchema {
      return define(`${name}Page`, {
        type: 'object',
        description: `A page of a list of ${name}.`,
        properties: {
          items: { type: 'array', items: this.object(name) },
          pageInfo: this.object('PageInfo'),
          totalCount: { type: 'integer', description: 'Number of all matches; only when asked for.' },
        },
        required: ['items', 'pageInfo'],
        additionalProperties: false,
      });
    },
    define,
    hasField: (name: string, field: string): boolean => Object.hasOwn(schemas[name]?.properties ?? {}, field),
    all: (): Record<string, JsonSchema> =>
      Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

export type SchemaRegistry = ReturnType<typeof schemaRegistry>;

export function refTo(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

type Parts = Readonly<Record<string, JsonSchema>>;

/** The parts that a schema refers to, themselves included. */
function used(schema: JsonSchema, parts: Parts, found: Record<string, JsonSchema> = {}): Parts {
  for (const [, name = ''] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    const part = parts[name];
    if (!part || found[name]) continue;
    found[name] = part;
    used(part, parts, found);
  }
  return found;
}

function relocated(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;
}

const PROBLEM: JsonSchema = {
  type: 'object',
  description: 'Why a request failed (RFC 9457).',
  properties: {
    type: {
      type: 'string',
      description: '/problems/ and the code; about:blank for a failure of HTTP itself.',
    },
    title: { type: 'string', description: 'What the code means.' },
    status: { type: 'integer', description: 'The HTTP status.' },
    detail: { type: 'string', description: 'What happened, for people.' },
    code: {
      type: 'string',
      enum: [...Object.keys(ERROR_CODES), 'BAD_REQUEST'],
      description: 'Stable code, the same as in GraphQL; BAD_REQUEST for a failure of HTTP itself.',
    },
    retryable: { type: 'boolean', description: 'Whether the same call may succeed later.' },
    details: { type: 'object', description: 'Facts that belong to the code, for example `fields`.' },
    requestId: { type: 'string', description: 'Finds the request in the log; also in X-Request-Id.' },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'retryable', 'details', 'requestId'],
  additionalProperties: false,
};
