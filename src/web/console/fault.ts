/** One error as the server answers it; the same shape for failures of the connection. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly requestId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Thrown by every request and stream that does not succeed. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(readonly faults: readonly Fault[]) {
    super(faults.map(({ code, message }) => `${code}: ${message}`).join('; '));
  }

  has(code: string): boolean {
    return this.faults.some((fault) => fault.code === code);
  }

  get retryable(): boolean {
    return this.faults.every((fault) => fault.retryable);
  }
}

interface WireError {
  readonly message?: unknown;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** The faults of a GraphQL answer's `errors`. */
export function faultsOf(errors: readonly WireError[]): Fault[] {
  return errors.map(({ message, extensions = {} }) => faultOf({ ...extensions, message }));
}

/** A fault of `{ code, message, retryable, requestId, details }`, whatever of it is there. */
export function faultOf(wire: Readonly<Record<string, unknown>>): Fault {
  const { code, message, retryable, requestId, details } = wire;
  return {
    code: typeof code === 'string' ? code : 'INTERNAL',
    message: typeof message === 'string' ? message : 'The server gave no reason.',
    retryable: retryable === true,
    requestId: typeof requestId === 'string' && requestId !== '' ? requestId : null,
    details: typeof details === 'object' && details !== null ? (details as Fault['details']) : {},
  };
}

/** Whatever was thrown, as an {@link ApiError}. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError([faultOf({ code: 'CONSOLE', message: String(error) })]);
}

export function unreachable(): ApiError {
  const message = 'The server cannot be reached.';
  return new ApiError([faultOf({ code: 'UNREACHABLE', message, retryable: true })]);
}
