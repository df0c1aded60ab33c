import {
  createLocalJWKSet,
  errors,
  exportJWK,
  generateKeyPair,
  SignJWT,
  UnsecuredJWT,
  type CryptoKey,
  type JWTPayload,
} from 'jose';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { roleNames } from '../lib/settings.js';
import { fileKeys, tokenVerifier } from './tokens.js';

const ISSUER = 'https://id.example';
const NAMES = roleNames('ADMIN=admin, AUTHOR=lab-author, MANAGER=manager, USER=user, SERVICE=service');
const EXPECTED = { issuer: ISSUER, audience: 'lablet', rolesClaim: 'realm_access.roles', roleNames: NAMES };
const now = () => Math.floor(Date.now() / 1000);
const claims = (more: JWTPayload = {}): JWTPayload => ({
  iss: ISSUER,
  aud: 'lablet',
  sub: 'u-1',
  exp: now() + 600,
  realm_access: { roles: ['user'] },
  ...more,
});

let es: CryptoKey;
let rs: CryptoKey;
let foreign: CryptoKey;
let jwks: { keys: object[] };

beforeAll(async () => {
  const [first, second, third] = await Promise.all([
    generateKeyPair('ES256'),
    generateKeyPair('RS256'),
    generateKeyPair('ES256'),
  ]);
  [es, rs, foreign] = [first.privateKey, second.privateKey, third.privateKey];
  const published = async (key: CryptoKey, kid: string) => ({ ...(await exportJWK(key)), kid });
  jwks = { keys: [await published(first.publicKey, 'e'), await published(second.publicKey, 'r')] };
});

const sign = (payload: JWTPayload, key = es, header = { alg: 'ES256', kid: 'e' }) =>
  new SignJWT(payload).setProtectedHeader(header).sign(key);
const verify = (token: string, rolesClaim = EXPECTED.rolesClaim) =>
  tokenVerifier({ keys: createLocalJWKSet(jwks), ...EXPECTED, rolesClaim })(token);
const without = (name: string) => {
  const { [name]: _dropped, ...rest } = claims();
  return rest;
};

describe('a token', () => {
  it.each([
    ['ES256', 'e'],
    ['RS256', 'r'],
  ])('signed with %s names its caller, roles and end', async (alg, kid) => {
    const exp = now() + 600;
    const token = await sign(claims({ exp }), alg === 'ES256' ? es : rs, { alg, kid });
    expect(await verify(token)).toEqual({ subject: 'u-1', roles: ['USER'], expiresAt: (exp + 30) * 1000 });
  });

  it('is good for 30 s after its end, for clocks that differ, and no longer', async () => {
    expect(await verify(await sign(claims({ exp: now() - 20 })))).toMatchObject({ subject: 'u-1' });
    await expect(verify(await sign(claims({ exp: now() - 40 })))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: 'The credentials are missing, expired or not valid here.',
      details: { reason: 'EXPIRED' },
    });
  });

  it.each([
    ['CLAIM_ISS', { iss: 'https://other.example' }],
    ['CLAIM_AUD', { aud: 'other' }],
    ['CLAIM_NBF', { nbf: now() + 600 }],
    ['SUBJECT_INVALID', { sub: '' }],
    ['SUBJECT_INVALID', { sub: 'x'.repeat(256) }],
  ])('is refused with %s for %j', async (reason, more) => {
    const refused = verify(await sign(claims(more)));
    await expect(refused).rejects.toMatchObject({ code: 'UNAUTHENTICATED', details: { reason } });
  });

  it.each([
    ['sub', 'CLAIM_SUB'],
    ['exp', 'CLAIM_EXP'],
    ['iss', 'CLAIM_ISS'],
    ['aud', 'CLAIM_AUD'],
  ])('without %s is refused with %s', async (name, reason) => {
    await expect(verify(await sign(without(name)))).rejects.toMatchObject({ details: { reason } });
  });

  it('takes a subject of 255 characters, and one audience of several', async () => {
    const sub = 'x'.repeat(255);
    expect(await verify(await sign(claims({ sub, aud: ['a', 'lablet'] })))).toMatchObject({ subject: sub });
  });

  it('with a foreign signature, an unknown key, or another form is refused', async () => {
    const reasonOf = (token: string) => verify(token).catch((error: unknown) => error);
    expect(await reasonOf(await sign(claims(), foreign))).toMatchObject({ details: { reason: 'SIGNATURE' } });
    const unknown = await sign(claims(), es, { alg: 'ES256', kid: 'gone' });
    expect(await reasonOf(unknown)).toMatchObject({ details: { reason: 'KEY_UNKNOWN' } });
    const unsigned = new UnsecuredJWT(claims()).encode();
    const shared = await new SignJWT(claims()).setProtectedHeader({ alg: 'HS256' }).sign(new Uint8Array(32));
    for (const token of [unsigned, shared, 'nonsense', '', 'a.b.c']) {
      expect(await reasonOf(token), token).toMatchObject({
        code: 'UNAUTHENTICATED',
        details: { reason: 'MALFORMED' },
      });
    }
  });

  it('of an algorithm that is not ours is refused, also when its key is published', async () => {
    const other = await generateKeyPair('ES384');
    const published = { ...(await exportJWK(other.publicKey)), kid: 'x' };
    const keys = createLocalJWKSet({ keys: [...jwks.keys, published] });
    const token = await sign(claims(), other.privateKey, { alg: 'ES384', kid: 'x' });
    await expect(tokenVerifier({ keys, ...EXPECTED })(token)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      details: { reason: 'MALFORMED' },
    });
  });

  it.each([
    [
      'an extension that must be understood',
      { alg: 'ES256', kid: 'e', crit: ['exp2'], exp2: 1 },
      'MALFORMED',
    ],
    ['the algorithm of another key', { alg: 'ES256', kid: 'r' }, 'KEY_UNKNOWN'],
  ])('with %s is refused', async (_name, header, reason) => {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const [, payload, signature] = (await sign(claims())).split('.');
    await expect(verify([encode(header), payload, signature].join('.'))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      details: { reason },
    });
  });

  it('without a key id is judged by the only key of its algorithm', async () => {
    const token = await new SignJWT(claims()).setProtectedHeader({ alg: 'ES256' }).sign(es);
    expect(await verify(token)).toMatchObject({ subject: 'u-1' });
  });

  it.each([new errors.JWKSTimeout(), new TypeError('fetch failed')])(
    'cannot be judged while keys are out of reach: %s',
    async (failure) => {
      const unreachable = tokenVerifier({ ...EXPECTED, keys: () => Promise.reject(failure) });
      await expect(unreachable(await sign(claims()))).rejects.toMatchObject({
        details: { reason: 'KEYS_UNAVAILABLE' },
      });
    },
  );

  it('names its subject in the form in which inputs do', async () => {
    expect(await verify(await sign(claims({ sub: 'Ame\u0301lie B' })))).toMatchObject({
      subject: 'Am\u00e9lie B',
    });
  });

  it.each([' u-1', 'u-1\t', '\u00a0u-1', 'u\u00001', 'u\n1', '   '])(
    'with the subject %j, which no input can name, is refused',
    async (sub) => {
      await expect(verify(await sign(claims({ sub })))).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
        details: { reason: 'SUBJECT_INVALID' },
      });
    },
  );

  it('whose subject is no text is refused', async () => {
    await expect(verify(await sign(claims({ sub: 42 as never })))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });
});

