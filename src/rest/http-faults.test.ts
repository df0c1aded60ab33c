import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptLog } from '../../tests/support/by-hand.js';
import { LabletError, notFound } from '../errors.js';
import { httpFaults } from './http-faults.js';

const LIMIT = 2000;
let server: FastifyInstance;
let thrown: Error;
let lines: ReturnType<typeof keptLog>['lines'];

beforeEach(async () => {
  const kept = keptLog();
  lines = kept.lines;
  thrown = new TypeError('secret of the house');
  server = fastify({ bodyLimit: LIMIT, genReqId: () => 'r-1' });
  httpFaults(server, { graphqlPaths: ['/graphql'], logger: kept.logger });
  for (const path of ['/graphql', '/api/v1/thing']) {
    server.post(path, async () => ({ data: null }));
    server.get(path, async () => {
      throw thrown;
    });
  }
  server.put<{ Body: { status: number; text: string } }>('/graphql', async ({ body }, reply) =>
    reply.code(body.status).type('application/json').send(body.text),
  );
  await server.ready();
});
afterEach(() => server.close());

const post = (url: string, payload: string | object, type = 'application/json') =>
  server.inject({ method: 'POST', url, payload, headers: { 'content-type': type } });

describe('a failure before an operation, outside GraphQL', () => {
  it.each([
    ['a body that is no JSON', '{"a":', 'Invalid JSON in the body.'],
    ['an empty body', '', 'The body is empty.'],
    ['a poisoned body', '{"__proto__":{"a":1}}', 'Invalid JSON in the body.'],
  ])('for %s is a problem', async (_, payload, detail) => {
    const reply = await post('/api/v1/thing', payload);
    expect(reply.statusCode).toBe(400);
    expect(reply.headers['content-type']).toContain('application/problem+json');
    expect(reply.json()).toEqual({
      type: '/problems/VALIDATION_FAILED',
      title: 'The input breaks rules; all of them are listed at once.',
      status: 400,
      detail,
      code: 'VALIDATION_FAILED',
      retryable: false,
      details: { fields: [] },
      requestId: 'r-1',
    });
    expect(lines).toEqual([]);
  });

  it('of HTTP itself means what its status means', async () => {
    const reply = await post('/api/v1/thing', '<a/>', 'text/xml');
    expect(reply.statusCode).toBe(415);
    expect(reply.json()).toEqual({
      type: 'about:blank',
      title: 'Unsupported Media Type',
      status: 415,
      detail: 'Send application/json.',
      code: 'BAD_REQUEST',
      retryable: false,
      details: {},
      requestId: 'r-1',
    });
  });

  it.each([
    [406, 'Not Acceptable'],
    [423, 'Locked'],
    [431, 'Request Header Fields Too Large'],
  ])('keeps the status %i', async (status, title) => {
    thrown = Object.assign(new Error('secret of the house'), { statusCode: status });
    const reply = await server.inject({ method: 'GET', url: '/api/v1/thing' });
    expect(reply.statusCode).toBe(status);
    expect(reply.json()).toMatchObject({ status, title, type: 'about:blank', code: 'BAD_REQUEST' });
    expect(reply.body).not.toContain('secret');
    expect(lines).toEqual([]);
  });

  it('that a route throws keeps its code', async () => {
    thrown = notFound('Thing', 'one');
    const reply = await server.inject({ method: 'GET', url: '/api/v1/thing' });
    expect(reply.statusCode).toBe(404);
    expect(reply.json()).toMatchObject({ code: 'NOT_FOUND', details: { entity: 'Thing', id: 'one' } });
    expect(lines).toEqual([]);
  });

  it.each([
    [new LabletError('RATE_LIMITED', 'full', { limit: 1, retryAfterMs: 2100 }), 429, '3'],
    [new LabletError('STORE_UNAVAILABLE', 'down', { store: 'live' }), 503, '1'],
    [new LabletError('FORBIDDEN', 'no', { requiredRoles: [] }), 403, undefined],
  ])('says when to come back: %s', async (error, status, seconds) => {
    thrown = error;
    const reply = await server.inject({ method: 'GET', url: '/api/v1/thing' });
    expect([reply.statusCode, reply.headers['retry-after']]).toEqual([status, seconds]);
  });

  it('for want of a token says how to send one', async () => {
    thrown = new LabletError('UNAUTHENTICATED', 'no', { reason: 'MISSING' });
    const reply = await server.inject({ method: 'GET', url: '/api/v1/thing' });
    expect([reply.statusCode, reply.headers['www-authenticate']]).toEqual([401, 'Bearer']);
  });

  it('for a body above the limit names it', async () => {
    const reply = await post('/api/v1/thing', { text: 'x'.repeat(LIMIT) });
    expect(reply.statusCode).toBe(413);
    expect(reply.json()).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', details: { limit: LIMIT } });
  });

  it('that nobody expected says nothing of itself, and is logged whole', async () => {
    const reply = await server.inject({ method: 'GET', url: '/api/v1/thing' });
    expect(reply.statusCode).toBe(500);
    expect(reply.json()).toMatchObject({ code: 'INTERNAL', requestId: 'r-1', details: {} });
    expect(reply.body).not.toContain('secret');
    expect(lines).toMatchObject([
      { level: 'error', fields: { err: { message: 'secret of the house' }, requestId: 'r-1' } },
    ]);
  });

  it('for a path that is not there names method and path, without the query', async () => {
    const reply = await server.inject({ method: 'DELETE', url: '/nowhere?token=secret' });
    expect(reply.statusCode).toBe(404);
    expect(reply.json()).toMatchObject({
      code: 'NOT_FOUND',
      details: { entity: 'Route', id: 'DELETE /nowhere' },
    });
  });

  it('for a path that is not there comes before its body is looked at', async () => {
    const reply = await post('/nowhere', '<a/>', 'text/xml');
    expect([reply.statusCode, reply.json().code]).toEqual([404, 'NOT_FOUND']);
  });

  it('for another method names those that there are', async () => {
    const reply = await server.inject({ method: 'DELETE', url: '/api/v1/thing?x=1' });
    expect([reply.statusCode, reply.headers.allow]).toEqual([405, 'GET, HEAD, POST']);
    expect(reply.json()).toMatchObject({ status: 405, title: 'Method Not Allowed', code: 'BAD_REQUEST' });
    const graphql = await server.inject({ method: 'DELETE', url: '/graphql' });
    expect([graphql.statusCode, graphql.headers.allow]).toEqual([405, 'GET, HEAD, POST, PUT']);
    expect(graphql.json()).toMatchObject({
      errors: [{ extensions: { code: 'BAD_REQUEST', httpStatus: 405 } }],
    });
  });
});

