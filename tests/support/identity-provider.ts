import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWK } from 'jose';

export const ISSUER = 'https://idp.example.org/realms/labs';
export const AUDIENCE = 'lablet-api';

export type Algorithm = 'RS256' | 'ES256';

/** What a token says beside what every good token says; null leaves a claim out. */
export interface Claims {
  readonly sub?: string | null;
  readonly roles?: readonly string[] | null;
  readonly iss?: string | null;
  readonly aud?: string | null;
  /** Seconds from now at which it expires. */
  readonly expiresIn?: number | null;
}

/** A stranger's identity provider: keys of both algorithms, and tokens good and bad. */
export interface IdentityProvider {
  readonly keySet: { readonly keys: JWK[] };
  /** A token as it should be, but for what `claims` says. */
  token(claims?: Claims, algorithm?: Algorithm): Promise<string>;
  /** Signed by a key nobody published, under the id of a published one. */
  forged(): Promise<string>;
  /** Signed by a key under an id that is not in the set. */
  unknownKey(): Promise<string>;
  /** Carries the algorithm `none` and no signature. */
  unsigned(): string;
  /** Signed by HMAC, with the text of the public key as the secret. */
  confused(): Promise<string>;
  /** A good token whose payload was changed afterwards. */
  altered(): Promise<string>;
  /** Serves the key set; how often it was asked for counts in `asked`. */
  serve(): Promise<{ url: string; readonly asked: number; close(): Promise<void> }>;
}

export async function identityProvider(): Promise<IdentityProvider> {
  const [rsa, ec, stranger] = await Promise.all([pair('RS256'), pair('ES256'), pair('ES256')]);
  const published = { RS256: rsa, ES256: ec };
  const keySet = { keys: [publicKey(rsa, 'RS256'), publicKey(ec, 'ES256')] };

  const token = (claims: Claims = {}, algorithm: Algorithm = 'ES256') =>
    sign(claims, { alg: algorithm, kid: `key-${algorithm}` }, published[algorithm].key);

  return {
    keySet,
    token,
    forged: () => sign({}, { alg: 'ES256', kid: 'key-ES256' }, stranger.key),
    unknownKey: () => sign({}, { alg: 'ES256', kid: 'key-nobody-knows' }, stranger.key),
    unsigned: () => new UnsecuredJWT(payloadOf({})).encode(),
    confused: () =>
      sign({}, { alg: 'HS256', kid: 'key-RS256' }, new TextEncoder().encode(JSON.stringify(keySet.keys[0]))),
    async altered() {
      const [head, payload, signature] = (await token({ roles: ['user'] })).split('.');
      const claims = JSON.parse(Buffer.from(payload as string, 'base64url').toString()) as object;
      const more = { ...claims, realm_access: { roles: ['admin'] } };
      return [head, Buffer.from(JSON.stringify(more)).toString('base64url'), signature].join('.');
    },
    async serve() {
      let asked = 0;
      const server: Server = createServer((_request, response) => {
        asked++;
        response.setHeader('content-type', 'application/json').end(JSON.stringify(keySet));
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      return {
        url: `http://127.0.0.1:${port}/certs`,
        get asked() {
          return asked;
        },
        async close() {
          server.closeAllConnections();
          if (server.listening) await new Promise((done) => server.close(done));
        },
      };
    },
  };
}

interface Pair {
  readonly key: CryptoKey;
  readonly jwk: JWK;
}

async function pair(algorithm: Algorithm): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  return { key: privateKey, jwk: await exportJWK(publicKey) };
}

function publicKey({ jwk }: Pair, alg: Algorithm): JWK {
  return { ...jwk, alg, use: 'sig', kid: `key-${alg}` };
}

function payloadOf({
  sub = 'alice',
  roles = ['user'],
  iss = ISSUER,
  aud = AUDIENCE,
  expiresIn = 600,
}: Claims) {
  return {
    ...(sub === null ? {} : { sub }),
    ...(roles === null ? {} : { realm_access: { roles } }),
    ...(iss === null ? {} : { iss }),
    ...(aud === null ? {} : { aud }),
    ...(expiresIn === null ? {} : { exp: Math.floor(Date.now() / 1000) + expiresIn }),
  };
}

function sign(claims: Claims, header: { alg: string; kid: string }, key: CryptoKey | Uint8Array) {
  return new SignJWT(payloadOf(claims)).setProtectedHeader(header).sign(key);
}
