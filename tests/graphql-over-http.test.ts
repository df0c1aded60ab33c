/** The audit of the GraphQL over HTTP specification, one test for each of its rules. */
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { send, sendGraphql } from './support/answers.js';
import { startTestServer, type TestServer } from './support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server?.close());

/** GET is answered to no page of another server, so a request says that it comes from none. */
const fromNoPage: typeof fetch = (url, { headers, ...init } = {}) =>
  fetch(url, { ...init, headers: { ...(headers as object), 'apollo-require-preflight': 'true' } });

const audits = serverAudits({ url: () => `${server.url}/graphql`, fetchFn: fromNoPage });

it('the audit of GraphQL over HTTP has 61 rules', () => {
  expect(audits).toHaveLength(61);
});

it.each(audits.map(({ id, name, fn }) => ({ id, name, fn })))('audit $id $name', async ({ fn }) => {
  const result = await fn();
  const reason = result.status === 'ok' ? '' : `${result.reason}: ${await result.response.clone().text()}`;
  expect(result.status, reason).toBe('ok');
});

const FAULTY = [
  ['that cannot be parsed', '{', 'GRAPHQL_PARSE_FAILED'],
  ['that is not valid', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
  ['that asks for too much', `{ ${'liveRevision '.repeat(11)} }`, 'QUERY_TOO_COSTLY'],
] as const;

it.each(FAULTY)('a document %s has the status that the media type asks for', async (_, query, code) => {
  const statuses = ['application/json', 'application/graphql-response+json', '*/*'].map(async (accept) => {
    const { status, fault, json } = await sendGraphql(server.url, { query }, { accept });
    expect([fault.code, fault.httpStatus, json.data]).toEqual([code, 400, undefined]);
    return status;
  });
  expect(await Promise.all(statuses)).toEqual([200, 400, 400]);
});

it.each(['/graphql', '/graphql/stream'])('%s names GET and POST to who sends anything else', async (path) => {
  for (const method of ['PUT', 'HEAD', 'DELETE']) {
    const { status, headers } = await send(server.url, { method, path });
    expect([method, status, headers.allow]).toEqual([method, 405, 'GET, POST']);
  }
});
