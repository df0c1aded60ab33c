import type { FastifyInstance, FastifyRequest } from 'fastify';
import { resultOf, resultOfCode, type Metrics, type RequestResult } from '../metrics.js';
import { requestSlot } from './request-slot.js';
import { routePath } from './route-path.js';

const WORST_FIRST: readonly RequestResult[] = ['FAILED', 'REFUSED', 'OK'];

/**
 * Counts every HTTP request by transport and result. The codes of its operations count as well, because GraphQL
 * answers 200 where an operation failed.
 */
export function countRequests(
  server: FastifyInstance,
  { requests }: Pick<Metrics, 'requests'>,
  { graphqlPath, restPath }: { readonly graphqlPath: string; readonly restPath: string },
): { hear(request: FastifyRequest): (code: string) => void } {
  /** The worst that was heard of a request; nothing for most. */
  const heard = requestSlot<RequestResult>(server, 'result');

  function transportOf(request: FastifyRequest): string {
    const path = routePath(request);
    if (path === graphqlPath || path.startsWith(`${graphqlPath}/`)) return 'GRAPHQL';
    return path.startsWith(restPath) ? 'REST' : 'OTHER';
  }

  server.addHook('onResponse', (request, reply, done) => {
    const result = worse(resultOf(reply.statusCode), heard.get(request));
    requests.inc({ transport: transportOf(request), result });
    done();
  });
  server.addHook('onRequestAbort', async (request) => {
    requests.inc({ transport: transportOf(request), result: 'ABORTED' });
  });

  return {
    hear: (request) => (code) => {
      const result = resultOfCode(code);
      if (result !== 'OK') heard.set(request, worse(result, heard.get(request)));
    },
  };
}

function worse(one: RequestResult, other: RequestResult | null): RequestResult {
  if (other === null) return one;
  return WORST_FIRST.indexOf(one) < WORST_FIRST.indexOf(other) ? one : other;
}
