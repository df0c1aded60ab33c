/** Operations of a socket that follow each other under one id, the former of which is still under way. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabletClient } from '../src/client/index.js';
import { intercepted } from './support/intercepted-stores.js';
import { NO_REPAIR } from './support/live-stage.js';
import { until } from './support/lost-stores.js';
import { openSocket, type RawSocket } from './support/raw-socket.js';
import { startTestServer, type TestServer } from './support/server.js';
import { plainDefinition, required, story } from './support/story.js';

const MOST = 5;
/** Asks for definitions, which the stores hold back while `gate` is closed. */
const CHANGES = 'subscription { instanceChanges { kind instance { id definition { name } } } }';

describe.each(['true', 'false'])('subscriptions under one id, LIVE_SHARED=%s', (shared) => {
  let gate: { opened: Promise<void>; open: () => void; held: number } | null = null;
  let server: TestServer;
  let admin: LabletClient;
  let definitionId: string;

  beforeAll(async () => {
    const wrapStores = intercepted(async ({ name, go }) => {
      if (gate && name.endsWith('definitions.getMany')) {
        gate.held++;
        await gate.opened;
      }
      return go();
    });
    const env = { ...NO_REPAIR, LIVE_SHARED: shared, MAX_SOCKET_SUBSCRIPTIONS: String(MOST) };
    server = await startTestServer({ env, overrides: { wrapStores } });
    admin = await server.client('ADMIN', 'root');
    ({ id: definitionId } = await story(admin).definition(plainDefinition('Again')));
    await story(admin).instance({ definitionId });
  });
  afterAll(() => server.close());

  function close() {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    gate = { opened, open, held: 0 };
    return gate;
  }

  async function readers(): Promise<number> {
    const { values } = await server.server.context.metrics.readers.get();
    return required(values[0]).value;
  }

  async function socketOf(): Promise<RawSocket> {
    return openSocket(server.url, { token: await server.token('ADMIN', 'root') });
  }

  it('are each told all of theirs, and end with their socket', async () => {
    const socket = await socketOf();
    const { open } = close();
    socket.subscribe('1', CHANGES);
    await until('the first one reads', async () => (gate?.held ?? 0) > 0);
    for (let n = 0; n < 3; n++) {
      socket.send({ type: 'complete', id: '1' });
      socket.subscribe('1', CHANGES);
    }
    await socket.alive();
    gate = null;
    open();
    const kinds = () =>
      socket.log.seen
        .filter(({ id }) => id === '1')
        .map(({ type, payload }) => payload?.data?.instanceChanges.kind ?? type);
    await until('the last one is told its start', async () => kinds().includes('SYNCED'));
    await story(admin).instance({ definitionId });
    await until('and what follows', async () => kinds().includes('CHANGED'));
    // The completed ones say nothing: neither the rest of theirs nor their end.
    expect(kinds()).toEqual(['SNAPSHOT', 'SYNCED', 'CHANGED']);
    expect(await readers()).toBe(1);
    socket.close();
    await socket.closed();
    await until('no reader is left', async () => (await readers()) === 0);
  });

  it('count until they have ended', async () => {
    const socket = await socketOf();
    const { open } = close();
    for (let n = 0; n < MOST; n++) socket.subscribe(`s${n}`, CHANGES);
    await until('all of them read', async () => (gate?.held ?? 0) > 0);
    for (let n = 0; n < MOST; n++) socket.send({ type: 'complete', id: `s${n}` });
    socket.subscribe('more', CHANGES);
    expect(await socket.answer('more')).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
    gate = null;
    open();
    await until('they have ended', async () => (await readers()) === 0);
    socket.subscribe('later', CHANGES);
    expect(await socket.answer('later')).toMatchObject({ instanceChanges: { kind: 'SNAPSHOT' } });
    socket.close();
    await socket.closed();
    await until('no reader is left', async () => (await readers()) === 0);
  });
});
