import {
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  SignJWT,
  type JWK,
  type JWTVerifyGetKey,
} from 'jose';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ulid } from 'ulid';
import type { Role } from '../lib/actor.js';
import type { RolesInTokens } from './tokens.js';

export const DEVELOPMENT_ISSUER = 'lablet-development';
export const DEVELOPMENT_AUDIENCE = 'lablet';
const KEY_FILE = 'development-key.json';

export interface DevelopmentTokens {
  readonly keys: JWTVerifyGetKey;
  /** A signed token for `subject`, valid for `hours`. */
  sign(subject: string, roles: readonly Role[], hours?: number): Promise<string>;
}

/**
 * Tokens the server signs itself while no identity provider is configured (loopback only). The key stays in
 * the data folder, so tokens outlive restarts and the command line can sign them too.
 */
export async function developmentTokens(
  dataDir: string,
  { rolesClaim, roleNames }: RolesInTokens,
): Promise<DevelopmentTokens> {
  const jwk = await loadOrCreateKey(dataDir);
  const key = await importJWK(jwk, 'ES256');
  const { d: _private, ...publicKey } = jwk;
  const nameOf = (role: Role): string => {
    const [name] = [...roleNames].find(([, known]) => known === role) ?? [];
    if (name === undefined) throw new Error(`role ${role} has no name in tokens`);
    return name;
  };
  return {
    keys: createLocalJWKSet({ keys: [{ ...publicKey, alg: 'ES256', use: 'sig' }] }),
    sign: (subject, roles, hours = 12) =>
      new SignJWT(nest(rolesClaim, roles.map(nameOf)))
        .setProtectedHeader({ alg: 'ES256', kid: jwk.kid ?? '' })
        .setIssuer(DEVELOPMENT_ISSUER)
        .setAudience(DEVELOPMENT_AUDIENCE)
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime(`${hours}h`)
        .sign(key),
  };
}

async function loadOrCreateKey(dataDir: string): Promise<JWK> {
  const path = join(dataDir, KEY_FILE);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  for (;;) {
    try {
      return JSON.parse(await readFile(path, 'utf8')) as JWK;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = { ...(await exportJWK(privateKey)), kid: ulid() };
    // A link is made only where there is none, so that of two processes one decides the key.
    const draft = `${path}.${ulid()}`;
    await writeFile(draft, JSON.stringify(jwk), { mode: 0o600 });
    await link(draft, path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
    await unlink(draft);
  }
}

function nest(path: string, value: unknown): Record<string, unknown> {
  return path.split('.').reduceRight<unknown>((inner, part) => ({ [part]: inner }), value) as Record<
    string,
    unknown
  >;
}
