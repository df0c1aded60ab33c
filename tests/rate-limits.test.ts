/** Who asks too often is told so, the same on every transport. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../src/lib/actor.js';
import { send, sendGraphql, type Answer } from './support/answers.js';
import { rateLimited } from './support/prometheus.js';
import { openSocket } from './support/raw-socket.js';
import { JSON_TYPE } from './support/rest.js';
import { startTestServer, type TestServer } from './support/server.js';

const LIMIT = 5;
const QUERY = '{ viewer { subject } }';
const ENV = {
  CALLER_REQUESTS_PER_SECOND: String(LIMIT),
  AUTH_FAILURES_PER_MINUTE: String(LIMIT),
};

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ env: ENV });
});

afterAll(() => server?.close());

const bearer = async (role: Role, subject: string) => ({
  authorization: `Bearer ${await server.token(role, subject)}`,
});
const query = async (headers: object) => sendGraphql(server.url, { query: QUERY }, { ...headers });
const many = (count: number, ask: () => Promise<Answer>) => Promise.all(Array.from({ length: count }, ask));

const counted = () => rateLimited(server.url);

/** More at once than two windows of a second allow, so that some are refused whenever they come. */
const FLOOD = 4 * LIMIT;

const fault = {
  code: 'RATE_LIMITED',
  retryable: true,
  details: { limit: LIMIT, retryAfterMs: expect.any(Number) },
};

function assertLimited(answers: readonly Answer[]): Answer[] {
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  for (const answer of refused) {
    expect(answer.fault).toMatchObject(fault);
    expect(answer.headers['retry-after']).toMatch(/^[1-9]\d?$/);
  }
  return refused;
}

describe('a caller who asks too often', () => {
  it('is refused with 429 over GraphQL, in its form, and others are not', async () => {
    const headers = await bearer('USER', 'alice');
    const before = await counted();
    const all = assertLimited(await many(FLOOD, () => query(headers)));
    expect((await counted()) - before).toBe(all.length);
    const [refused] = all;
    expect(refused?.json.errors[0]).toMatchObject({ message: expect.any(String), extensions: fault });
    expect((await query(await bearer('USER', 'bob'))).json.data.viewer.subject).toBe('bob');
  });

  it('is refused with 429 over REST, as a problem', async () => {
    const headers = await bearer('USER', 'carol');
    const get = () => send(server.url, { method: 'GET', path: '/api/v1/definitions', headers });
    const before = await counted();
    const all = assertLimited(await many(FLOOD, get));
    expect((await counted()) - before).toBe(all.length);
    const [refused] = all;
    expect(refused?.json).toMatchObject({ type: '/problems/RATE_LIMITED', status: 429 });
  });

  it('is refused with 429 where event streams are, in the form of GraphQL', async () => {
    const headers = { ...(await bearer('USER', 'finn')), accept: 'text/event-stream' };
    const path = `/graphql/stream?query=${encodeURIComponent(QUERY)}`;
    const before = await counted();
    const all = assertLimited(await many(FLOOD, () => send(server.url, { method: 'GET', path, headers })));
    expect((await counted()) - before).toBe(all.length);
    expect(all[0]?.json.errors[0]).toMatchObject({ extensions: fault });
  });

  it('is refused message by message over a socket, which stays open', async () => {
    const socket = await openSocket(server.url, { token: await server.token('USER', 'dora') });
    const ids = Array.from({ length: FLOOD }, (_, n) => `q${n}`);
    const before = await counted();
    for (const id of ids) socket.subscribe(id, QUERY);
    const answers = await Promise.all(ids.map((id) => socket.answer(id)));
    const refused = answers.filter(({ code }) => code === 'RATE_LIMITED');
    expect(refused[0]).toMatchObject(fault);
    expect((await counted()) - before).toBe(refused.length);
    expect(answers.some(({ viewer }) => viewer?.subject === 'dora')).toBe(true);
    await socket.alive();
    socket.close();
  });

  it.each([
    ['an absolute target', 'POST', () => `${server.url}/graphql`],
    ['encoded letters, over GraphQL', 'POST', () => '/%67raphql'],
    ['encoded letters, over REST', 'GET', () => '/%61pi/v1/templates'],
  ])('is known and refused as well where the path is written as %s', async (form, method, target) => {
    const headers = { ...JSON_TYPE, ...(await bearer('USER', `gina of ${form}`)) };
    const body = method === 'POST' ? { body: JSON.stringify({ query: QUERY }) } : {};
    const ask = () => send(server.url, { method, target: target(), headers, ...body });
    const answers = await many(FLOOD, ask);
    assertLimited(answers);
    const others = answers.filter(({ status }) => status !== 429);
    expect(others.length).toBeGreaterThan(0);
    for (const { status, fault: refused } of others) expect([status, refused.code]).toEqual([200, undefined]);
  });

  it('is not limited as a program, unless that is set', async () => {
    for (const role of ['SERVICE', 'ADMIN'] as const) {
      const headers = await bearer(role, `robot-${role}`);
      const answers = await many(FLOOD, () => query(headers));
      expect(answers.map(({ status }) => status)).toEqual(Array(FLOOD).fill(200));
    }
  });
});

it('credentials that are refused are limited by address, and good ones pass', async () => {
  const wrong = { authorization: 'Bearer nonsense' };
  const before = await counted();
  const all = [
    ...assertLimited(await many(FLOOD, () => query(wrong))),
    ...assertLimited(await many(FLOOD, () => send(server.url, { path: '/session', headers: wrong }))),
  ];
  expect((await counted()) - before).toBe(all.length);
  const hidden = { target: '/%67raphql', headers: { ...JSON_TYPE, ...wrong }, body: '{}' };
  expect((await send(server.url, hidden)).fault.code).toBe('RATE_LIMITED');
  expect((await query(await bearer('USER', 'emil'))).json.data.viewer.subject).toBe('emil');
  expect((await send(server.url, { method: 'GET', path: '/healthz' })).status).toBe(200);
});
