import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CallerLimits } from '../auth/caller-limits.js';
import { identify, NOBODY, type Identity } from '../auth/identify.js';
import type { TokenVerifier } from '../auth/tokens.js';
import type { CallerAddress } from '../lib/caller-address.js';
import { requestSlot } from './request-slot.js';
import { routePath } from './route-path.js';

/**
 * Learns who calls, and refuses who calls too often, before the body is read. Answers how to ask for the caller of a
 * request.
 */
export function admission(
  server: FastifyInstance,
  parts: {
    verify: TokenVerifier;
    limits: CallerLimits;
    paths: readonly string[];
    addressOf: CallerAddress;
  },
): (request: FastifyRequest) => Identity {
  const { verify, limits, paths, addressOf } = parts;
  const known = requestSlot<Identity>(server, 'identity');
  server.addHook('onRequest', async (request) => {
    const called = routePath(request);
    if (!paths.some((path) => called.startsWith(path))) return;
    const { authorization, cookie, origin, host } = request.headers;
    const identity = await identify(verify, { authorization, cookie, origin, host });
    const refusal = await limits.refusal(identity, addressOf(request.raw));
    if (refusal) throw refusal;
    known.set(request, identity);
  });
  return (request) => known.get(request) ?? NOBODY;
}
