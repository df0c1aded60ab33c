import type { ApolloServerPlugin, BaseContext } from '@apollo/server';

/**
 * Answers a document that cannot be executed with 200 where the caller asks for `application/json` by name: in that
 * media type a status of 400 may come from something in between, and its readers look at `errors` (GraphQL over HTTP,
 * section 6.4.1). With `application/graphql-response+json`, or no wish at all, the status stays.
 */
export const answerStatuses: ApolloServerPlugin<BaseContext> = {
  requestDidStart: async ({ request }) => ({
    willSendResponse: async ({ response }) => {
      if (response.http.status === 400 && wantsPlainJson(request.http?.headers.get('accept')))
        response.http.status = 200;
    },
  }),
};

export function wantsPlainJson(accept: string | undefined): boolean {
  const types = (accept ?? '').split(',').map((part) => part.split(';')[0]?.trim().toLowerCase());
  return types.includes('application/json') && !types.includes('application/graphql-response+json');
}
