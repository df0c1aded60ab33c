import { serialize } from 'cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bearerOf, sameOrigin, SESSION_COOKIE } from '../auth/identify.js';
import type { TokenVerifier } from '../auth/tokens.js';
import { isLabletError, LabletError } from '../errors.js';
import { problem } from './problem.js';

const ATTRIBUTES = { httpOnly: true, secure: true, sameSite: 'strict', path: '/' } as const;

/** `POST /session` puts the bearer token into the httpOnly cookie of the console, `DELETE /session` clears it. */
export function sessionRoutes(server: FastifyInstance, verify: TokenVerifier): void {
  server.post('/session', async (request, reply) => {
    const token = bearerOf(request.headers.authorization);
    try {
      if (token === null)
        throw new LabletError('UNAUTHENTICATED', 'Send the token as a bearer.', { reason: 'MISSING' });
      assertSameOrigin(request);
      const { expiresAt } = await verify(token);
      const expires = new Date(expiresAt);
      return await reply
        .header('set-cookie', serialize(SESSION_COOKIE, token, { ...ATTRIBUTES, expires }))
        .code(204)
        .send();
    } catch (error) {
      return refuse(error, request, reply);
    }
  });

  server.delete('/session', async (request, reply) => {
    try {
      assertSameOrigin(request);
      return await reply
        .header('set-cookie', serialize(SESSION_COOKIE, '', { ...ATTRIBUTES, maxAge: 0 }))
        .code(204)
        .send();
    } catch (error) {
      return refuse(error, request, reply);
    }
  });
}

function assertSameOrigin({ headers }: FastifyRequest): void {
  if (sameOrigin({ origin: headers.origin, host: headers.host })) return;
  throw new LabletError('UNAUTHENTICATED', 'Sessions are for pages of this server only.', {
    reason: 'ORIGIN',
  });
}

function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (!isLabletError(error)) throw error;
  return problem(reply, error, request.id);
}
