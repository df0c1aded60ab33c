import { parse } from 'cookie';
import { isLabletError, LabletError } from '../errors.js';
import type { Actor } from '../lib/actor.js';
import type { TokenVerifier } from './tokens.js';

/** Cookie that carries the token for the console. */
export const SESSION_COOKIE = 'ccm_auth';

export interface Credentials {
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
  readonly origin?: string | undefined;
  readonly host?: string | undefined;
}

/** The caller, nobody, or why the credentials were refused; the refusal is thrown where an operation runs. */
export type Identity = { readonly actor: Actor | null; readonly refusal: LabletError | null };

export const NOBODY: Identity = { actor: null, refusal: null };

/**
 * One check for HTTP, sockets and REST: the cookie first, then the bearer token. A cookie counts only when the
 * browser says that the page comes from this server, or says nothing.
 */
export async function identify(verify: TokenVerifier, credentials: Credentials): Promise<Identity> {
  const cookie = parse(credentials.cookie ?? '')[SESSION_COOKIE];
  const token = cookie ?? bearerOf(credentials.authorization);
  if (token === null) return NOBODY;
  if (cookie !== undefined && !sameOrigin(credentials)) {
    return refused(
      new LabletError('UNAUTHENTICATED', 'The session cookie is for pages of this server only.', {
        reason: 'ORIGIN',
      }),
    );
  }
  try {
    return { actor: await verify(token), refusal: null };
  } catch (error) {
    if (isLabletError(error)) return refused(error);
    throw error;
  }
}

/** The token of an `Authorization: Bearer …` header, null without one. */
export function bearerOf(header: string | undefined): string | null {
  const match = /^Bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(header ?? '');
  return match?.[1] ?? null;
}

/** True when the request says that it comes from a page of this server, or from no page. */
export function sameOrigin({ origin, host }: Credentials): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

function refused(refusal: LabletError): Identity {
  return { actor: null, refusal };
}
