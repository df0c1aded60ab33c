import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import type { GraphQLFormattedError } from 'graphql';
import { retryAfterSeconds } from '../lib/retry-hint.js';

/**
 * Answers a document that cannot be executed with 200 where the caller asks for `application/json` by name: in that
 * media type a status of 400 may come from something in between, and its readers look at `errors` (GraphQL over HTTP,
 * section 6.4.1). With `application/graphql-response+json`, or no wish at all, the status stays. Whatever the status
 * is, `Retry-After` says what an error says in `retryAfterMs`, for what reads no bodies.
 */
export const answerStatuses: ApolloServerPlugin<BaseContext> = {
  requestDidStart: async ({ request }) => ({
    willSendResponse: async ({ response }) => {
      if (response.http.status === 400 && wantsPlainJson(request.http?.headers.get('accept')))
        response.http.status = 200;
      if (response.body.kind !== 'single') return;
      const seconds = retryAfterOf(response.body.singleResult.errors ?? []);
      if (seconds !== null) response.http.headers.set('retry-after', seconds);
    },
  }),
};

/** Seconds after which all that was refused for now may be asked again, as the header has them; null where nothing was. */
export function retryAfterOf(errors: readonly GraphQLFormattedError[]): string | null {
  const waits = errors.flatMap(({ extensions }) => {
    const { retryAfterMs } = (extensions?.['details'] ?? {}) as { retryAfterMs?: unknown };
    return typeof retryAfterMs === 'number' ? [retryAfterMs] : [];
  });
  return waits.length > 0 ? retryAfterSeconds(Math.max(...waits)).toString() : null;
}

export function wantsPlainJson(accept: string | undefined): boolean {
  const types = (accept ?? '').split(',').map((part) => part.split(';')[0]?.trim().toLowerCase());
  return types.includes('application/json') && !types.includes('application/graphql-response+json');
}
