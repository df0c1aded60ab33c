/**
 * The one table of error codes. The schema's enum, the HTTP status of every transport and the
 * generated documentation come from it. Codes never change meaning.
 */

/** One place in the input that breaks a rule; `path` is dotted, list positions are numbers (`ports.0.name`). */
export interface FieldFault {
  readonly path: string;
  readonly rule: string;
  readonly message: string;
}

/** A dimension of a worker that is too small: how much is needed, how much is free. */
export interface Shortfall {
  readonly dimension: 'CPU_CORES' | 'MEMORY_GB' | 'STORAGE_GB' | 'NODES' | 'CLAIM_BYTES';
  readonly need: number;
  readonly free: number;
}

/** A fact of a worker that excludes a definition. `actual` is null when the worker never reported it. */
export interface IneligibilityReason {
  readonly kind: 'LICENSE' | 'NODE_LIMIT' | 'IMAGE_NAME' | 'IMAGE_VERSION' | 'NODE_DEFINITIONS';
  readonly need: string;
  readonly actual: string | null;
}

/** A demand that a worker template does not meet. */
export interface TemplateReason {
  readonly kind:
    | Exclude<IneligibilityReason['kind'], 'NODE_DEFINITIONS'>
    | Exclude<Shortfall['dimension'], 'CLAIM_BYTES'>
    | 'ENABLED'
    | 'PORTS'
    | 'REGION';
  readonly need: string;
  readonly actual: string;
}

/** What `details` of each code holds. */
export interface ErrorDetails {
  UNAUTHENTICATED: { reason: string };
  FORBIDDEN: { requiredRoles: readonly string[] };
  NOT_FOUND: { entity: string; id: string };
  VALIDATION_FAILED: { fields: readonly FieldFault[] };
  ALREADY_EXISTS: { entity: string; key: string; existingId: string | null };
  REVISION_CONFLICT: { expected: number; actual: number };
  IDEMPOTENCY_CONFLICT: { key: string };
  INVALID_TRANSITION: { from: string; to: string; legal: readonly string[] };
  VERSION_NOT_HIGHER: { base: string; given: string };
  DEFINITION_NOT_ACTIVE: { status: string; replacementId: string | null };
  DEFINITION_NOT_DEPRECATED: { status: string };
  DEFINITION_IN_USE: { count: number };
  ARTIFACT_NOT_ALLOWED: { rule: string };
  ARTIFACT_UNAVAILABLE: { cause: string };
  ARTIFACT_TOO_LARGE: { limitBytes: number };
  ARTIFACT_NOT_SYNCED: { definitionId: string };
  LAB_YAML_INVALID: { rule: string; line: number | null; path: string | null };
  TIMESLOT_INVALID: {
    rule: 'END_NOT_AFTER_START' | 'START_IN_PAST' | 'TOO_FAR' | 'TOO_LONG' | 'OVER';
    limit: string | null;
  };
  WORKER_NOT_ACCEPTING: { status: string };
  WORKER_NOT_ELIGIBLE: { reasons: readonly IneligibilityReason[] };
  WORKER_BUSY: { status: string; instances: readonly string[] };
  CAPACITY_EXCEEDED: { shortfalls: readonly Shortfall[] };
  PORTS_EXHAUSTED: { need: number; free: number; range: { start: number; end: number } };
  PORT_OUT_OF_RANGE: {
    number: number | null;
    range: { start: number; end: number };
    excluded: readonly number[];
  };
  PORT_IN_USE: { ports: readonly { number: number; instanceId: string }[] };
  CLAIM_CONFLICT: { workerId: string };
  CLAIM_NOT_OWNED: { instanceId: string };
  CLAIM_CONTENTION: { attempts: number };
  NO_TEMPLATE_FITS: { rejected: readonly { name: string; reasons: readonly TemplateReason[] }[] };
  TEMPLATE_FILE_INVALID: {
    file: string;
    entry: string | null;
    field: string | null;
    line: number | null;
    rule: string;
  };
  RATE_LIMITED: { limit: number; retryAfterMs: number };
  QUERY_TOO_COSTLY: { limit: string; max: number; actual: number | null };
  PAYLOAD_TOO_LARGE: { limit: number };
  SLOW_READER: { liveRevision: string | null };
  STORE_UNAVAILABLE: { store: 'documents' | 'live' };
  TIMEOUT: { limitMs: number };
  INTERNAL: Record<string, never>;
}

/** Every code an operation can answer with. */
export type ErrorCode = keyof ErrorDetails;

interface CodeFacts {
  /** HTTP status of the same failure outside a GraphQL answer. */
  readonly http: number;
  /** True when the same call may succeed later or after re-reading. */
  readonly retryable: boolean;
  /** When it is answered; shown in the schema and in the documentation. */
  readonly when: string;
}

const fact = (http: number, retryable: boolean, when: string): CodeFacts => ({ http, retryable, when });

