import {
  DocumentMissing,
  DuplicateKey,
  NewerFormat,
  RevisionConflict,
  StoreUnavailable,
  WriteOutcomeUnknown,
} from './db/document-store.js';
import { isLabletError, LabletError } from './errors.js';
import type { Origin } from './lib/run-operation.js';
import { LiveOutcomeUnknown, LiveStorageFull, LiveUnavailable } from './live/live-store.js';
import type { Logger } from './logger.js';

/** Turns what the stores throw into the stated codes. Anything unknown is logged and becomes INTERNAL. */
export function errorTranslator(logger: Logger, deadlineMs: number) {
  return (error: unknown, operation: string, { requestId }: Origin): LabletError => {
    if (isLabletError(error) && !(error instanceof NewerFormat)) return error;
    const known = storeError(error) ?? (isTimeout(error) ? timeout(deadlineMs) : null);
    if (known) {
      logger.warn({ err: error, operation, requestId }, 'a store refused or did not answer');
      return known;
    }
    logger.error({ err: error, operation, requestId }, 'an operation failed unexpectedly');
    return new LabletError(
      'INTERNAL',
      'Something went wrong; the request id finds it in the log.',
      {},
      { cause: error },
    );
  };
}

/** The stated error for a store's failure, or null for anything else. */
export function storeError(error: unknown): LabletError | null {
  if (error instanceof RevisionConflict) {
    const { expected, actual } = error;
    return new LabletError('REVISION_CONFLICT', 'The object changed; read it again.', { expected, actual });
  }
  if (error instanceof WriteOutcomeUnknown && error.isFull) return full('documents', error);
  if (
    error instanceof StoreUnavailable ||
    error instanceof WriteOutcomeUnknown ||
    error instanceof DocumentMissing
  ) {
    return unavailable('documents', error);
  }
  if (error instanceof LiveUnavailable || error instanceof LiveOutcomeUnknown) {
    return unavailable('live', error);
  }
  if (error instanceof LiveStorageFull) return full('live', error);
  if (error instanceof NewerFormat) return error;
  if (error instanceof DuplicateKey) {
    const { collection: entity, index: key } = error;
    return new LabletError('ALREADY_EXISTS', 'A unique value is in use.', { entity, key, existingId: null });
  }
  return null;
}

const STORE_NAMES = { documents: 'document store', live: 'live store' } as const;

function unavailable(
  store: keyof typeof STORE_NAMES,
  cause: unknown,
  message = `The ${STORE_NAMES[store]} does not answer; try again.`,
): LabletError {
  return new LabletError('STORE_UNAVAILABLE', message, { store }, { cause });
}

function full(store: keyof typeof STORE_NAMES, cause: unknown): LabletError {
  const message = `The ${STORE_NAMES[store]} is full and takes no writes until it has room; try later.`;
  return unavailable(store, cause, message);
}

function timeout(limitMs: number): LabletError {
  return new LabletError('TIMEOUT', `The operation took longer than ${limitMs} ms.`, { limitMs });
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
}
