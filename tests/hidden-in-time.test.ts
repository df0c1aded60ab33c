/** What is hidden takes as long as what is missing, and asks the stores the same. */
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oftenAbove, stopwatch, timedInTurn, type Repeated, type Stopwatch } from './support/in-time.js';
import { intercepted } from './support/intercepted-stores.js';
import { QUIET, startTestServer, type TestServer } from './support/server.js';
import { plainDefinition, story } from './support/story.js';

const TRIES = 1000;
/** Who guesses by time is right in six of ten tries at most, where five are chance. */
const TOLERANCE = 0.1;
/** One caller asks more often than the limit of callers allows, and whoever is refused learns nothing. */
const UNLIMITED = { CALLER_REQUESTS_PER_SECOND: '0' };
const MISSING = { id: `ins_${'0'.repeat(26)}`, reservationId: 'reserved-by-nobody' };

let server: TestServer;
let watch: Stopwatch;
let token: string;
let hidden: { readonly id: string; readonly reservationId: string };
let calls: string[] = [];
/** Something that the server does for what is there and for nothing else, as a planted fault. */
let onFound: (() => Promise<unknown>) | null = null;

const wrapStores = intercepted(async (call) => {
  if (!call.name.startsWith('live.')) calls.push(call.name);
  const found = await call.go();
  if (found && call.name === 'lablet_instances.get') await onFound?.();
  return found;
});

beforeAll(async () => {
  server = await startTestServer({ env: { ...QUIET, ...UNLIMITED }, overrides: { wrapStores } });
  watch = stopwatch(server.url);
  const tell = story(await server.client('ADMIN', 'root'));
  const { id: definitionId } = await tell.definition(plainDefinition('Hidden'));
  const reservationId = 'reserved-by-bob';
  const { id } = await tell.instance({ definitionId, ownerId: 'bob', reservationId });
  hidden = { id, reservationId };
  token = await server.token('USER', 'alice');
});

afterAll(async () => {
  watch?.close();
  await server?.close();
});

type Asked = (target: typeof MISSING) => Repeated;

const graphql =
  (query: (target: typeof MISSING) => string): Asked =>
  (target) => ({
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: query(target) }),
  });
const rest =
  (method: string): Asked =>
  ({ id }) => ({ method, path: `/api/v1/instances/${id}`, headers: { authorization: `Bearer ${token}` } });

const ASKED: Readonly<Record<string, Asked>> = {
  instance: graphql(({ id }) => `{ instance(id: "${id}") { id worker { id } history { to } } }`),
  terminateInstance: graphql(
    ({ id }) => `mutation { terminateInstance(input: { id: "${id}" }) { liveRevision } }`,
  ),
  'GET /instances/{id}': rest('GET'),
  instanceByReservation: graphql(
    ({ reservationId }) => `{ instanceByReservation(reservationId: "${reservationId}") { id } }`,
  ),
  node: graphql(({ id }) => `{ node(id: "${id}") { id } }`),
  nodes: graphql(({ id }) => `{ nodes(ids: ["${id}"]) { id } }`),
  'terminateInstance with a key': graphql(
    ({ id }) =>
      `mutation { terminateInstance(input: { id: "${id}", idempotencyKey: "k-${id}" }) { liveRevision } }`,
  ),
  'DELETE /instances/{id}': rest('DELETE'),
};

const pairOf = (asked: Asked) => [asked(hidden), asked(MISSING)] as const;
/** The rest goes the same ways, and is compared by what it asks of the stores. */
const TIMED = ['instance', 'terminateInstance'];
const LONGEST_MS = 300_000;

describe('a hidden instance', () => {
  it.each(Object.entries(ASKED))('asks the stores what a missing one does: %s', async (_name, asked) => {
    const [there, absent] = pairOf(asked);
    const callsOf = async (request: Repeated) => {
      calls = [];
      await watch.time(request);
      return calls;
    };
    await callsOf(absent);
    const expected = await callsOf(absent);
    expect(expected).not.toEqual([]);
    expect(await callsOf(there)).toEqual(expected);
  });

  it.each(TIMED)(
    `takes as long as a missing one, in ${TRIES} tries of each: %s`,
    async (name) => {
      const pair = pairOf(ASKED[name] as Asked);
      await timedInTurn(watch, pair, 50);
      const { first, second } = await timedInTurn(watch, pair, TRIES);
      expect(Math.abs(oftenAbove(first, second) - 0.5)).toBeLessThan(TOLERANCE);
    },
    LONGEST_MS,
  );

  it(
    'would be noticed if it took longer',
    async () => {
      const pair = pairOf(ASKED['instance'] as Asked);
      const { second } = await timedInTurn(watch, pair, 50);
      const slow = second.sort((a, b) => a - b)[45] ?? 0;
      onFound = () => setTimeout(Math.ceil(slow) + 1);
      const { first: slower, second: plain } = await timedInTurn(watch, pair, 200);
      onFound = null;
      expect(oftenAbove(slower, plain) - 0.5).toBeGreaterThan(TOLERANCE);
    },
    LONGEST_MS,
  );
});
