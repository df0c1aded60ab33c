/** The protocol graphql-transport-ws, message by message, over a socket that no client library speaks for. */
import { on, once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import type { SocketMessage } from './support/raw-socket.js';
import { startTestServer, type TestServer } from './support/server.js';
import { StreamLog } from './support/stream-log.js';

let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await startTestServer({ env: { MAX_SOCKET_MESSAGE_BYTES: '4096' } });
  token = await server.token('ADMIN', 'root');
});

afterAll(() => server?.close());

class Peer {
  readonly log: StreamLog<SocketMessage>;
  readonly code: Promise<number>;

  private constructor(readonly socket: WebSocket) {
    this.log = new StreamLog(messages(socket));
    this.code = once(socket, 'close').then(([code]) => code as number);
  }

  static async open(protocol?: string, options: ClientOptions = {}): Promise<Peer> {
    const address = `${server.url.replace(/^http/, 'ws')}/graphql`;
    const peer = new Peer(
      protocol === undefined ? new WebSocket(address, options) : new WebSocket(address, protocol),
    );
    await once(peer.socket, 'open');
    return peer;
  }

  /** Objects go as JSON, texts and bytes as they are. */
  send(...sent: (object | string | Buffer)[]): void {
    for (const each of sent)
      this.socket.send(typeof each === 'string' || Buffer.isBuffer(each) ? each : JSON.stringify(each));
  }

  async init(): Promise<void> {
    this.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    await this.of('connection_ack');
  }

  of(type: string, id?: string): Promise<SocketMessage> {
    return this.log.until((message) => message.type === type && message.id === id);
  }

  /** Types of all messages of one operation, in order. */
  types(id: string): string[] {
    return this.log.seen.filter((message) => message.id === id).map(({ type }) => type);
  }

  /** A ping that comes back, and so everything that was sent before it is answered. */
  async alive(): Promise<void> {
    const payload = { mark: this.log.seen.length };
    this.send({ type: 'ping', payload });
    await this.log.until((message) => message.type === 'pong' && message.payload?.mark === payload.mark);
    expect(this.socket.readyState).toBe(WebSocket.OPEN);
  }
}

async function* messages(socket: WebSocket): AsyncGenerator<SocketMessage> {
  for await (const [data] of on(socket, 'message', { close: ['close'] })) yield JSON.parse(String(data));
}

const QUERY = '{ liveRevision }';
const CHANGES = 'subscription { instanceChanges { __typename } }';
const subscribe = (id: unknown, query: unknown = QUERY, more: object = {}) => ({
  type: 'subscribe',
  id,
  payload: { query, ...more },
});

/** What a peer does after the socket is open, and after the acknowledgement where `acked`. */
interface Row {
  readonly name: string;
  readonly acked: boolean;
  readonly act: (peer: Peer) => Promise<void>;
}

const row = (name: string, act: Row['act']): Row => ({ name, act, acked: true });
const early = (name: string, act: Row['act']): Row => ({ name, act, acked: false });

