import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { retryAfterOf } from './answer-status.js';
import type { CompiledExecution } from './compiled-execution.js';
import { jsonOf } from './json-parts.js';
import type { RequestContext } from './request-context.js';

/** Media types of answers are remembered for so many texts of `Accept`, each at most so long. */
const KEPT_TYPES = 100;
const KEPT_CHARACTERS = 256;

/**
 * GraphQL over HTTP by Apollo Server. A query that it has let through before, and that is in order, is answered past
 * it: for a small query, what it does on the way takes longer than all the rest.
 */
export function graphqlHandler(parts: {
  readonly apollo: ApolloServer<RequestContext>;
  readonly compiled: Pick<CompiledExecution, 'answer'>;
  readonly contextOf: (request: FastifyRequest) => RequestContext;
}) {
  const { apollo, compiled, contextOf } = parts;
  const whole = fastifyApolloHandler(apollo, { context: async (request) => contextOf(request) });
  /** What Apollo Server answers in, by what the caller accepts; nothing else decides it. */
  const types = new LRUCache<string, string>({ max: KEPT_TYPES });

  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { accept = '' } = request.headers;
    const type = request.method === 'POST' ? types.get(accept) : undefined;
    const answer = type && (await compiled.answer(request.body, () => contextOf(request)));
    if (answer) {
      void reply.header('content-type', type);
      const seconds = answer.errors && retryAfterOf(answer.errors);
      if (seconds != null) void reply.header('retry-after', seconds);
      return `${jsonOf(answer)}\n`;
    }
    const body: unknown = await whole.call(request.server, request, reply);
    const chosen = reply.getHeader('content-type');
    const isRemembered = request.method === 'POST' && reply.statusCode === 200;
    if (isRemembered && accept.length <= KEPT_CHARACTERS && typeof chosen === 'string')
      types.set(accept, chosen);
    return body;
  };
}
