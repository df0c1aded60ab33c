import { z } from 'zod';
import { check } from '../lib/operation.js';
import { hasField, requestSchema, schemaAt, type JsonSchema } from './request-schema.js';
import { API, type Places, type RestOperation } from './route.js';

/** What came over HTTP. */
export interface Parts {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | string[]>>;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Undefined without a body. */
  readonly body: unknown;
}

export interface Mapping {
  readonly path: string;
  readonly operation: RestOperation;
  readonly params?: Places;
  readonly query?: Places;
  readonly takesBody?: true;
  /** Query parameters that the route knows only without others. */
  readonly alone?: Places;
}

/** Headers that stand for a field of the request, as they are written. */
const HEADER_FIELDS = { 'Idempotency-Key': 'idempotencyKey', 'If-Match': 'expectedRevision' } as const;

type Issue = z.core.$ZodRawIssue;
type Names = Map<string, string>;

/** Path parameters of a route and the request's field of each. */
export function pathParameters({ path, params = {} }: Pick<Mapping, 'path' | 'params'>): Places {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return Object.fromEntries(names.map((name) => [name, params[name] ?? name]));
}

/**
 * The request of an operation as a route takes it: path, query, headers and body together. Whatever is wrong with them
 * is told at once with what the operation's own request finds, under the names that the route has for it.
 */
export function routeRequest(mapping: Mapping): z.ZodType<unknown, unknown> {
  const { operation, query = {}, alone = {} } = mapping;
  const schema = requestSchema(operation.request);
  const params = pathParameters(mapping);
  return z.unknown().transform((given, { issues }) => {
    const parts = given as Parts;
    const names: Names = new Map();
    const fault = (issue: object) => void issues.push({ code: 'custom', input: parts, path: [], ...issue });
    const input: Record<string, unknown> = { ...readBody(mapping, Object.values(params), parts.body, fault) };
    for (const [name, value] of Object.entries(parts.query)) {
      const place = Object.hasOwn(query, name) ? query[name] : undefined;
      if (place === undefined && Object.hasOwn(alone, name)) fault({ path: [name], message: 'goes alone' });
      else if (place === undefined) fault({ code: 'unrecognized_keys', keys: [name] });
      else put(input, place, fromText(schemaAt(schema, place), value));
    }
    for (const [name, place] of Object.entries({ ...query, ...params })) names.set(place, name);
    for (const [name, field] of Object.entries(params)) input[field] = parts.params[name];
    for (const header of Object.keys(HEADER_FIELDS) as (keyof typeof HEADER_FIELDS)[]) {
      readHeader(header, { schema, operation, parts, input, names, fault });
    }
    const result = check(operation.request, input);
    if (result.success) return result.data;
    for (const issue of result.error.issues)
      issues.push({ ...issue, path: renamed(issue.path, names) } as Issue);
    return z.NEVER;
  });
}

function readBody(
  { takesBody }: Mapping,
  taken: readonly string[],
  body: unknown,
  fault: (issue: object) => void,
): object {
  if (body === undefined || body === null) return {};
  if (!takesBody) fault({ message: 'must have no body' });
  else if (typeof body !== 'object' || Array.isArray(body)) fault({ message: 'must be a JSON object' });
  else {
    const keys = taken.filter((field) => Object.hasOwn(body, field));
    if (keys.length > 0) fault({ code: 'unrecognized_keys', keys });
    return body;
  }
  return {};
}

interface HeaderTask {
  readonly schema: JsonSchema;
  readonly operation: RestOperation;
  readonly parts: Parts;
  readonly input: Record<string, unknown>;
  readonly names: Names;
  readonly fault: (issue: object) => void;
}

function readHeader(name: keyof typeof HEADER_FIELDS, task: HeaderTask): void {
  const { schema, operation, parts, input, names, fault } = task;
  const field = HEADER_FIELDS[name];
  const text = parts.headers[name.toLowerCase()];
  if (typeof text !== 'string' || (name === 'If-Match' && text.trim() === '*')) return;
  if (!hasField(schema, field)) {
    // Reading twice has one effect anyway; a condition that nobody checks must not seem to be met.
    if (name === 'If-Match' || operation.kind === 'command')
      fault({ path: [name], message: 'is not taken here' });
    return;
  }
  const value = name === 'If-Match' ? revisionOf(text) : text;
  if (value === null) fault({ path: [name], message: 'must be one entity tag, as ETag has it: "3"' });
  else if (input[field] != null && input[field] !== value) {
    fault({ path: [name], message: `differs from ${field} in the body` });
  } else {
    input[field] = value;
    names.set(field, name);
  }
}

/** The revision that an entity tag begins with. */
export function revisionOf(entityTag: string): number | null {
  const [, digits] = /^"(\d{1,15})(?:-\d+)?"$/.exec(entityTag.trim()) ?? [];
  return digits === undefined ? null : Number(digits);
}

/** Text of a query parameter as the request wants it; what does not fit stays as it is, for the request to refuse. */
function fromText(schema: JsonSchema, text: string | string[]): unknown {
  if (schema.type === 'array') return [text].flat().flatMap((part) => part.split(','));
  if (typeof text !== 'string') return text;
  if (schema.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  const isNumber = schema.type === 'integer' || schema.type === 'number';
  return isNumber && /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : text;
}

function put(input: Record<string, unknown>, place: string, value: unknown): void {
  const [first = '', ...rest] = place.split('.');
  if (rest.length === 0) input[first] = value;
  else put((input[first] ??= {}) as Record<string, unknown>, rest.join('.'), value);
}

/** The place of a fault as the route calls it; of a group of parameters the first one. */
function renamed(path: readonly PropertyKey[], names: Names): PropertyKey[] {
  const place = path.map(String).join('.');
  for (const [known, name] of names) {
    if (place === known || known.startsWith(`${place}.`)) return [name];
    if (place.startsWith(`${known}.`)) return [name, ...place.slice(known.length + 1).split('.')];
  }
  return [...path];
}

/** The pattern of a path as the HTTP server wants it. */
export function serverPath(path: string): string {
  return API + path.replaceAll(/\{(\w+)\}/g, ':$1');
}