const GOES_ON: readonly Row[] = [
  early('an init is acknowledged', async (peer) => {
    peer.send({ type: 'connection_init' });
    expect(await peer.of('connection_ack')).toEqual({ type: 'connection_ack' });
  }),
  early('an init with a payload of other fields is acknowledged', async (peer) => {
    peer.send({ type: 'connection_init', payload: { colour: 'red' } });
    await peer.of('connection_ack');
  }),
  early('a ping before the init has its pong', async (peer) => {
    peer.send({ type: 'ping' });
    expect(await peer.of('pong')).toEqual({ type: 'pong' });
  }),
  row('a ping has its pong with the same payload', async (peer) => {
    peer.send({ type: 'ping', payload: { at: [1, 'two'] } });
    expect(await peer.of('pong')).toEqual({ type: 'pong', payload: { at: [1, 'two'] } });
  }),
  row('a pong that nobody asked for is taken', async (peer) =>
    peer.send({ type: 'pong', payload: { a: 1 } }),
  ),
  row('a query has one result and completes', async (peer) => {
    peer.send(subscribe('q'));
    await peer.of('complete', 'q');
    expect(peer.types('q')).toEqual(['next', 'complete']);
    expect((await peer.of('next', 'q')).payload).toEqual({
      data: { liveRevision: expect.any(String) },
      extensions: { cost: { price: 0, limit: 10_000 } },
    });
  }),
  row('a mutation that is refused has one result with its error and completes', async (peer) => {
    peer.send(
      subscribe(
        'm',
        'mutation { terminateInstance(input: { id: "ins_01K8Z4M6R1W2J3C4V5B6N7M8Q9" }) { liveRevision } }',
      ),
    );
    await peer.of('complete', 'm');
    const { payload } = await peer.of('next', 'm');
    expect(payload.data).toEqual({ terminateInstance: null });
    expect(payload.errors[0].extensions).toMatchObject({ code: 'NOT_FOUND', requestId: expect.any(String) });
  }),
  row('a subscription goes on until the client completes it, and is silent then', async (peer) => {
    peer.send(subscribe('s', CHANGES));
    await peer.of('next', 's');
    peer.send({ type: 'complete', id: 's' });
    await peer.alive();
    expect(peer.types('s')).not.toContain('complete');
  }),
  row('an id is free again when its operation has completed', async (peer) => {
    peer.send(subscribe('again'));
    await peer.of('complete', 'again');
    peer.send(subscribe('again'));
    await peer.log.until(() => peer.types('again').length === 4);
    expect(peer.types('again')).toEqual(['next', 'complete', 'next', 'complete']);
  }),
  row('an id is free again when the client has completed its operation', async (peer) => {
    peer.send(subscribe('s', CHANGES));
    await peer.of('next', 's');
    peer.send({ type: 'complete', id: 's' }, subscribe('s'));
    await peer.of('complete', 's');
  }),
  row('a complete for an id that is not there is taken', async (peer) =>
    peer.send({ type: 'complete', id: 'none' }),
  ),
  row('operations go on side by side, each under its id', async (peer) => {
    const ids = ['a', 'b', 'c', 'd'];
    peer.send(subscribe('s1', CHANGES), subscribe('s2', CHANGES), ...ids.map((id) => subscribe(id)));
    await Promise.all([
      ...ids.map((id) => peer.of('complete', id)),
      peer.of('next', 's1'),
      peer.of('next', 's2'),
    ]);
    for (const id of ids) expect(peer.types(id)).toEqual(['next', 'complete']);
    peer.send({ type: 'complete', id: 's1' }, subscribe('e'));
    await peer.of('complete', 'e');
  }),
  row('the operation of a document is chosen by its name', async (peer) => {
    const query = 'query A { liveRevision } query B { viewer { subject } }';
    peer.send(subscribe('b', query, { operationName: 'B', variables: null, extensions: null }));
    expect((await peer.of('next', 'b')).payload.data).toEqual({ viewer: { subject: 'root' } });
  }),
  row('a subscription with bad input has one result with its error and completes', async (peer) => {
    peer.send(subscribe('s', 'subscription { instanceChanges(after: "x") { __typename } }'));
    await peer.of('complete', 's');
    const { payload } = await peer.of('next', 's');
    expect(payload.errors[0].extensions).toMatchObject({ code: 'VALIDATION_FAILED' });
  }),
  ...[
    ['cannot be parsed', '{', {}, 'GRAPHQL_PARSE_FAILED'],
    ['is not valid', '{ nothing }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['has no such operation', QUERY, { operationName: 'Other' }, 'OPERATION_RESOLUTION_FAILURE'],
    ['has bad variables', 'query ($id: ID!) { worker(id: $id) { id } }', {}, 'VALIDATION_FAILED'],
    ['asks for too much', `{ ${'liveRevision '.repeat(11)} }`, {}, 'QUERY_TOO_COSTLY'],
  ].map(([what, query, more, code]) =>
    row(`a document that ${what as string} is answered with an error, and no complete`, async (peer) => {
      peer.send(subscribe('e', query, more as object));
      const { payload } = await peer.of('error', 'e');
      expect(payload[0].extensions).toMatchObject({ code, requestId: expect.any(String), retryable: false });
      await peer.alive();
      expect(peer.types('e')).toEqual(['error']);
    }),
  ),
];

it.each(GOES_ON)('$name', async ({ act, acked }) => {
  const peer = await Peer.open('graphql-transport-ws');
  if (acked) await peer.init();
  await act(peer);
  await peer.alive();
  peer.socket.close();
});

const closing = (name: string, code: number, ...sent: (object | string | Buffer)[]) => ({ name, code, sent });

const CLOSED = [
  closing('text that is no JSON', 4400, 'hello'),
  closing('JSON that is no object', 4400, '["ping"]'),
  closing('null', 4400, 'null'),
  closing('bytes that are no message', 4400, Buffer.from([0xff, 0x00, 0x7b])),
  closing('a message without a type', 4400, { id: '1' }),
  closing('a message of an unknown type', 4400, { type: 'start', id: '1' }),
  closing('a message that only a server sends', 4400, { type: 'next', id: '1', payload: { data: {} } }),
  closing('an acknowledgement', 4400, { type: 'connection_ack' }),
  closing('an error', 4400, { type: 'error', id: '1', payload: [{ message: 'no' }] }),
  closing('a subscribe without an id', 4400, subscribe(undefined)),
  closing('a subscribe with an empty id', 4400, subscribe('')),
  closing('a subscribe with an id that is no text', 4400, subscribe(7)),
  closing('a subscribe without a payload', 4400, { type: 'subscribe', id: '1' }),
  closing('a subscribe without a query', 4400, { type: 'subscribe', id: '1', payload: {} }),
  closing('variables that are no object', 4400, subscribe('1', QUERY, { variables: 'x' })),
  closing('a complete without an id', 4400, { type: 'complete' }),
  closing('a ping with a payload that is no object', 4400, { type: 'ping', payload: 'x' }),
  closing('a second init', 4429, { type: 'connection_init' }),
  closing('an id that is in use', 4409, subscribe('1', CHANGES), subscribe('1')),
  closing('a message above the limit', 1009, subscribe('1', `{ ${' '.repeat(5000)} liveRevision }`)),
];

it.each(CLOSED)('$name closes the socket with $code', async ({ code, sent }) => {
  const peer = await Peer.open('graphql-transport-ws');
  await peer.init();
  peer.send(...sent);
  expect(await peer.code).toBe(code);
});

it.each([
  ['a frame that is not masked', 1002, { mask: false }, QUERY],
  ['text that is no UTF-8', 1007, { binary: false }, Buffer.from([0x7b, 0xff, 0x7d])],
] as const)('%s closes the socket with %i', async (_, code, options, data) => {
  const peer = await Peer.open('graphql-transport-ws');
  await peer.init();
  peer.socket.send(data, options);
  expect(await peer.code).toBe(code);
});

it('a subscribe without an acknowledgement closes the socket with 4401', async () => {
  const peer = await Peer.open('graphql-transport-ws');
  peer.send(subscribe('1'));
  expect(await peer.code).toBe(4401);
});

it('no init in time closes the socket with 4408', async () => {
  const peer = await Peer.open('graphql-transport-ws');
  expect(await peer.code).toBe(4408);
});

it.each([
  ['no subprotocol', {}],
  ['another subprotocol', { headers: { 'sec-websocket-protocol': 'graphql-ws' } }],
])('%s closes the socket with 4406', async (_, options) => {
  const peer = await Peer.open(undefined, options);
  expect(await peer.code).toBe(4406);
});

it('the server is as before after all of this', async () => {
  const peer = await Peer.open('graphql-transport-ws');
  await peer.init();
  await peer.alive();
  peer.socket.close();
});
