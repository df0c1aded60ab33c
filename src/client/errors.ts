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

/** The connection of a subscription was refused or broke; `code` is the closing code of the socket, if it had one. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';

  constructor(
    readonly code: number | null,
    reason: string,
    cause: unknown,
  ) {
    super(
      `the connection was closed${code === null ? '' : ` with ${code}`}: ${reason || 'no reason given'}`,
      {
        cause,
      },
    );
  }
}
