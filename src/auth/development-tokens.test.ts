import { decodeJwt } from 'jose';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig, rolesInTokens } from '../config.js';
import { ROLES } from '../lib/actor.js';
import {
  DEVELOPMENT_AUDIENCE,
  DEVELOPMENT_ISSUER,
  developmentTokens,
  type DevelopmentTokens,
} from './development-tokens.js';
import { tokenVerifier } from './tokens.js';

const root = mkdtempSync(join(tmpdir(), 'lablet-tokens-'));
let folder = '';
let folders = 0;

beforeEach(() => void (folder = join(root, String(++folders))));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const CARRIED = rolesInTokens(readConfig({}));
const verifierOf = ({ keys }: DevelopmentTokens, carried = CARRIED) =>
  tokenVerifier({ keys, issuer: DEVELOPMENT_ISSUER, audience: DEVELOPMENT_AUDIENCE, ...carried });

describe('a development token', () => {
  it('is taken by the check that real tokens pass, with every role', async () => {
    const tokens = await developmentTokens(folder, CARRIED);
    const actor = await verifierOf(tokens)(await tokens.sign('u-1', ROLES));
    expect(actor).toMatchObject({ subject: 'u-1', roles: [...ROLES] });
  });

  it('ends after 12 hours, or when asked to', async () => {
    const tokens = await developmentTokens(folder, CARRIED);
    for (const [hours, given] of [
      [12, []],
      [2, [2]],
    ] as const) {
      const { exp = 0, iat = 0 } = decodeJwt(await tokens.sign('u-1', ['USER'], ...given));
      expect(exp - iat).toBe(hours * 3600);
    }
  });

  it('carries its roles where, and by the names that, the settings say', async () => {
    const carried = rolesInTokens(
      readConfig({
        AUTH_ROLES_CLAIM: 'a.b.c',
        AUTH_ROLE_NAMES: 'ADMIN=a, AUTHOR=writer, MANAGER=m, USER=u, SERVICE=s',
      }),
    );
    const tokens = await developmentTokens(folder, carried);
    const token = await tokens.sign('u-1', ['AUTHOR']);
    expect(decodeJwt(token)).toMatchObject({ a: { b: { c: ['writer'] } } });
    expect(await verifierOf(tokens, carried)(token)).toMatchObject({ roles: ['AUTHOR'] });
  });

  it('of another folder is refused', async () => {
    const tokens = await developmentTokens(folder, CARRIED);
    const others = await developmentTokens(join(root, 'others'), CARRIED);
    await expect(verifierOf(tokens)(await others.sign('u-1', ['ADMIN']))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  it('is not made for a role that nobody knows', async () => {
    const tokens = await developmentTokens(folder, CARRIED);
    expect(() => tokens.sign('u-1', ['ROOT' as never])).toThrow('role ROOT has no name in tokens');
  });
});

describe('the development key', () => {
  it('stays in the data folder, for its owner only, and nothing else does', async () => {
    await developmentTokens(folder, CARRIED);
    expect(readdirSync(folder)).toEqual(['development-key.json']);
    const path = join(folder, 'development-key.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('outlives a restart, so tokens do too', async () => {
    const before = await developmentTokens(folder, CARRIED);
    const token = await before.sign('u-1', ['USER']);
    const after = await developmentTokens(folder, CARRIED);
    expect(await verifierOf(after)(token)).toMatchObject({ subject: 'u-1' });
  });

  it('is never made anew over one that cannot be read', async () => {
    const path = join(folder, 'development-key.json');
    mkdirSync(folder);
    writeFileSync(path, '{"kty":');
    await expect(developmentTokens(folder, CARRIED)).rejects.toThrow(SyntaxError);
    expect(readFileSync(path, 'utf8')).toBe('{"kty":');
    rmSync(path);
    mkdirSync(path);
    await expect(developmentTokens(folder, CARRIED)).rejects.toMatchObject({ code: 'EISDIR' });
  });

  it('is one for two that start at the same moment', async () => {
    const [one, two] = await Promise.all([
      developmentTokens(folder, CARRIED),
      developmentTokens(folder, CARRIED),
    ]);
    expect(await verifierOf(two)(await one.sign('u-1', ['USER']))).toMatchObject({ subject: 'u-1' });
  });
});
