import { ERROR_CODES, type ErrorCode } from '../errors.js';
import { describe } from '../lib/operation.js';
import { countedList, PAGING } from './lists.js';
import { refTo, type SchemaRegistry } from './openapi-schemas.js';
import { hasField, requestSchema, schemaAt, type JsonSchema } from './request-schema.js';
import { isList, LIVE_REVISION } from './rest-answers.js';
import { pathParameters } from './route-request.js';
import type { ListRoute, Route } from './route.js';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description: string;
  readonly schema: JsonSchema;
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: JsonSchema }>>;
  readonly content?: Content;
}

export interface OperationObject {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly 'x-roles': readonly string[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Response>>;
}

/** What one route takes and answers. */
export function operationOf(route: Route, tag: string, registry: SchemaRegistry): OperationObject {
  const operation = isList(route) ? countedList(route.operation) : route.operation;
  const request = requestSchema(operation.request);
  return {
    operationId: operation.name,
    tags: [tag],
    summary: operation.summary,
    description: [describe(operation), ...(isList(route) ? keyNote(route) : [])].join(' '),
    'x-roles': operation.allow.roles,
    parameters: [
      ...inPath(route, request),
      ...inQuery(route, request, registry),
      ...inHeaders(route, request),
    ],
    ...(route.takesBody ? { requestBody: bodyOf(route, request, registry) } : {}),
    responses: { ...successes(route, registry), ...failures(codesOf(route, request)), ...ofHttp(route) },
  };
}

function keyNote({ byKey }: ListRoute): string[] {
  if (!byKey) return [];
  const names = Object.keys(byKey.query).map((name) => `\`${name}\``);
  return [`With ${names.join(' and ')} alone: the one that has this natural key, in any state, or none.`];
}

function inPath(route: Route, request: JsonSchema): Parameter[] {
  return Object.entries(pathParameters(route)).map(([name, place]) =>
    parameter(name, 'path', schemaAt(request, place), true),
  );
}

function inQuery(route: Route, request: JsonSchema, registry: SchemaRegistry): Parameter[] {
  const places = isList(route) ? { ...route.query, ...PAGING } : (route.query ?? {});
  const own = Object.entries(places).map(([name, place]) =>
    parameter(name, 'query', registry.adopt({ ...schemaAt(request, place), $defs: request.$defs ?? {} })),
  );
  if (!isList(route) || !route.byKey) return own;
  const keyRequest = requestSchema(route.byKey.operation.request);
  const key = Object.entries(route.byKey.query).filter(([name]) => !Object.hasOwn(places, name));
  return [...own, ...key.map(([name, place]) => parameter(name, 'query', schemaAt(keyRequest, place)))];
}

function inHeaders(route: Route, request: JsonSchema): Parameter[] {
  const taken = (field: string) => hasField(request, field);
  return [
    ...(taken('idempotencyKey')
      ? [parameter('Idempotency-Key', 'header', schemaAt(request, 'idempotencyKey'))]
      : []),
    ...(taken('expectedRevision')
      ? [text('If-Match', 'ETag of the object as it was read; when it has changed, REVISION_CONFLICT.')]
      : []),
    ...(route.method === 'GET' && !isList(route)
      ? [text('If-None-Match', 'ETag of the object as it is known; when it has not changed, 304.')]
      : []),
  ];
}

function parameter(
  name: string,
  place: Parameter['in'],
  { description = '', ...schema }: JsonSchema,
  required = false,
): Parameter {
  return { name, in: place, required, description, schema };
}

const text = (name: string, description: string): Parameter =>
  parameter(name, 'header', { type: 'string', description });

/** The request without what the path says. */
function bodyOf(route: Route, request: JsonSchema, registry: SchemaRegistry) {
  const inPath = Object.values(pathParameters(route));
  const properties = Object.entries(request.properties ?? {}).filter(([name]) => !inPath.includes(name));
  const required = (request.required ?? []).filter((name) => !inPath.includes(name));
  const { required: _all, ...rest } = request;
  const own = registry.adopt({
    ...rest,
    properties: Object.fromEntries(properties),
    ...(required.length > 0 ? { required } : {}),
  });
  const { name } = route.operation;
  const schema = registry.define(`${name.charAt(0).toUpperCase()}${name.slice(1)}Body`, own);
  return { required: required.length > 0, content: { 'application/json': { schema } } };
}

const header = (description: string) => ({ description, schema: { type: 'string' } as JsonSchema });
const ENTITY_TAG = { ETag: header('Revision of the object; give it back as If-Match.') };

function successes(route: Route, registry: SchemaRegistry): Record<string, Response> {
  if (isList(route)) {
    const isLive = hasField(requestSchema(route.operation.request), 'atLeast');
    const headers = {
      Link: header('The next and the previous page.'),
      ...(isLive
        ? { [LIVE_REVISION]: header('Live revision before the page was read; following it leaves no gap.') }
        : {}),
    };
    return { 200: { description: 'A page.', headers, content: json(registry.page(route.lists)) } };
  }
  const schema = registry.object(route.shows);
  const isTagged = registry.hasField(route.shows, 'revision');
  const headers = {
    ...(isTagged ? ENTITY_TAG : {}),
    ...(route.creates ? { Location: header('Path of the new object.') } : {}),
    ...(route.operation.kind === 'command'
      ? { [LIVE_REVISION]: header('Live revision of the answer, as `liveRevision` in GraphQL.') }
      : {}),
  };
  const answer = (description: string): Response => ({
    description,
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
    content: json(schema),
  });
  if (route.creates) return { 201: answer('It was made.') };
  return {
    200: answer(route.operation.kind === 'command' ? 'It was done.' : 'The answer.'),
    ...(route.doneWhen ? { 202: answer('The request is recorded; it ends later.') } : {}),
    ...(route.method === 'GET' ? { 304: { description: 'It has not changed.', headers: ENTITY_TAG } } : {}),
  };
}

const json = (schema: JsonSchema): Content => ({ 'application/json': { schema } });

/** Codes that every operation can answer with. */
const EVERYWHERE: readonly ErrorCode[] = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'VALIDATION_FAILED',
  'RATE_LIMITED',
  'STORE_UNAVAILABLE',
  'TIMEOUT',
  'INTERNAL',
];

