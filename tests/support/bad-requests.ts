import type { Sent } from './answers.js';

/** Requests that never reach an operation: what is sent, and the status and code of the answer. */
export interface BadRequest {
  readonly name: string;
  readonly sent: Sent;
  readonly status: number;
  readonly code: string;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const QUERY = '{ errorCodes }';
const MUTATION = 'mutation { createInstance(input: { definitionName: "GET" }) { liveRevision } }';

const bytes = (name: string, body: string | Buffer): BadRequest => ({
  name,
  sent: { headers: JSON_TYPE, body },
  status: 400,
  code: 'BAD_REQUEST',
});

const typed = (name: string, body: string, headers: Sent['headers'] = {}): BadRequest => ({
  ...bytes(name, body),
  sent: { headers, body },
  status: 415,
});

const graphql = (name: string, body: unknown, code = 'BAD_REQUEST'): BadRequest => ({
  ...bytes(name, JSON.stringify(body)),
  code,
});

const get = (query: string, headers: Sent['headers'] = {}): Sent => ({
  method: 'GET',
  path: `/graphql?query=${encodeURIComponent(query)}`,
  headers,
});

export const BAD_REQUESTS: readonly BadRequest[] = [
  bytes('a body that is no JSON', 'nonsense {'),
  bytes('JSON that is cut off', '{"query": "{ errorCodes }"'),
  bytes('an empty body', ''),
  bytes('a body that is no UTF-8', Buffer.from(`{"query":"${QUERY}","a":"\xff"}`, 'latin1')),
  bytes('a body in UTF-16', Buffer.from(JSON.stringify({ query: QUERY }), 'utf16le')),
  { ...bytes('JSON nested ten thousand deep', '['.repeat(10_000)), code: 'QUERY_TOO_COSTLY' },
  bytes('a prototype in the JSON', `{"query": "${QUERY}", "variables": {"__proto__": {"a": 1}}}`),
  typed('a text', JSON.stringify({ query: QUERY }), { 'content-type': 'text/plain' }),
  typed('a body without a content type', JSON.stringify({ query: QUERY }), {}),
  typed('a form', 'query=x', { 'content-type': 'application/x-www-form-urlencoded' }),
  typed('a body in another charset', JSON.stringify({ query: QUERY }), {
    'content-type': 'application/json; charset=utf-16',
  }),
  typed('a body that is compressed', JSON.stringify({ query: QUERY }), {
    ...JSON_TYPE,
    'content-encoding': 'deflate',
  }),
  typed('a file', JSON.stringify({ query: QUERY }), { 'content-type': 'multipart/form-data' }),
  graphql('an array of requests, as batching is off', [{ query: QUERY }, { query: QUERY }]),
  graphql('a number in the place of the request', 7),
  graphql('a request without a document', { variables: {} }),
  graphql('a document that is no text', { query: 7 }),
  graphql('variables that are no object', { query: QUERY, variables: 'x' }),
  graphql('a document that does not parse', { query: '{ errorCodes ' }, 'GRAPHQL_PARSE_FAILED'),
  graphql('an empty document', { query: ' ' }, 'GRAPHQL_PARSE_FAILED'),
  graphql('a field that is not there', { query: '{ nonsense }' }, 'GRAPHQL_VALIDATION_FAILED'),
  graphql(
    'a field of a type that is not there',
    { query: '{ viewer { password } }' },
    'GRAPHQL_VALIDATION_FAILED',
  ),
  graphql(
    'a literal of the wrong type',
    { query: '{ instances(first: "x") { totalCount } }' },
    'GRAPHQL_VALIDATION_FAILED',
  ),
  graphql(
    'a name that no operation has',
    { query: `query A ${QUERY}`, operationName: 'B' },
    'OPERATION_RESOLUTION_FAILURE',
  ),
  graphql(
    'two operations and no name',
    { query: `query A ${QUERY} query B ${QUERY}` },
    'OPERATION_RESOLUTION_FAILURE',
  ),
  { name: 'a mutation by GET', sent: get(MUTATION), status: 400, code: 'BAD_REQUEST' },
  {
    name: 'a mutation by GET that says it comes from no form',
    sent: get(MUTATION, { 'apollo-require-preflight': 'yes' }),
    status: 405,
    code: 'BAD_REQUEST',
  },
  {
    name: 'a query by GET, as a page elsewhere can send',
    sent: get(QUERY),
    status: 400,
    code: 'BAD_REQUEST',
  },
  {
    name: 'a route that is not there',
    sent: { method: 'GET', path: '/graphql/nothing' },
    status: 404,
    code: 'NOT_FOUND',
  },
  {
    name: 'a path that climbs',
    sent: { method: 'GET', path: '/..%2f..%2fetc/passwd' },
    status: 404,
    code: 'NOT_FOUND',
  },
  {
    name: 'a method that the path does not know',
    sent: { method: 'PUT', headers: JSON_TYPE, body: JSON.stringify({ query: QUERY }) },
    status: 405,
    code: 'BAD_REQUEST',
  },
];
