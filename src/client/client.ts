import { createClient as createSocketClient, type Client as SocketClient } from 'graphql-ws';
import type { TypedDocumentString } from './generated.js';

/** What `errors[].extensions` of the server holds. */
export interface ApiErrorInfo {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly httpStatus: number;
  readonly details: Readonly<Record<string, unknown>>;
  readonly requestId: string;
}

/** The server refused or failed a request; `code` is one of the schema's `ErrorCode`, or a protocol code. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryable: boolean;
  readonly requestId: string;

  constructor(readonly errors: readonly ApiErrorInfo[]) {
    const [first] = errors;
    super(first ? `${first.code}: ${first.message}` : 'the server answered without data');
    this.code = first?.code ?? 'INTERNAL';
    this.details = first?.details ?? {};
    this.retryable = first?.retryable ?? false;
    this.requestId = first?.requestId ?? '';
  }
}

export interface ClientOptions {
  /** `http://host:port` of the server. */
  readonly url: string;
  /** Bearer token; null sends none. */
  readonly token: string | null;
  readonly fetch?: typeof fetch;
  /** WebSocket implementation, where the platform has none. */
  readonly webSocketImpl?: unknown;
}

export interface LabletClient {
  /** Runs a query or mutation. @throws ApiError */
  request<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    ...variables: object extends Variables ? [variables?: Variables] : [variables: Variables]
  ): Promise<Result>;
  /** Follows a subscription until the loop is left. @throws ApiError */
  subscribe<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): AsyncIterableIterator<Result>;
  close(): Promise<void>;
}

interface RawResult<Result> {
  readonly data?: Result | null;
  readonly errors?: readonly { message: string; extensions?: Record<string, unknown> }[];
}

/** A typed client of the control plane. */
export function createClient({ url, token, webSocketImpl, ...options }: ClientOptions): LabletClient {
  const send = options.fetch ?? fetch;
  const authorization: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  let sockets: SocketClient | null = null;

  function socketClient(): SocketClient {
    sockets ??= createSocketClient({
      url: `${url.replace(/^http/, 'ws')}/graphql`,
      connectionParams: authorization,
      lazy: true,
      retryAttempts: 0,
      ...(webSocketImpl === undefined ? {} : { webSocketImpl }),
    });
    return sockets;
  }

  return {
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
    ) {
      const results = socketClient().iterate<Result>({
        query: document.toString(),
        variables: variables as Record<string, unknown>,
      });
      try {
        for await (const result of results) yield dataOf(result as RawResult<Result>);
      } catch (error) {
        throw Array.isArray(error) ? apiError(error as NonNullable<RawResult<never>['errors']>) : error;
      }
    },
    async close() {
      await sockets?.dispose();
    },
  };
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
