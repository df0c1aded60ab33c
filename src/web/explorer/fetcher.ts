import type { GraphiQLProps } from 'graphiql';
import { getOperationAST } from 'graphql';
import { createClient } from 'graphql-ws';
import { storedToken } from './stored-token.js';

type Fetcher = GraphiQLProps['fetcher'];
type Answer = ReturnType<Fetcher>;
type Params = Parameters<Fetcher>[0];
type Headers = Readonly<Record<string, string>>;

/** Queries and mutations go by HTTP, subscriptions by WebSocket; both to the server this page comes from. */
export const fetcher: Fetcher = (params, options) => {
  const headers = { ...tokenHeader(), ...options?.headers };
  const operation = options?.documentAST && getOperationAST(options.documentAST, params.operationName);
  return operation?.operation === 'subscription' ? subscribe(params, headers) : post(params, headers);
};

function tokenHeader(): Headers {
  const token = storedToken();
  return token === '' ? {} : { authorization: `Bearer ${token}` };
}

async function post(params: Params, headers: Headers): Promise<Awaited<Answer>> {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'apollo-require-preflight': 'true', ...headers },
    body: JSON.stringify(params),
    // The server prefers the console's cookie; a token given here is to count.
    credentials: authorizationOf(headers) === undefined ? 'same-origin' : 'omit',
  });
  return (await response.json()) as Awaited<Answer>;
}

function subscribe(params: Params, headers: Headers): Answer {
  const url = new URL('/graphql', window.location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  const authorization = authorizationOf(headers);
  const client = createClient({
    url: url.href,
    retryAttempts: 0,
    connectionParams: authorization === undefined ? {} : { authorization },
  });
  // The same results, as two packages describe them.
  return client.iterate(params) as Answer;
}

function authorizationOf(headers: Headers): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
}
