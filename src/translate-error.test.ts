import { describe, expect, it } from 'vitest';
import { keptLog } from '../tests/support/by-hand.js';
import {
  DocumentMissing,
  DuplicateKey,
  NewerFormat,
  RevisionConflict,
  StoreUnavailable,
  WriteOutcomeUnknown,
} from './db/document-store.js';
import { LabletError } from './errors.js';
import {
  HistoryGone,
  LeaseGone,
  LiveOutcomeUnknown,
  LiveStorageFull,
  LiveUnavailable,
} from './live/live-store.js';
import { errorTranslator, storeError } from './translate-error.js';

const ORIGIN = { actor: null, requestId: 'r-1', source: null };

function translated(error: unknown) {
  const { logger, lines } = keptLog();
  return { answer: errorTranslator(logger, 10_000)(error, 'terminateInstance', ORIGIN), lines };
}

describe('what the stores throw', () => {
  it.each([
    ['documents', new StoreUnavailable('connect ECONNREFUSED 10.0.0.5:27017')],
    ['documents', new WriteOutcomeUnknown('socket closed')],
    ['documents', new WriteOutcomeUnknown('no space left on device', { isFull: true })],
    ['documents', new DocumentMissing('lablet_instances', 'ins_1')],
    ['live', new LiveUnavailable('14 UNAVAILABLE')],
    ['live', new LeaseGone('lease 7')],
    ['live', new LiveOutcomeUnknown('deadline')],
    ['live', new LiveStorageFull('mvcc: database space exceeded')],
  ])('is STORE_UNAVAILABLE of the %s: %s', (store, error) => {
    const { answer, lines } = translated(error);
    expect(answer).toMatchObject({ code: 'STORE_UNAVAILABLE', details: { store }, cause: error });
    expect(answer.message).not.toContain(error.message);
    expect(lines).toEqual([
      {
        level: 'warn',
        fields: { err: error, operation: 'terminateInstance', requestId: 'r-1' },
        message: 'a store refused or did not answer',
      },
    ]);
  });

  it.each([
    ['document', new WriteOutcomeUnknown('no space left on device', { isFull: true })],
    ['live', new LiveStorageFull('mvcc: database space exceeded')],
  ])('says so where the %s store is full', (name, error) => {
    expect(translated(error).answer.message).toContain(`The ${name} store is full`);
  });

  it('is REVISION_CONFLICT for a stale save', () => {
    const { answer } = translated(new RevisionConflict(3, 5));
    expect(answer).toMatchObject({ code: 'REVISION_CONFLICT', details: { expected: 3, actual: 5 } });
  });

  it('is ALREADY_EXISTS for a unique index, without naming whose value it is', () => {
    const { answer } = translated(new DuplicateKey('cml_workers', 'name'));
    expect(answer).toMatchObject({
      code: 'ALREADY_EXISTS',
      details: { entity: 'cml_workers', key: 'name', existingId: null },
    });
  });

  it('is nothing stated for anything else', () => {
    expect(storeError(new Error('x'))).toBeNull();
    expect(storeError(new HistoryGone(7))).toBeNull();
    expect(storeError(undefined)).toBeNull();
  });
});

describe('an operation that ended', () => {
  it('with an expected failure keeps it, and nothing is logged', () => {
    const error = new LabletError('CLAIM_CONTENTION', 'Try again.', { attempts: 20 });
    expect(translated(error)).toEqual({ answer: error, lines: [] });
  });

  it.each(['TimeoutError', 'AbortError'])('with %s of its signal is TIMEOUT', (name) => {
    const { answer } = translated(new DOMException('aborted', name));
    expect(answer).toMatchObject({ code: 'TIMEOUT', details: { limitMs: 10_000 } });
  });

  it.each([
    new TypeError('cannot read x of undefined'),
    new DOMException('no', 'DataCloneError'),
    'text',
    undefined,
  ])('with %s is INTERNAL: logged whole, shown without a word of it', (error) => {
    const { answer, lines } = translated(error);
    expect(answer).toMatchObject({
      code: 'INTERNAL',
      message: 'Something went wrong; the request id finds it in the log.',
      details: {},
    });
    expect(lines).toMatchObject([{ level: 'error', fields: { err: error, requestId: 'r-1' } }]);
  });

  it("with the abort error of Node's own timers is TIMEOUT too", () => {
    const error = Object.assign(new Error('The operation was aborted'), {
      name: 'AbortError',
      code: 'ABORT_ERR',
    });
    expect(translated(error).answer.code).toBe('TIMEOUT');
  });

  it('at a document of a newer server says which', () => {
    const { answer } = translated(new NewerFormat('Worker', 'wrk_1', 2, 1));
    expect(answer.message).toBe(
      'A newer server wrote Worker wrk_1 in format 2; this server knows up to 1. Upgrade this server.',
    );
  });
});
