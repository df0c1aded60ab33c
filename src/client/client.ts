import type { Client as SocketClient } from 'graphql-ws';
import { ApiError, ConnectionLost } from './errors.js';
import { followStream, type FollowOptions, type LiveResult, type LiveVariables } from './follow.js';
import type { InstanceQuery, InstanceState, TypedDocumentString } from './generated.js';
import { openLiveSocket } from './live-socket.js';
import { waitForState, type WaitOptions } from './wait-for.js';

export interface StreamOptions {
  /** Ends the stream, also while it waits. */
  readonly signal?: AbortSignal | undefined;
}

export interface ClientOptions {
  /** `http://host:port` of the server. */
  readonly url: string;
  /** Bearer token; null sends none. */
  readonly token: string | null;
  readonly fetch?: typeof fetch;
  /** WebSocket implementation, where the platform has none. */
  readonly webSocketImpl?: unknown;
  /**
   * How often the connection of the subscriptions is asked for a sign of life, in ms: 10 000 by default, 0 for never.
   * If none comes within half of that, at most 5 s, `subscribe` ends with ConnectionLost (4499) and `follow` connects
   * again.
   */
  readonly pingMs?: number;
}

export interface LabletClient {
  /** Runs a query or mutation. @throws ApiError */
  request<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    ...variables: object extends Variables ? [variables?: Variables] : [variables: Variables]
  ): Promise<Result>;
  /** Follows a subscription on one connection, until the loop is left. @throws ApiError, ConnectionLost */
  subscribe<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
    options?: StreamOptions,
  ): AsyncIterableIterator<Result>;
  /**
   * Follows a live stream across lost connections and restarts of the server, each time from the message after the
   * last one, until the loop is left or the signal aborts. RESYNC_REQUIRED comes as a message: drop what the snapshot
   * after it lacks. @throws ApiError or ConnectionLost where trying again cannot help
   */
  follow<Result extends LiveResult, Variables extends LiveVariables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
    options?: FollowOptions,
  ): AsyncIterableIterator<Result>;
  /**
   * The instance once it has come to one of these states; by then it may have gone further. @throws WaitFailed when
   * the time is over or the instance ended otherwise, ApiError
   */
  waitFor(
    id: string,
    states: readonly InstanceState[],
    options?: WaitOptions,
  ): Promise<NonNullable<InstanceQuery['instance']>>;
  close(): Promise<void>;
}

interface RawResult<Result> {
  readonly data?: Result | null;
  readonly errors?: readonly { message: string; extensions?: Record<string, unknown> }[];
}

/** A typed client of the control plane. */
export function createClient({ url, token, webSocketImpl, pingMs, ...options }: ClientOptions): LabletClient {
  const send = options.fetch ?? fetch;
  const authorization: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  let sockets: SocketClient | null = null;

  function socketClient(): SocketClient {
    const address = `${url.replace(/^http/, 'ws')}/graphql`;
    sockets ??= openLiveSocket({ url: address, connectionParams: authorization, webSocketImpl }, pingMs);
    return sockets;
  }

  const client: LabletClient = {
    async request(document, ...[variables]) {
      const response = await send(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorization },
        body: JSON.stringify({ query: document.toString(), variables: variables ?? {} }),
      });
      return dataOf((await response.json()) as RawResult<never>);
    },
    async *subscribe<Result, Variables>(
      document: TypedDocumentString<Result, Variables>,
      variables: Variables,
      { signal }: StreamOptions = {},
    ) {
      const results = socketClient().iterate<Result>({
        query: document.toString(),
        variables: variables as Record<string, unknown>,
      });
      const end = () => void results.return?.();
      signal?.addEventListener('abort', end, { once: true });
      try {
        if (signal?.aborted) return;
        for await (const result of results) yield dataOf(result as RawResult<Result>);
      } catch (error) {
        throw streamError(error);
      } finally {
        signal?.removeEventListener('abort', end);
        // Also after a failure: graphql-ws counts it as open until then, and so keeps the next socket open for ever.
        end();
      }
    },
    follow: (document, variables, options) => followStream(client, document, variables, options),
    waitFor: (id, states, options) => waitForState(client, id, states, options),
    async close() {
      await sockets?.dispose();
    },
  };
  return client;
}

/** What graphql-ws throws is the answer's errors, the event of the closed socket, or an error. */
function streamError(error: unknown): Error {
  if (Array.isArray(error)) return apiError(error as NonNullable<RawResult<never>['errors']>);
  if (error instanceof ApiError) return error;
  const { code, reason, message } = error as { code?: unknown; reason?: unknown; message?: unknown };
  return new ConnectionLost(
    typeof code === 'number' ? code : null,
    text(reason) ?? text(message) ?? '',
    error,
  );
}

function dataOf<Result>({ data, errors }: RawResult<Result>): Result {
  if (errors?.length) throw apiError(errors);
  if (data == null) throw new ApiError([]);
  return data;
}

function apiError(errors: NonNullable<RawResult<never>['errors']>): ApiError {
  return new ApiError(
    errors.map(({ message, extensions }) => ({
      message,
      code: text(extensions?.['code']) ?? 'INTERNAL',
      retryable: extensions?.['retryable'] === true,
      httpStatus: Number(extensions?.['httpStatus'] ?? 500),
      details: (extensions?.['details'] ?? {}) as Record<string, unknown>,
      requestId: text(extensions?.['requestId']) ?? '',
    })),
  );
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
