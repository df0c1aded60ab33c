import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  ERROR_CODES,
  extensionsOf,
  isLabletError,
  LabletError,
  notFound,
  validationFailed,
  type ErrorCode,
} from './errors.js';

/** HTTP status and retryability of every code: section 13 of the specification. */
const TABLE: Readonly<Record<ErrorCode, readonly [http: number, retryable: boolean]>> = {
  UNAUTHENTICATED: [401, false],
  FORBIDDEN: [403, false],
  NOT_FOUND: [404, false],
  VALIDATION_FAILED: [400, false],
  ALREADY_EXISTS: [409, false],
  REVISION_CONFLICT: [409, true],
  IDEMPOTENCY_CONFLICT: [409, false],
  INVALID_TRANSITION: [409, false],
  VERSION_NOT_HIGHER: [409, false],
  DEFINITION_NOT_ACTIVE: [409, false],
  DEFINITION_NOT_DEPRECATED: [409, false],
  DEFINITION_IN_USE: [409, false],
  ARTIFACT_NOT_ALLOWED: [400, false],
  ARTIFACT_UNAVAILABLE: [502, true],
  ARTIFACT_TOO_LARGE: [422, false],
  ARTIFACT_NOT_SYNCED: [409, false],
  LAB_YAML_INVALID: [422, false],
  TIMESLOT_INVALID: [400, false],
  WORKER_NOT_ACCEPTING: [409, true],
  WORKER_NOT_ELIGIBLE: [409, false],
  WORKER_BUSY: [409, true],
  CAPACITY_EXCEEDED: [409, true],
  PORTS_EXHAUSTED: [409, true],
  PORT_OUT_OF_RANGE: [400, false],
  PORT_IN_USE: [409, false],
  CLAIM_CONFLICT: [409, false],
  CLAIM_NOT_OWNED: [409, false],
  CLAIM_CONTENTION: [503, true],
  NO_TEMPLATE_FITS: [422, false],
  TEMPLATE_FILE_INVALID: [422, false],
  RATE_LIMITED: [429, true],
  QUERY_TOO_COSTLY: [400, false],
  PAYLOAD_TOO_LARGE: [413, false],
  // A stream has no status of its own.
  SLOW_READER: [503, true],
  STORE_UNAVAILABLE: [503, true],
  TIMEOUT: [504, true],
  INTERNAL: [500, false],
};

describe('the table of codes', () => {
  it('has exactly the codes of the specification', () => {
    expect(Object.keys(ERROR_CODES).sort()).toEqual(Object.keys(TABLE).sort());
  });

  it.each(Object.entries(TABLE))('answers %s with %j', (code, [http, retryable]) => {
    expect(ERROR_CODES[code as ErrorCode]).toMatchObject({ http, retryable });
  });

  it('says of each code when it is answered', () => {
    for (const [code, { when }] of Object.entries(ERROR_CODES)) {
      expect(when, code).toMatch(/^[A-Z].{10,}\.$/);
    }
  });

  it('appears whole in the schema', () => {
    const schema = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');
    const found = /enum ErrorCode \{([^}]*)\}/.exec(schema)?.[1] ?? '';
    const values = found.replace(/"""[\s\S]*?"""/g, '').match(/[A-Z_]+/g) ?? [];
    expect(values.sort()).toEqual(Object.keys(TABLE).sort());
  });
});

describe('an expected failure', () => {
  const cause = new Error('socket closed');
  const error = new LabletError('STORE_UNAVAILABLE', 'Try again.', { store: 'live' }, { cause });

  it('carries code, status, retryability, details and its cause', () => {
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'LabletError',
      code: 'STORE_UNAVAILABLE',
      message: 'Try again.',
      httpStatus: 503,
      retryable: true,
      details: { store: 'live' },
      cause,
    });
  });

  it('is told apart by its code', () => {
    expect(isLabletError(error)).toBe(true);
    expect(isLabletError(error, 'STORE_UNAVAILABLE')).toBe(true);
    expect(isLabletError(error, 'TIMEOUT')).toBe(false);
    expect(isLabletError(cause)).toBe(false);
    expect(isLabletError({ code: 'TIMEOUT' })).toBe(false);
    expect(isLabletError(null)).toBe(false);
  });

  it('shows a transport its fields and nothing of cause or stack', () => {
    expect(extensionsOf(error, 'r-1')).toEqual({
      code: 'STORE_UNAVAILABLE',
      retryable: true,
      httpStatus: 503,
      details: { store: 'live' },
      requestId: 'r-1',
    });
  });

  it('for something missing says the same as for something hidden', () => {
    expect(notFound('LabletInstance', 'ins_1')).toMatchObject({
      code: 'NOT_FOUND',
      message: 'LabletInstance ins_1 does not exist or is not visible to you.',
      details: { entity: 'LabletInstance', id: 'ins_1' },
    });
  });

  it('for input names every place, the input itself where there is none', () => {
    const fields = [
      { path: 'ports.0.name', rule: 'REQUIRED', message: 'is required' },
      { path: '', rule: 'INVALID_TYPE', message: 'must be an object' },
    ];
    const failed = validationFailed(fields);
    expect(failed.message).toBe('The input breaks 2 rule(s): ports.0.name, (input).');
    expect(failed.details).toEqual({ fields });
  });
});
