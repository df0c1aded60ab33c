import { ArgsType, Field, Float, ID, InputType, Int, registerEnumType } from 'type-graphql';
import type { GraphQLScalarType } from 'graphql';
import type { z } from 'zod';
import type { Allow, Query } from '../lib/operation.js';
import { SCALARS } from './scalars.js';

type AnyType = z.core.$ZodType;
type TypeRef = GraphQLScalarType | (new () => object) | object;
type ClassType<T> = new () => T;

type AnyOperation = Pick<Query<never, z.ZodObject, unknown>, 'name' | 'request'> & {
  readonly allow: Allow<never>;
};

interface Shape {
  readonly type: TypeRef;
  /** Depth of lists around the type. */
  readonly depth: number;
}

const classes = new Map<string, ClassType<object>>();
const operations = new Map<string, AnyOperation>();
const enums = new Map<string, object>();

/**
 * The GraphQL input type of an operation's request, so that names, descriptions, nullability and defaults
 * are written once, in the zod schema. Rules beyond GraphQL's types stay with zod.
 */
export function inputType<Request extends z.ZodObject>(
  name: string,
  request: Request,
): ClassType<z.input<Request>> {
  const known = classes.get(name);
  if (known) return known as ClassType<z.input<Request>>;
  const target = { [name]: class {} }[name] as ClassType<object>;
  classes.set(name, target);
  for (const [field, schema] of fieldsOf(request)) decorate(target, field, schema);
  InputType(name, { description: namedDescription(request) ?? `Input of \`${commandNamed(name)}\`.` })(
    target,
  );
  return target as ClassType<z.input<Request>>;
}

/** The input type of a command: named after it, made from its request. */
export function operationInput<Request extends z.ZodObject>(
  operation: AnyOperation & { readonly request: Request },
): ClassType<z.input<Request>> {
  const name = `${operation.name.charAt(0).toUpperCase()}${operation.name.slice(1)}Input`;
  operations.set(name, operation);
  return inputType(name, operation.request);
}

/** The command an input type belongs to. */
export function operationOf(inputTypeName: string): AnyOperation | undefined {
  return operations.get(inputTypeName);
}

/** The arguments of a field, made from an operation's request like {@link inputType}. */
export function argsType<Request extends z.ZodObject>(
  name: string,
  request: Request,
): ClassType<z.input<Request>> {
  const target = { [name]: class {} }[name] as ClassType<object>;
  for (const [field, schema] of fieldsOf(request)) decorate(target, field, schema);
  ArgsType()(target);
  return target as ClassType<z.input<Request>>;
}

/** A GraphQL enum whose values carry their descriptions; field schemas name it by `meta({ id })`. */
export function enumType<Value extends string>(
  name: string,
  description: string,
  values: Readonly<Record<Value, string>>,
): Readonly<Record<Value, Value>> {
  const entries = Object.entries(values) as [Value, string][];
  const type = Object.fromEntries(entries.map(([value]) => [value, value])) as Record<Value, Value>;
  const valuesConfig = Object.fromEntries(entries.map(([value, text]) => [value, { description: text }]));
  registerEnumType(type, { name, description, valuesConfig: valuesConfig as never });
  enums.set(name, type);
  return type;
}

function decorate(target: ClassType<object>, field: string, schema: AnyType): void {
  const { inner, nullable, defaultValue } = unwrap(schema);
  const { type, depth } = shapeOf(inner, `${target.name}.${field}`);
  let wrapped: unknown = type;
  for (let level = 0; level < depth; level++) wrapped = [wrapped];
  const description = descriptionOf(schema) ?? descriptionOf(inner);
  if (!description) throw new Error(`${target.name}.${field} has no description`);
  const prototype: object = target.prototype as object;
  Field(() => wrapped as never, {
    nullable,
    description,
    ...(defaultValue === undefined ? {} : { defaultValue }),
  })(prototype, field);
}

/** Strips optional, nullable, default and pipes off a schema, remembering what they say. */
function unwrap(schema: AnyType): { inner: AnyType; nullable: boolean; defaultValue: unknown } {
  let inner = schema;
  let nullable = false;
  let defaultValue: unknown;
  for (;;) {
    const def = inner._zod.def as { type: string; innerType?: AnyType; in?: AnyType; defaultValue?: unknown };
    if (metaOf(inner)?.graphql) return { inner, nullable, defaultValue };
    if (def.type === 'optional' || def.type === 'nullable') nullable = true;
    else if (def.type === 'default') defaultValue = def.defaultValue;
    else if (def.type === 'pipe') {
      inner = def.in as AnyType;
      continue;
    } else return { inner, nullable: nullable && defaultValue === undefined, defaultValue };
    inner = def.innerType as AnyType;
  }
}

function shapeOf(schema: AnyType, where: string): Shape {
  const named = metaOf(schema)?.graphql;
  if (named === 'ID') return { type: ID, depth: 0 };
  if (named) {
    const scalar = SCALARS[named];
    if (!scalar) throw new Error(`${where}: unknown scalar ${named}`);
    return { type: scalar, depth: 0 };
  }
  const def = schema._zod.def as { type: string; element?: AnyType; entries?: object; format?: string };
  switch (def.type) {
    case 'string':
      return { type: String, depth: 0 };
    case 'boolean':
      return { type: Boolean, depth: 0 };
    case 'number':
      return { type: isInteger(def) ? Int : Float, depth: 0 };
    case 'array': {
      const element = shapeOf(unwrap(def.element as AnyType).inner, where);
      return { type: element.type, depth: element.depth + 1 };
    }
    case 'enum':
      return { type: namedEnum(schema, Object.values(def.entries as object) as string[], where), depth: 0 };
    case 'object':
      return { type: inputType(nameOf(schema, where), schema as z.ZodObject), depth: 0 };
    default:
      throw new Error(`${where}: no GraphQL input for zod type ${def.type}`);
  }
}

function isInteger(def: { format?: string }): boolean {
  return def.format === 'safeint' || def.format === 'int32';
}

function namedEnum(schema: AnyType, values: readonly string[], where: string): object {
  const name = nameOf(schema, where);
  const known = enums.get(name);
  if (known) return known;
  throw new Error(`${where}: enum ${name} is not registered; ${values.length} values`);
}

/** `createInstance` for `CreateInstanceInput`. */
function commandNamed(inputName: string): string {
  const name = inputName.replace(/Input$/, '');
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** The description that came with the name, not the one of a field that uses the type. */
function namedDescription(schema: AnyType): string | undefined {
  for (let origin: AnyType | undefined = schema; origin; origin = origin._zod.parent) {
    if (metaOf(origin)?.id) return metaOf(origin)?.description;
  }
  return undefined;
}

function nameOf(schema: AnyType, where: string): string {
  // A description added later makes a copy, which does not keep the id.
  for (let origin: AnyType | undefined = schema; origin; origin = origin._zod.parent) {
    const name = metaOf(origin)?.id;
    if (name) return name;
  }
  throw new Error(`${where}: objects and enums need meta({ id })`);
}

function metaOf(schema: AnyType): { id?: string; graphql?: string; description?: string } | undefined {
  return (schema as z.ZodType).meta();
}

function fieldsOf(request: z.ZodObject): [string, AnyType][] {
  const shape: Readonly<Record<string, AnyType>> = request.shape;
  return Object.entries(shape);
}

function descriptionOf(schema: AnyType): string | undefined {
  return metaOf(schema)?.description;
}
