import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSetCookie } from 'cookie';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError, readConfig } from '../src/config.js';
import { explainStart } from '../src/server.js';
import { send, sendGraphql } from './support/answers.js';
import { AUDIENCE, identityProvider, ISSUER, type IdentityProvider } from './support/identity-provider.js';
import { openSocket } from './support/raw-socket.js';
import { startTestServer, type TestServer } from './support/server.js';
import { plainDefinition, story } from './support/story.js';

const VIEWER = '{ viewer { subject roles } }';
const CHANGES = 'subscription { instanceChanges { kind instanceId } }';
const ROLES = ['ADMIN', 'AUTHOR', 'MANAGER', 'USER', 'SERVICE'];
const PROVIDER = { AUTH_ISSUER: ISSUER, AUTH_AUDIENCE: AUDIENCE };

let idp: IdentityProvider;
let folder: string;
let file: string;
let server: TestServer;

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const viewer = async (headers: object, url = server.url) => {
  const { json, fault } = await sendGraphql(url, { query: VIEWER }, { ...headers });
  return json.data?.viewer ?? fault;
};

beforeAll(async () => {
  idp = await identityProvider();
  folder = mkdtempSync(join(tmpdir(), 'lablet-keys-'));
  file = join(folder, 'jwks.json');
  writeFileSync(file, JSON.stringify(idp.keySet));
  server = await startTestServer({ env: { ...PROVIDER, AUTH_JWKS_FILE: file } });
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

describe('a caller is refused, and over a socket only the message is,', () => {
  // A null reason stands for FORBIDDEN: known, but without a role.
  it.each<[name: string, reason: string | null, token: () => Promise<string> | string | null]>([
    ['without a token', 'MISSING', () => null],
    ['with garbage', 'MALFORMED', () => 'garbage'],
    ['with an expired token', 'EXPIRED', () => idp.token({ expiresIn: -60 })],
    ['with a token for ever', 'CLAIM_EXP', () => idp.token({ expiresIn: null })],
    ['with a forged signature', 'SIGNATURE', () => idp.forged()],
    ['with altered claims', 'SIGNATURE', () => idp.altered()],
    ['with an unknown key', 'KEY_UNKNOWN', () => idp.unknownKey()],
    ['of another audience', 'CLAIM_AUD', () => idp.token({ aud: 'account' })],
    ['of no audience', 'CLAIM_AUD', () => idp.token({ aud: null })],
    ['of another issuer', 'CLAIM_ISS', () => idp.token({ iss: `${ISSUER}/` })],
    ['of no issuer', 'CLAIM_ISS', () => idp.token({ iss: null })],
    ['with algorithm none', 'MALFORMED', () => idp.unsigned()],
    ['signed with the public key', 'MALFORMED', () => idp.confused()],
    ['without a name', 'CLAIM_SUB', () => idp.token({ sub: null })],
    ['with an empty name', 'SUBJECT_INVALID', () => idp.token({ sub: '' })],
    ['with a name of 256 characters', 'SUBJECT_INVALID', () => idp.token({ sub: 'x'.repeat(256) })],
    ['without a role', null, () => idp.token({ roles: [] })],
    ['without the roles claim', null, () => idp.token({ roles: null })],
    ['with foreign roles', null, () => idp.token({ roles: ['Admin', 'root'] })],
  ])('%s', async (_name, reason, make) => {
    const token = await make();
    const known = { code: 'FORBIDDEN', httpStatus: 403, retryable: false, details: { requiredRoles: ROLES } };
    const unknown = { code: 'UNAUTHENTICATED', httpStatus: 401, retryable: false, details: { reason } };
    const fault = reason === null ? known : unknown;
    const answer = await sendGraphql(server.url, { query: VIEWER }, token === null ? {} : bearer(token));
    expect(answer.fault).toMatchObject(fault);
    expect(answer.json.data).toEqual({ viewer: null });

    const socket = await openSocket(server.url, { token });
    socket.subscribe('query', VIEWER);
    socket.subscribe('stream', CHANGES);
    expect(await socket.answer('query')).toMatchObject(fault);
    expect(await socket.answer('stream')).toMatchObject(fault);
    await socket.alive();
    socket.close();
    if (token !== null) expect(answer.text + JSON.stringify(socket.log.seen)).not.toContain(token);
  });
});

describe('keys of an identity provider', () => {
  it.each(['RS256', 'ES256'] as const)('in a file verify tokens signed by %s', async (algorithm) => {
    const token = await idp.token({ sub: 'bob', roles: ['manager', 'user', 'other'] }, algorithm);
    expect(await viewer(bearer(token))).toEqual({ subject: 'bob', roles: ['MANAGER', 'USER'] });
    const socket = await openSocket(server.url, { token });
    socket.subscribe('query', VIEWER);
    expect(await socket.answer('query')).toMatchObject({ viewer: { subject: 'bob' } });
    socket.close();
  });

  it('on a server are fetched once, verify both algorithms, and are kept when it goes away', async () => {
    const keys = await idp.serve();
    onTestFinished(() => keys.close());
    const other = await startTestServer({ env: { ...PROVIDER, AUTH_JWKS_URL: keys.url } });
    onTestFinished(() => other.close());
    const tokens = await Promise.all([idp.token({}, 'RS256'), idp.token({}, 'ES256')]);
    const seen = await Promise.all(tokens.map((token) => viewer(bearer(token), other.url)));
    expect(seen).toEqual(Array(2).fill({ subject: 'alice', roles: ['USER'] }));
    expect(await viewer(bearer(await idp.forged()), other.url)).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(keys.asked).toBe(1);
    await keys.close();
    expect(await viewer(bearer(await idp.token()), other.url)).toMatchObject({ subject: 'alice' });
    const refused = { code: 'UNAUTHENTICATED', details: { reason: expect.any(String) } };
    expect(await viewer(bearer(await idp.unknownKey()), other.url)).toMatchObject(refused);
  });

  it('in a file that is not there end the start with a clear message', async () => {
    const env = { ...PROVIDER, AUTH_JWKS_FILE: join(folder, 'absent.json') };
    const error = await startTestServer({ env }).then(
      (started) => started.close(),
      (failure: unknown) => failure,
    );
    expect(explainStart(error)).toContain('AUTH_JWKS_FILE');
  });

  it('leave no room for development tokens', () => {
    expect(server.server.tokens).toBeNull();
  });
});

describe('the session cookie', () => {
  const session = async (token: string, headers: object = {}) =>
    send(server.url, { path: '/session', headers: { ...bearer(token), ...headers } });
  const cookieOf = async (sub: string) => {
    const { headers } = await session(await idp.token({ sub }));
    return { cookie: (headers['set-cookie']?.[0] ?? '').split(';')[0] as string };
  };
  const foreign = { code: 'UNAUTHENTICATED', details: { reason: 'ORIGIN' } };

  it('is for this site and the server only, and ends with its token', async () => {
    const token = await idp.token({ expiresIn: 600 });
    const { status, text, headers } = await session(token);
    expect([status, text]).toEqual([204, '']);
    const cookie = parseSetCookie(headers['set-cookie']?.[0] as string);
    expect(cookie).toMatchObject({ name: 'ccm_auth', value: token, path: '/' });
    expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'strict' });
    const seconds = (Number(cookie.expires) - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(500);
    expect(seconds).toBeLessThan(700);
  });

  it('is not given for a token that is refused', async () => {
    for (const token of [await idp.token({ expiresIn: -60 }), await idp.token({ roles: [] }), '']) {
      const { status, headers, fault } = await session(token);
      expect([401, 403]).toContain(status);
      expect(fault.code).toMatch(/UNAUTHENTICATED|FORBIDDEN/);
      expect(headers['set-cookie']).toBeUndefined();
    }
  });

  it('comes before the bearer token, over HTTP and over a socket', async () => {
    const cookie = await cookieOf('alice');
    const bob = await idp.token({ sub: 'bob' });
    expect(await viewer({ ...cookie, ...bearer(bob) })).toMatchObject({ subject: 'alice' });
    const broken = { cookie: 'ccm_auth=broken', ...bearer(bob) };
    expect(await viewer(broken)).toMatchObject({ code: 'UNAUTHENTICATED' });
    const socket = await openSocket(server.url, { token: bob, headers: cookie });
    socket.subscribe('query', VIEWER);
    expect(await socket.answer('query')).toMatchObject({ viewer: { subject: 'alice' } });
    socket.close();
  });

  it('counts for pages of this server only', async () => {
    const cookie = await cookieOf('alice');
    expect(await viewer({ ...cookie, origin: server.url })).toMatchObject({ subject: 'alice' });
    for (const origin of [
      'https://evil.example',
      'http://127.0.0.1:1',
      'null',
      `${server.url}.evil.example`,
    ]) {
      expect(await viewer({ ...cookie, origin })).toMatchObject(foreign);
      const socket = await openSocket(server.url, { headers: { ...cookie, origin } });
      socket.subscribe('stream', CHANGES);
      expect(await socket.answer('stream')).toMatchObject(foreign);
      socket.close();
      const given = await session(await idp.token(), { origin });
      expect([given.status, given.headers['set-cookie']]).toEqual([401, undefined]);
    }
  });

  it('is cleared by DELETE /session', async () => {
    const { status, headers } = await send(server.url, { method: 'DELETE', path: '/session' });
    expect(status).toBe(204);
    const cleared = { name: 'ccm_auth', value: '', maxAge: 0, path: '/', httpOnly: true, secure: true };
    expect(parseSetCookie(headers['set-cookie']?.[0] as string)).toMatchObject(cleared);
  });
});

describe('development tokens', () => {
  it('are impossible on an address that others reach, and all faults of the settings are told', async () => {
    await expect(startTestServer({ env: { HOST: '0.0.0.0' } })).rejects.toThrow(ConfigError);
    const faults = (env: Record<string, string>) => {
      try {
        return readConfig(env) && [];
      } catch (error) {
        return (error as ConfigError).faults;
      }
    };
    for (const HOST of ['0.0.0.0', '::', '192.0.2.1', 'lab.example.org']) {
      expect(faults({ HOST })).toEqual([expect.stringContaining(HOST)]);
    }
    for (const HOST of ['127.0.0.1', '::1', 'localhost']) expect(faults({ HOST })).toEqual([]);
    expect(faults({ HOST: '0.0.0.0', ...PROVIDER })).toHaveLength(2);
    expect(faults({ HOST: '0.0.0.0', PORT: 'x', LOG_LEVEL: 'loud' })).toHaveLength(3);
  });
});

describe('a socket', () => {
  it('ends with 4403 when its token expires', async () => {
    // Accepted within the tolerance of 30 s, which is over in about two.
    const socket = await openSocket(server.url, { token: await idp.token({ expiresIn: -28 }) });
    socket.subscribe('stream', CHANGES);
    expect(await socket.answer('stream')).toMatchObject({ instanceChanges: { kind: 'SYNCED' } });
    expect(await socket.closed()).toEqual({ code: 4403, reason: 'Token expired' });
  });

  it('goes on with its other subscriptions after a message that is wrong', async () => {
    const token = await idp.token({ sub: 'root', roles: ['admin'] });
    const socket = await openSocket(server.url, { token });
    socket.subscribe('stream', CHANGES);
    await socket.answer('stream');
    socket.subscribe('syntax', 'subscription {');
    expect(await socket.answer('syntax')).toMatchObject({ code: 'GRAPHQL_PARSE_FAILED' });
    socket.subscribe('field', 'subscription { instanceChanges { nonsense } }');
    expect(await socket.answer('field')).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' });
    const filtered = 'subscription ($after: LiveRevision) { instanceChanges(after: $after) { kind } }';
    for (const [id, after] of Object.entries({ type: 7, position: 'nonsense' })) {
      socket.subscribe(id, filtered, { after });
      expect(await socket.answer(id)).toMatchObject({
        code: 'VALIDATION_FAILED',
        requestId: expect.any(String),
      });
    }
    const tell = story(server.clientWith(token));
    const lab = await tell.definition(plainDefinition('Socket'));
    const { id: instanceId } = await tell.instance({ definitionId: lab.id });
    await socket.log.until(
      ({ id, payload }) => id === 'stream' && payload?.data?.instanceChanges.instanceId === instanceId,
    );
    socket.close();
  });
});
