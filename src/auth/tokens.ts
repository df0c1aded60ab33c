import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { readFile } from 'node:fs/promises';
import { LabletError } from '../errors.js';
import type { Actor, Role } from '../lib/actor.js';

/** Turns a token into its caller. The same for HTTP, sockets and REST. @throws UNAUTHENTICATED, FORBIDDEN */
export type TokenVerifier = (token: string) => Promise<Actor>;

export interface VerifierOptions {
  readonly keys: JWTVerifyGetKey;
  readonly issuer: string;
  readonly audience: string;
  /** Dotted path of the roles in the token's claims. */
  readonly rolesClaim: string;
}

const ALGORITHMS = ['RS256', 'ES256'];
const CLOCK_TOLERANCE_SECONDS = 30;
const MAX_SUBJECT = 255;

/** Values of the roles claim; others are ignored. */
export const ROLE_CLAIMS: Readonly<Record<string, Role>> = {
  admin: 'ADMIN',
  'lab-author': 'AUTHOR',
  manager: 'MANAGER',
  user: 'USER',
  service: 'SERVICE',
};

export function tokenVerifier({ keys, issuer, audience, rolesClaim }: VerifierOptions): TokenVerifier {
  return async (token) => {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['exp', 'sub'],
    }).catch((error: unknown) => {
      throw refusal(error);
    });
    const subject: unknown = payload.sub;
    if (typeof subject !== 'string' || subject.length < 1 || subject.length > MAX_SUBJECT)
      throw unauthenticated('SUBJECT_INVALID');
    // Beyond the tolerance it was not signed yet: a clock is wrong, here or there.
    if ((payload.iat ?? 0) * 1000 > Date.now() + CLOCK_TOLERANCE_SECONDS * 1000)
      throw unauthenticated('CLAIM_IAT');
    const roles = rolesOf(payload, rolesClaim);
    if (roles.length === 0) {
      throw new LabletError('FORBIDDEN', 'The token carries none of the roles of this server.', {
        requiredRoles: Object.values(ROLE_CLAIMS),
      });
    }
    return { subject, roles, expiresAt: ((payload.exp ?? 0) + CLOCK_TOLERANCE_SECONDS) * 1000 };
  };
}

/** Keys from a file in JWKS form. */
export async function fileKeys(path: string): Promise<JWTVerifyGetKey> {
  return createLocalJWKSet(JSON.parse(await readFile(path, 'utf8')) as JSONWebKeySet);
}

function rolesOf(claims: Record<string, unknown>, path: string): Role[] {
  let value: unknown = claims;
  for (const part of path.split('.')) {
    value =
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined;
  }
  const names = Array.isArray(value) ? value : [];
  const roles = names.flatMap((name) =>
    typeof name === 'string' && Object.hasOwn(ROLE_CLAIMS, name) ? (ROLE_CLAIMS[name] ?? []) : [],
  );
  return [...new Set(roles)];
}

function unauthenticated(reason: string): LabletError {
  return new LabletError('UNAUTHENTICATED', 'The credentials are missing, expired or not valid here.', {
    reason,
  });
}

function refusal(error: unknown): LabletError {
  if (error instanceof errors.JWTExpired) return unauthenticated('EXPIRED');
  if (error instanceof errors.JWTClaimValidationFailed)
    return unauthenticated(`CLAIM_${error.claim.toUpperCase()}`);
  if (error instanceof errors.JWKSTimeout) return unauthenticated('KEYS_UNAVAILABLE');
  if (error instanceof errors.JWKSNoMatchingKey) return unauthenticated('KEY_UNKNOWN');
  if (error instanceof errors.JWSSignatureVerificationFailed) return unauthenticated('SIGNATURE');
  if (error instanceof errors.JOSEError) return unauthenticated('MALFORMED');
  return unauthenticated('KEYS_UNAVAILABLE');
}
