import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CallerLimits } from '../auth/caller-limits.js';
import { identify, NOBODY, type Identity } from '../auth/identify.js';
import type { TokenVerifier } from '../auth/tokens.js';

/**
 * Learns who calls, and refuses who calls too often, before the body is read. Answers how to ask for the caller of a
 * request.
 */
export function admission(
  server: FastifyInstance,
  parts: { verify: TokenVerifier; limits: CallerLimits; paths: readonly string[] },
): (request: FastifyRequest) => Identity {
  const { verify, limits, paths } = parts;
  const known = new WeakMap<FastifyRequest, Identity>();
  server.addHook('onRequest', async (request) => {
    if (!paths.some((path) => request.url.startsWith(path))) return;
    const { authorization, cookie, origin, host } = request.headers;
    const identity = await identify(verify, { authorization, cookie, origin, host });
    const refusal = await limits.refusal(identity, request.ip);
    if (refusal) throw refusal;
    known.set(request, identity);
  });
  return (request) => known.get(request) ?? NOBODY;
}
