import { z } from 'zod';
import { ID_PREFIXES } from '../lib/ids.js';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

const SOME_ULID = '0'.repeat(26);

/** The JSON Schema of an operation's request, as a caller writes it. Named parts are in `$defs`. */
export function requestSchema(request: z.ZodType): JsonSchema {
  return z.toJSONSchema(request, {
    io: 'input',
    unrepresentable: 'any',
    override({ jsonSchema, zodSchema }) {
      if (jsonSchema['graphql'] === 'ID') jsonSchema.pattern = idPattern(zodSchema);
      // The pattern of a time is long, and says no more than the format.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      delete jsonSchema['graphql'];
    },
  });
}

/** The part of a request at a dotted path, with references followed and without the null that some fields may be. */
export function schemaAt(root: JsonSchema, path: string): JsonSchema {
  return path.split('.').reduce((schema, field) => {
    const part = schema.properties?.[field];
    if (!part) throw new Error(`a request has no field ${path}`);
    const { description } = part as JsonSchema;
    return { ...resolved(root, part as JsonSchema), ...(description === undefined ? {} : { description }) };
  }, root);
}

/** Whether the request has this field. */
export function hasField(root: JsonSchema, field: string): boolean {
  return Object.hasOwn(root.properties ?? {}, field);
}

/** What the schema means, with references followed. */
export function resolved(root: JsonSchema, schema: JsonSchema): JsonSchema {
  if (schema.$ref !== undefined) {
    const named = root.$defs?.[schema.$ref.replace('#/$defs/', '')];
    return resolved(root, named as JsonSchema);
  }
  const options = schema.anyOf?.filter(({ type }) => type !== 'null');
  if (options?.[0]) return resolved(root, options[0]);
  const { type } = schema as { type?: unknown };
  if (!Array.isArray(type)) return schema;
  return { ...schema, type: type.find((name) => name !== 'null') as 'string' };
}

/** zod cannot print the rule of an id, so the prefixes are found by trying. */
function idPattern(schema: z.core.$ZodType): string {
  const accepted = ID_PREFIXES.filter((prefix) => z.safeParse(schema, `${prefix}_${SOME_ULID}`).success);
  return `^${accepted.length === 1 ? accepted[0] : `(${accepted.join('|')})`}_[0-9A-HJKMNP-TV-Z]{26}$`;
}
