import { decodeJwt } from 'jose';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
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

const CLAIM = 'realm_access.roles';
const verifierOf = ({ keys }: DevelopmentTokens, rolesClaim = CLAIM) =>
  tokenVerifier({ keys, issuer: DEVELOPMENT_ISSUER, audience: DEVELOPMENT_AUDIENCE, rolesClaim });

describe('a development token', () => {
  it('is taken by the check that real tokens pass, with every role', async () => {
    const tokens = await developmentTokens(folder, CLAIM);
    const actor = await verifierOf(tokens)(await tokens.sign('u-1', ROLES));
    expect(actor).toMatchObject({ subject: 'u-1', roles: [...ROLES] });
  });

  it('ends after 12 hours, or when asked to', async () => {
    const tokens = await developmentTokens(folder, CLAIM);
    for (const [hours, given] of [
      [12, []],
      [2, [2]],
    ] as const) {
      const { exp = 0, iat = 0 } = decodeJwt(await tokens.sign('u-1', ['USER'], ...given));
      expect(exp - iat).toBe(hours * 3600);
    }
  });

  it('carries its roles where the setting says', async () => {
    const tokens = await developmentTokens(folder, 'a.b.c');
    const token = await tokens.sign('u-1', ['AUTHOR']);
    expect(decodeJwt(token)).toMatchObject({ a: { b: { c: ['lab-author'] } } });
    expect(await verifierOf(tokens, 'a.b.c')(token)).toMatchObject({ roles: ['AUTHOR'] });
  });

  it('of another folder is refused', async () => {
    const tokens = await developmentTokens(folder, CLAIM);
    const others = await developmentTokens(join(root, 'others'), CLAIM);
    await expect(verifierOf(tokens)(await others.sign('u-1', ['ADMIN']))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  it('is not made for a role that nobody knows', async () => {
    const tokens = await developmentTokens(folder, CLAIM);
    expect(() => tokens.sign('u-1', ['ROOT' as never])).toThrow('role ROOT has no claim');
  });
});

describe('the development key', () => {
  it('stays in the data folder, for its owner only, and nothing else does', async () => {
    await developmentTokens(folder, CLAIM);
    expect(readdirSync(folder)).toEqual(['development-key.json']);
    const path = join(folder, 'development-key.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('outlives a restart, so tokens do too', async () => {
    const before = await developmentTokens(folder, CLAIM);
    const token = await before.sign('u-1', ['USER']);
    const after = await developmentTokens(folder, CLAIM);
    expect(await verifierOf(after)(token)).toMatchObject({ subject: 'u-1' });
  });

  it('is never made anew over one that cannot be read', async () => {
    const path = join(folder, 'development-key.json');
    mkdirSync(folder);
    writeFileSync(path, '{"kty":');
    await expect(developmentTokens(folder, CLAIM)).rejects.toThrow(SyntaxError);
    expect(readFileSync(path, 'utf8')).toBe('{"kty":');
    rmSync(path);
    mkdirSync(path);
    await expect(developmentTokens(folder, CLAIM)).rejects.toMatchObject({ code: 'EISDIR' });
  });

  it('is one for two that start at the same moment', async () => {
    const [one, two] = await Promise.all([
      developmentTokens(folder, CLAIM),
      developmentTokens(folder, CLAIM),
    ]);
    expect(await verifierOf(two)(await one.sign('u-1', ['USER']))).toMatchObject({ subject: 'u-1' });
  });
});
