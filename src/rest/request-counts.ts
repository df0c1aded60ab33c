import type { FastifyInstance, FastifyRequest } from 'fastify';
import { resultOf, resultOfCode, type Metrics, type RequestResult } from '../metrics.js';

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
  const heard = new WeakMap<FastifyRequest, Set<RequestResult>>();

  function transportOf({ url }: FastifyRequest): string {
    const [path = ''] = url.split('?');
    if (path === graphqlPath || path.startsWith(`${graphqlPath}/`)) return 'GRAPHQL';
    return path.startsWith(restPath) ? 'REST' : 'OTHER';
  }

  server.addHook('onResponse', async (request, reply) => {
    const results = new Set(heard.get(request)).add(resultOf(reply.statusCode));
    const result = WORST_FIRST.find((each) => results.has(each)) as RequestResult;
    requests.inc({ transport: transportOf(request), result });
  });
  server.addHook('onRequestAbort', async (request) => {
    requests.inc({ transport: transportOf(request), result: 'ABORTED' });
  });

  return {
    hear: (request) => (code) => {
      const results = heard.get(request) ?? new Set();
      heard.set(request, results.add(resultOfCode(code)));
    },
  };
}