describe('a failure on the path of GraphQL', () => {
  it.each(['/graphql', '/graphql?x=1', '/%67raphql', 'http://host/graphql'])(
    '%s has the form of GraphQL',
    async (url) => {
      const reply = await post(url, '{"query":');
      expect(reply.statusCode).toBe(400);
      expect(reply.json()).toEqual({
        errors: [
          {
            message: 'Invalid JSON in the body.',
            extensions: {
              code: 'BAD_REQUEST',
              retryable: false,
              httpStatus: 400,
              details: {},
              requestId: 'r-1',
            },
          },
        ],
      });
    },
  );

  it('keeps the other codes', async () => {
    const large = await post('/graphql', { query: 'x'.repeat(LIMIT) });
    expect(large.statusCode).toBe(413);
    expect(large.json()).toMatchObject({ errors: [{ extensions: { code: 'PAYLOAD_TOO_LARGE' } }] });
    const broken = await server.inject({ method: 'GET', url: '/graphql' });
    expect(broken.statusCode).toBe(500);
    expect(broken.json()).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL', requestId: 'r-1' } }] });
  });

  it('does not take a longer path for it', async () => {
    const reply = await server.inject({ method: 'GET', url: '/graphqlx' });
    expect(reply.json()).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('what Apollo answers before it knows the request', () => {
  const put = (status: number, text: string) =>
    server.inject({ method: 'PUT', url: '/graphql', payload: { status, text } });

  it('gets the request id into every error', async () => {
    const text = JSON.stringify({ errors: [{ extensions: { code: 'BAD_REQUEST' } }, { message: 'x' }] });
    expect((await put(400, text)).json()).toEqual({
      errors: [{ extensions: { code: 'BAD_REQUEST', requestId: 'r-1' } }, { message: 'x' }],
    });
  });

  it.each(['plain text', 'null', '{"data":1}'])('stays as it is when there are none: %s', async (text) => {
    expect((await put(400, text)).body).toBe(text);
  });

  it('stays as it is when it succeeded', async () => {
    const text = '{ "errors": [ { "extensions": {} } ] }';
    expect((await put(200, text)).body).toBe(text);
  });
});
