import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { readFile } from 'node:fs/promises';
import { LabletError } from '../errors.js';
import { ROLES, type Actor, type Role } from '../lib/actor.js';
import { line } from '../lib/fields.js';

/** Turns a token into its caller. The same for HTTP, sockets and REST. @throws UNAUTHENTICATED, FORBIDDEN */
export type TokenVerifier = (token: string) => Promise<Actor>;

/** How tokens carry roles. */
export interface RolesInTokens {
  /** Dotted path of the roles in the token's claims. */
  readonly rolesClaim: string;
  /** Values of that claim; others are ignored. */
  readonly roleNames: ReadonlyMap<string, Role>;
}

export interface VerifierOptions extends RolesInTokens {
  readonly keys: JWTVerifyGetKey;
  readonly issuer: string;
  readonly audience: string;
}

const ALGORITHMS = ['RS256', 'ES256'];
const CLOCK_TOLERANCE_SECONDS = 30;
const SUBJECT = line(1, 255);

export function tokenVerifier({ keys, issuer, audience, ...carried }: VerifierOptions): TokenVerifier {
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
    const subject = subjectOf(payload.sub);
    if (subject === null) throw unauthenticated('SUBJECT_INVALID');
    // Beyond the tolerance it was not signed yet: a clock is wrong, here or there.
    if ((payload.iat ?? 0) * 1000 > Date.now() + CLOCK_TOLERANCE_SECONDS * 1000)
      throw unauthenticated('CLAIM_IAT');
    const roles = rolesOf(payload, carried);
    if (roles.length === 0) {
      throw new LabletError('FORBIDDEN', 'The token carries none of the roles of this server.', {
        requiredRoles: [...ROLES],
      });
    }
    return { subject, roles, expiresAt: ((payload.exp ?? 0) + CLOCK_TOLERANCE_SECONDS) * 1000 };
  };
}

/** Keys from a file in JWKS form. */
export async function fileKeys(path: string): Promise<JWTVerifyGetKey> {
  return createLocalJWKSet(JSON.parse(await readFile(path, 'utf8')) as JSONWebKeySet);
}

/**
 * The subject in the form in which an input names an owner, so that both are the same text where they are the same
 * name; null for one that no input could name.
 */
export function subjectOf(sub: unknown): string | null {
  const { success, data: subject } = SUBJECT.safeParse(sub);
  return success && subject === (sub as string).normalize('NFC') ? subject : null;
}

function rolesOf(claims: Record<string, unknown>, { rolesClaim, roleNames }: RolesInTokens): Role[] {
  let value: unknown = claims;
  for (const part of rolesClaim.split('.')) {
    value =
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined;
  }
  const names = Array.isArray(value) ? value : [];
  const roles = names.flatMap((name) => (typeof name === 'string' ? (roleNames.get(name) ?? []) : []));
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
