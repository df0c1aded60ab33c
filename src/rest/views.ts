import {
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  getNamedType,
  type GraphQLEnumType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import type { JsonSchema } from './request-schema.js';

const SCALARS: Readonly<Record<string, JsonSchema>> = {
  ID: { type: 'string' },
  String: { type: 'string' },
  Int: { type: 'integer' },
  Float: { type: 'number' },
  Boolean: { type: 'boolean' },
  DateTime: { type: 'string', format: 'date-time' },
  SemVer: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+$' },
  LiveRevision: { type: 'string' },
  Port: { type: 'integer', minimum: 1, maximum: 65_535 },
  Decimal: { type: 'number' },
};

/**
 * What REST shows of an object: the fields that its type has in the GraphQL schema, so that both transports have one
 * contract, without those that lead to other objects and those that a route table leaves out. Whatever else the
 * program knows of an object, such as the token of a claim, has no field there and stays inside.
 */
export function viewsOf(schema: GraphQLSchema, leavesOut: Readonly<Record<string, readonly string[]>>) {
  for (const [name, fields] of Object.entries(leavesOut)) assertFields(objectType(name), fields);

  function objectType(name: string): GraphQLObjectType {
    const type = schema.getType(name);
    if (!isObjectType(type)) throw new Error(`the schema has no object type ${name}`);
    return type;
  }

  function fieldsOf(type: GraphQLObjectType): GraphQLField<unknown, unknown>[] {
    const left = leavesOut[type.name] ?? [];
    const fields = Object.values(type.getFields()).filter(({ name }) => !left.includes(name));
    return isNode(type) ? fields.filter((field) => !isNode(getNamedType(field.type))) : fields;
  }

  function show(type: GraphQLOutputType, value: unknown): unknown {
    if (value === null || value === undefined) return null;
    if (isNonNullType(type)) return show(type.ofType, value);
    if (isListType(type)) return (value as unknown[]).map((item) => show(type.ofType, item));
    if (!isObjectType(type)) return value;
    const object = value as Readonly<Record<string, unknown>>;
    return Object.fromEntries(
      fieldsOf(type).map((field) => [field.name, show(field.type, object[field.name])]),
    );
  }

  /** Adds the schema of the type and of all it holds. */
  function collect(into: Record<string, JsonSchema>, type: GraphQLObjectType | GraphQLEnumType): void {
    if (into[type.name]) return;
    into[type.name] = {};
    into[type.name] = isEnumType(type) ? enumSchema(type) : objectSchema(into, type);
  }

  function objectSchema(into: Record<string, JsonSchema>, type: GraphQLObjectType): JsonSchema {
    const fields = fieldsOf(type);
    return {
      type: 'object',
      description: type.description ?? '',
      properties: Object.fromEntries(
        fields.map(({ name, type: of, description }) => [name, described(typeSchema(into, of), description)]),
      ),
      required: fields.map(({ name }) => name),
      additionalProperties: false,
    };
  }

  function typeSchema(into: Record<string, JsonSchema>, type: GraphQLOutputType): JsonSchema {
    if (!isNonNullType(type)) return orNull(valueSchema(into, type));
    return valueSchema(into, type.ofType);
  }

  function valueSchema(into: Record<string, JsonSchema>, type: GraphQLOutputType): JsonSchema {
    if (isListType(type)) return { type: 'array', items: typeSchema(into, type.ofType as GraphQLOutputType) };
    if (isObjectType(type) || isEnumType(type)) {
      collect(into, type);
      return { $ref: `#/components/schemas/${type.name}` };
    }
    const scalar = SCALARS[getNamedType(type).name];
    if (!scalar) throw new Error(`no JSON Schema for ${String(type)}`);
    return { ...scalar };
  }

  return {
    /** The value as REST shows an object of this type. */
    show: (name: string, value: object): object => show(objectType(name), value) as object,
    /** The JSON Schema of an object or enum type, and of all it holds, by name; an enum is null if there is none. */
    collectObject: (into: Record<string, JsonSchema>, name: string) => collect(into, objectType(name)),
    enumSchema(name: string): JsonSchema | null {
      const type = schema.getType(name);
      return isEnumType(type) ? enumSchema(type) : null;
    },
  };
}

export type Views = ReturnType<typeof viewsOf>;

function enumSchema(type: GraphQLEnumType): JsonSchema {
  const values = type.getValues();
  const lines = values.map(({ name, description }) => `- \`${name}\`: ${description ?? ''}`);
  return {
    type: 'string',
    description: [type.description ?? '', '', ...lines].join('\n'),
    enum: values.map(({ name }) => name),
  };
}

function isNode(type: unknown): boolean {
  if (isInterfaceType(type)) return type.name === 'Node';
  if (!isObjectType(type)) return false;
  return type.name.endsWith('Connection') || type.getInterfaces().some(({ name }) => name === 'Node');
}

function described(schema: JsonSchema, description: string | null | undefined): JsonSchema {
  return description ? { ...schema, description } : schema;
}

function orNull(schema: JsonSchema): JsonSchema {
  if (typeof schema.type !== 'string') return { anyOf: [schema, { type: 'null' }] };
  return { ...schema, type: [schema.type, 'null'] as never };
}

function assertFields(type: GraphQLObjectType, fields: readonly string[]): void {
  const unknown = fields.filter((field) => !type.getFields()[field]);
  if (unknown.length > 0) throw new Error(`${type.name} has no field ${unknown.join(', ')} to leave out`);
}
