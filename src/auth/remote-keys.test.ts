import { errors, exportJWK, generateKeyPair, type FlattenedJWSInput, type JWK } from 'jose';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { handClock } from '../../tests/support/by-hand.js';
import { remoteKeys } from './remote-keys.js';

const TOKEN = {} as FlattenedJWSInput;
const header = (kid: string) => ({ alg: 'ES256', kid });

let jwk: JWK;
let server: Server;
let url: string;
let asked: number;
let answer: RequestListener;

const keySet =
  (...kids: string[]): RequestListener =>
  (_request, response) =>
    response.end(JSON.stringify({ keys: kids.map((kid) => ({ ...jwk, kid, alg: 'ES256' })) }));

/** Keys of the server, with a clock of their own. */
function fresh() {
  const clock = handClock();
  const keys = remoteKeys(url, clock);
  return { clock, ask: async (kid: string) => keys(header(kid), TOKEN) };
}

beforeAll(async () => {
  jwk = await exportJWK((await generateKeyPair('ES256')).publicKey);
  server = createServer((request, response) => {
    asked++;
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
});

beforeEach(() => {
  asked = 0;
  answer = keySet('a');
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Everything that a key server can do wrong; it never comes to an end by itself. */
const WRONG: readonly (readonly [name: string, answer: RequestListener])[] = [
  ['dead', (request) => void request.socket.destroy()],
  ['a page', (_request, response) => response.end('<html>Sign in</html>')],
  ['an error', (_request, response) => response.writeHead(500).end('{"keys":[]}')],
  ['a redirect', (_request, response) => response.writeHead(302, { location: '/keys' }).end()],
  ['no keys', (_request, response) => response.end('{"keys":[]}')],
  ['no key set', (_request, response) => response.end('null')],
  ['cut off', (_request, response) => response.end('{"keys":[{')],
  [
    'huge',
    (_request, response) => {
      response.on('error', () => undefined);
      const more = () => {
        while (response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    },
  ],
];

describe('keys of a provider', () => {
  it('are fetched once for many tokens at once', async () => {
    const { ask } = fresh();
    expect(await Promise.all(Array.from({ length: 20 }, () => ask('a')))).toHaveLength(20);
    expect(asked).toBe(1);
  });

  it('that were added are found, and unknown ones make no storm', async () => {
    const { clock, ask } = fresh();
    await ask('a');
    answer = keySet('a', 'b');
    for (let n = 0; n < 50; n++) await expect(ask(`x${n}`)).rejects.toThrow(errors.JWKSNoMatchingKey);
    await expect(ask('b')).rejects.toThrow(errors.JWKSNoMatchingKey);
    expect(asked).toBe(1);
    clock.advance(10_000);
    await ask('b');
    await expect(ask('x')).rejects.toThrow(errors.JWKSNoMatchingKey);
    expect(asked).toBe(2);
  });

  it('that were withdrawn are forgotten, also after a quiet time', async () => {
    const { clock, ask } = fresh();
    await ask('a');
    answer = keySet('b');
    clock.advance(20 * 60_000);
    await expect(ask('a')).rejects.toThrow(errors.JWKSNoMatchingKey);
    await ask('b');
  });

  it.each(WRONG)('go on while the provider is %s, for as long as it takes', async (_name, wrong) => {
    const { clock, ask } = fresh();
    await ask('a');
    answer = wrong;
    for (let n = 0; n < 5; n++) {
      clock.advance(n % 2 === 0 ? 6 * 60_000 : 24 * 60 * 60_000);
      await ask('a');
    }
    await expect(ask('b')).rejects.toThrow();
    const before = asked;
    for (let n = 0; n < 50; n++) await expect(ask(`x${n}`)).rejects.toThrow(errors.JWKSNoMatchingKey);
    expect(asked).toBe(before);
    answer = keySet('a', 'b');
    clock.advance(10_000);
    await ask('b');
  });

  it.each(WRONG)(
    'are out of reach at first while the provider is %s, and found later',
    async (_name, wrong) => {
      const { clock, ask } = fresh();
      answer = wrong;
      for (let n = 0; n < 20; n++) await expect(ask('a')).rejects.not.toThrow(errors.JWKSNoMatchingKey);
      expect(asked).toBe(1);
      answer = keySet('a');
      clock.advance(1000);
      await ask('a');
    },
  );

  it('are waited for three seconds at most', async () => {
    const { ask } = fresh();
    answer = () => undefined;
    await expect(ask('a')).rejects.toThrow(errors.JWKSTimeout);
  });
});