export const ERROR_CODES: Readonly<Record<ErrorCode, CodeFacts>> = {
  UNAUTHENTICATED: fact(401, false, 'No, expired or bad credentials.'),
  FORBIDDEN: fact(403, false, 'The caller lacks a role that may do this.'),
  NOT_FOUND: fact(404, false, 'The object does not exist or the caller may not see it.'),
  VALIDATION_FAILED: fact(400, false, 'The input breaks rules; all of them are listed at once.'),
  ALREADY_EXISTS: fact(409, false, 'A unique value is in use.'),
  REVISION_CONFLICT: fact(409, true, 'The object changed since it was read.'),
  IDEMPOTENCY_CONFLICT: fact(409, false, 'The idempotency key was used with other input.'),
  INVALID_TRANSITION: fact(409, false, 'The move is not in the transition table.'),
  VERSION_NOT_HIGHER: fact(409, false, 'The version is not above the one it is based on.'),
  DEFINITION_NOT_ACTIVE: fact(409, false, 'The definition is deprecated or archived.'),
  DEFINITION_NOT_DEPRECATED: fact(409, false, 'Only a deprecated definition can be archived.'),
  DEFINITION_IN_USE: fact(409, false, 'Instances of the definition are not terminated yet.'),
  ARTIFACT_NOT_ALLOWED: fact(400, false, 'The scheme, root, host, bucket or address is not allowed.'),
  ARTIFACT_UNAVAILABLE: fact(502, true, 'The lab file is missing, denied or could not be read in time.'),
  ARTIFACT_TOO_LARGE: fact(422, false, 'The lab file is above the size limit.'),
  ARTIFACT_NOT_SYNCED: fact(409, false, 'The definition has no lab file text to render yet.'),
  LAB_YAML_INVALID: fact(422, false, 'The lab file breaks a rule of its format.'),
  TIMESLOT_INVALID: fact(400, false, 'The timeslot breaks a rule.'),
  WORKER_NOT_ACCEPTING: fact(409, true, 'The worker is not RUNNING and takes no claims.'),
  WORKER_NOT_ELIGIBLE: fact(409, false, 'Licence, image or node limit of the worker do not fit.'),
  WORKER_BUSY: fact(409, true, 'Claims are held on the worker, or limits would be lowered while it runs.'),
  CAPACITY_EXCEEDED: fact(409, true, 'The worker has not enough room.'),
  PORTS_EXHAUSTED: fact(409, true, 'The worker has too few free port numbers.'),
  PORT_OUT_OF_RANGE: fact(400, false, 'The port range is invalid, or a number lies outside it.'),
  PORT_IN_USE: fact(409, false, 'The change would hit port numbers that are held.'),
  CLAIM_CONFLICT: fact(409, false, 'The instance is already scheduled on another worker.'),
  CLAIM_NOT_OWNED: fact(409, false, 'The claim belongs to another token.'),
  CLAIM_CONTENTION: fact(503, true, 'Every attempt to claim was overtaken by another caller.'),
  NO_TEMPLATE_FITS: fact(422, false, 'No worker template satisfies the requirements.'),
  TEMPLATE_FILE_INVALID: fact(422, false, 'The worker template file is broken.'),
  RATE_LIMITED: fact(429, true, 'The caller sends too many requests.'),
  QUERY_TOO_COSTLY: fact(400, false, 'The document exceeds a query limit.'),
  PAYLOAD_TOO_LARGE: fact(413, false, 'The body or message is above its limit.'),
  SLOW_READER: fact(503, true, 'The subscriber lags too far behind; resume from the given revision.'),
  STORE_UNAVAILABLE: fact(503, true, 'A store cannot be reached.'),
  TIMEOUT: fact(504, true, 'The deadline passed.'),
  INTERNAL: fact(500, false, 'Anything else; the request id finds it in the log.'),
};

/** An expected failure with a stable code. Its message is for people and holds no internals. */
export class LabletError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'LabletError';

  constructor(
    readonly code: C,
    message: string,
    readonly details: ErrorDetails[C],
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }

  get httpStatus(): number {
    return ERROR_CODES[this.code].http;
  }

  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}

/** True for a {@link LabletError}, and with `code` only for that code. */
export function isLabletError<C extends ErrorCode>(error: unknown, code?: C): error is LabletError<C> {
  return error instanceof LabletError && (code === undefined || error.code === code);
}

/** The answer for anything missing or hidden: both look the same to the caller. */
export function notFound(entity: string, id: string): LabletError<'NOT_FOUND'> {
  return new LabletError('NOT_FOUND', `${entity} ${id} does not exist or is not visible to you.`, {
    entity,
    id,
  });
}

/** One or several broken input rules. */
export function validationFailed(fields: readonly FieldFault[]): LabletError<'VALIDATION_FAILED'> {
  const where = fields.map((field) => field.path || '(input)').join(', ');
  return new LabletError('VALIDATION_FAILED', `The input breaks ${fields.length} rule(s): ${where}.`, {
    fields,
  });
}

/** What every transport shows of a failure, beside its message. */
export interface ErrorExtensions {
  readonly code: string;
  readonly retryable: boolean;
  readonly httpStatus: number;
  readonly details: object;
  readonly requestId: string;
}

/** The fields of an expected failure. */
export function extensionsOf(error: LabletError, requestId: string): ErrorExtensions {
  const { code, retryable, httpStatus, details } = error;
  return { code, retryable, httpStatus, details, requestId };
}
