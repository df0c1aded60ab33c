/** A server whose schema is not for its callers tells nothing of it, on no transport. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendGraphql } from './support/answers.js';
import { openEventStream } from './support/event-stream.js';
import { openSocket } from './support/raw-socket.js';
import { startTestServer, type TestServer } from './support/server.js';

let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await startTestServer({ env: { INTROSPECTION: 'false' } });
  token = await server.token('ADMIN');
});

afterAll(() => server?.close());

/** The messages that the document is refused with. */
type Ask = (query: string) => Promise<string[]>;
const messagesOf = (errors: readonly { message: string }[] = []) => errors.map(({ message }) => message);

const transports: readonly (readonly [name: string, ask: Ask])[] = [
  [
    'HTTP',
    async (query) => {
      const { json } = await sendGraphql(server.url, { query }, { authorization: `Bearer ${token}` });
      return messagesOf(json.errors);
    },
  ],
  [
    'a socket',
    async (query) => {
      const socket = await openSocket(server.url, { token });
      socket.subscribe('one', query);
      const { type, payload } = await socket.log.until(({ id }) => id === 'one');
      socket.close();
      return messagesOf(type === 'error' ? payload : payload.errors);
    },
  ],
  [
    'an event stream',
    async (query) => {
      const { body, close } = await openEventStream(server.url, { token, query });
      close();
      return messagesOf(body?.errors);
    },
  ],
];

describe.each(transports)('without introspection, over %s,', (_, ask) => {
  it('the schema is not told, and why', async () => {
    for (const query of ['{ __schema { types { name } } }', '{ __type(name: "Query") { name } }'])
      expect(await ask(query)).toEqual([expect.stringMatching(/^Introspection is off on this server/)]);
  });

  it.each([
    ['field', '{ definitio(id: "x") { id } }'],
    ['argument', '{ definition(idd: "x") { id } }'],
    ['type', 'query ($a: IDD) { definition(id: $a) { id } }'],
    ['value', '{ instances(filter: { states: [RUNING] }) { totalCount } }'],
  ])('a %s that is nearly right is not put right', async (_kind, query) => {
    const messages = await ask(query);
    expect(messages.length).toBeGreaterThan(0);
    expect(messages.join()).not.toMatch(/did you mean/i);
  });

  it('everything else is answered', async () => {
    expect(await ask('{ viewer { subject __typename } }')).toEqual([]);
  });
});
