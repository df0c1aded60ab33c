import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLabletError } from '../errors.js';
import { jsonBodies } from './json-bodies.js';

const ROOM = 250_000;
const SHAPE = { depth: 10, values: 1000 };
const LARGE = 'x'.repeat(100_000);

let server: FastifyInstance;
let turn = 0;
let isOver = false;
let release: () => void;
let refused: unknown;

beforeEach(async () => {
  server = Fastify();
  jsonBodies(server, { maxBytes: ROOM, shape: SHAPE, graphqlPaths: ['/turn'] });
  server.setErrorHandler((error, _request, reply) => {
    refused = error;
    return reply.code(429).send();
  });
  server.post('/turn', async () => ({ turn }));
  const held = new Promise<void>((done) => (release = done));
  server.post('/held', async () => held.then(() => ({})));
  await server.ready();
  isOver = false;
  const count = () => {
    turn++;
    if (!isOver) setImmediate(count);
  };
  count();
});

afterEach(async () => {
  isOver = true;
  await server.close();
});

const send = (url: string, payload: string) =>
  server.inject({ method: 'POST', url, payload, headers: { 'content-type': 'application/json' } });
const post = (url: string, value: string) => send(url, JSON.stringify({ value }));

describe('large bodies', () => {
  it('are begun in turns of the loop of their own', async () => {
    const answers = await Promise.all([post('/turn', LARGE), post('/turn', LARGE)]);
    const [first, second] = answers.map((answer) => answer.json().turn);
    expect(second).toBeGreaterThan(first);
  });

  it('are refused above the room for all, and taken again when answers are out', async () => {
    const held = [post('/held', LARGE), post('/held', LARGE)];
    await new Promise(setImmediate);
    expect((await post('/turn', LARGE)).statusCode).toBe(429);
    expect(isLabletError(refused, 'RATE_LIMITED') && refused.details.limit).toBe(ROOM);
    expect((await post('/turn', 'small')).statusCode).toBe(200);
    release();
    await Promise.all(held);
    expect((await post('/turn', LARGE)).statusCode).toBe(200);
  });

  it('are taken one at a time where the room is less than one', async () => {
    expect((await post('/turn', LARGE.repeat(4))).statusCode).toBe(200);
  });
});

describe('bodies with too much in them', () => {
  const names = Array.from({ length: 50_000 }, (_, n) => `"x${n}":${n}`);
  it.each([
    ['names', `{${names.join(',')}}`],
    ['levels', `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
  ])('%s, are refused as their path says it, and others are taken', async (_, body) => {
    await send('/turn', body);
    expect(isLabletError(refused, 'QUERY_TOO_COSTLY')).toBe(true);
    await send('/held', body);
    expect(isLabletError(refused, 'VALIDATION_FAILED')).toBe(true);
    expect((await post('/turn', '[{"a":'.repeat(20_000))).statusCode).toBe(200);
  });
});