function codesOf(route: Route, request: JsonSchema): ErrorCode[] {
  const isNamed = Object.keys(pathParameters(route)).length > 0;
  const codes = new Set<ErrorCode>([
    ...EVERYWHERE,
    ...(isNamed ? ['NOT_FOUND' as const] : []),
    ...(isNamed && route.operation.kind === 'command' ? ['REVISION_CONFLICT' as const] : []),
    ...(hasField(request, 'idempotencyKey') ? ['IDEMPOTENCY_CONFLICT' as const] : []),
    ...(route.takesBody ? ['PAYLOAD_TOO_LARGE' as const] : []),
    ...(route.errors ?? []),
  ]);
  return [...codes];
}

const PROBLEM: Content = { 'application/problem+json': { schema: refTo('Problem') } };

/** Failures of HTTP itself, which come before the operation. */
function ofHttp({ method }: Route): Record<string, Response> {
  const failure = (description: string): Response => ({
    description: `\`BAD_REQUEST\`: ${description}`,
    content: PROBLEM,
  });
  const body = failure('The body is not application/json in UTF-8, or is compressed.');
  return {
    406: failure('The caller takes no application/json.'),
    // A body of GET is not read.
    ...(method === 'GET' ? {} : { 415: body }),
  };
}

/** One response for each status, which names its codes. */
function failures(codes: readonly ErrorCode[]): Record<string, Response> {
  const statuses = [...new Set(codes.map((code) => ERROR_CODES[code].http))].sort((a, b) => a - b);
  const failure = (status: number): [string, Response] => {
    const known = codes.filter((code) => ERROR_CODES[code].http === status);
    return [status.toString(), { description: known.map(meaning).join('\n'), content: PROBLEM }];
  };
  return Object.fromEntries(statuses.map(failure));
}

const meaning = (code: ErrorCode): string => `\`${code}\`: ${ERROR_CODES[code].when}`;