describe('the tolerance of 30 s for clocks that differ', () => {
  const NOW = Math.floor(Date.parse('2027-02-10T08:30:00Z') / 1000);

  afterEach(() => void vi.useRealTimers());

  it.each<[claim: string, seconds: number, reason: string | null]>([
    ['exp', -29, null],
    ['exp', -30, 'EXPIRED'],
    ['nbf', 30, null],
    ['nbf', 31, 'CLAIM_NBF'],
    ['iat', 30, null],
    ['iat', 31, 'CLAIM_IAT'],
  ])('judges %s at %i s as it must', async (claim, seconds, reason) => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 });
    const verified = verify(await sign(claims({ exp: NOW + 600, [claim]: NOW + seconds })));
    if (reason === null) expect(await verified).toMatchObject({ subject: 'u-1' });
    else await expect(verified).rejects.toMatchObject({ code: 'UNAUTHENTICATED', details: { reason } });
  });
});

describe('the roles of a token', () => {
  it.each([...NAMES])('%s is %s', async (name, role) => {
    expect(await verify(await sign(claims({ realm_access: { roles: [name] } })))).toMatchObject({
      roles: [role],
    });
  });

  it('add up, each once; others are ignored', async () => {
    const roles = ['user', 'offline_access', 'admin', 'user', 7, null];
    expect(await verify(await sign(claims({ realm_access: { roles } })))).toMatchObject({
      roles: ['USER', 'ADMIN'],
    });
  });

  it('are found where the setting says', async () => {
    const token = await sign(claims({ groups: ['service'] }));
    expect(await verify(token, 'groups')).toMatchObject({ roles: ['SERVICE'] });
    await expect(verify(token, 'groups.deeper.still')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('have the names of the setting, and no others', async () => {
    const given = roleNames('ADMIN=Lab Admins, ADMIN=root, AUTHOR=a, MANAGER=m, USER=x=y, SERVICE=s');
    const named = (...roles: string[]) =>
      sign(claims({ realm_access: { roles } })).then(
        tokenVerifier({ keys: createLocalJWKSet(jwks), ...EXPECTED, roleNames: given }),
      );
    expect(await named('root', 'Lab Admins', 'x=y', 'manager')).toMatchObject({ roles: ['ADMIN', 'USER'] });
    await expect(named('admin', 'user')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it.each([
    { realm_access: { roles: ['ADMIN', 'guest'] } },
    { realm_access: { roles: 'admin' } },
    { realm_access: null },
    {},
  ])('that are none of ours let nobody in: %j', async (more) => {
    await expect(verify(await sign({ ...without('realm_access'), ...more }))).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { requiredRoles: ['ADMIN', 'AUTHOR', 'MANAGER', 'USER', 'SERVICE'] },
    });
  });

  it.each(['constructor', '__proto__', 'toString'])('are none for %s', async (name) => {
    const token = await sign(claims({ realm_access: { roles: [name] } }));
    await expect(verify(token)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('keys', () => {
  it('come from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lablet-keys-'));
    const path = join(folder, 'keys.json');
    writeFileSync(path, JSON.stringify(jwks));
    const keys = await fileKeys(path);
    expect(await tokenVerifier({ keys, ...EXPECTED })(await sign(claims()))).toMatchObject({
      subject: 'u-1',
    });
    await expect(fileKeys(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'ENOENT' });
    rmSync(folder, { recursive: true });
  });
});
