import { GraphQLError, parse, Source, type ASTNode } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import { StoreUnavailable } from '../db/document-store.js';
import { LabletError } from '../errors.js';
import { LiveUnavailable } from '../live/live-store.js';
import { documentError, presentError } from './present-error.js';

const MASKED = {
  message: 'Something went wrong; the request id finds it in the log.',
  extensions: { code: 'INTERNAL', retryable: false, httpStatus: 500, details: {}, requestId: 'r-1' },
};
const node = parse('{ worker }').definitions[0] as ASTNode;

function present(error: GraphQLError) {
  const log = vi.fn();
  return { shown: presentError(error, 'r-1', log), log };
}
const wrapped = (originalError: Error) =>
  new GraphQLError('outer', { originalError, path: ['worker'], nodes: [node] });

describe('an expected failure', () => {
  const cause = new Error('ECONNREFUSED 10.0.0.5');
  const failure = new LabletError('STORE_UNAVAILABLE', 'Try again.', { store: 'live' }, { cause });

  it.each([wrapped(failure), wrapped(wrapped(wrapped(failure)))])(
    'keeps its code and details, however deep',
    (error) => {
      const { shown, log } = present(error);
      expect(shown).toEqual({
        message: 'Try again.',
        path: ['worker'],
        locations: [{ line: 1, column: 1 }],
        extensions: {
          code: 'STORE_UNAVAILABLE',
          retryable: true,
          httpStatus: 503,
          details: { store: 'live' },
          requestId: 'r-1',
        },
      });
      expect(log).not.toHaveBeenCalled();
      expect(JSON.stringify(shown)).not.toContain('ECONNREFUSED');
    },
  );
});

describe('a failure of a store below an operation', () => {
  it.each([
    [new StoreUnavailable('MongoDB at 10.0.0.5 is gone'), 'documents'],
    [new LiveUnavailable('etcd at 10.0.0.5 is gone'), 'live'],
  ])('may be tried again, and says which store', (failure, store) => {
    const { shown, log } = present(wrapped(failure));
    expect(shown.extensions).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      retryable: true,
      details: { store },
    });
    expect(log).not.toHaveBeenCalled();
    expect(JSON.stringify(shown)).not.toContain('10.0.0.5');
  });
});

describe('a failure of the protocol', () => {
  it('that has a status but no code of its own is a bad request, and not in the log', () => {
    const error = new GraphQLError('provided sha does not match query', {
      extensions: { http: { status: 400 } },
    });
    const { shown, log } = present(error);
    expect(shown).toMatchObject({
      message: 'provided sha does not match query',
      extensions: { code: 'BAD_REQUEST', retryable: false, httpStatus: 400 },
    });
    expect(log).not.toHaveBeenCalled();
  });

  it('keeps its own code and words, with our other fields', () => {
    const error = new GraphQLError('Syntax Error', {
      extensions: { code: 'GRAPHQL_PARSE_FAILED', stack: 'x' },
    });
    expect(present(error).shown).toEqual({
      message: 'Syntax Error',
      extensions: {
        code: 'GRAPHQL_PARSE_FAILED',
        retryable: false,
        httpStatus: 400,
        details: {},
        requestId: 'r-1',
      },
    });
  });

  it('keeps the status that Apollo gives it', () => {
    const extensions = { code: 'BAD_REQUEST', http: { status: 405 } };
    expect(present(new GraphQLError('x', { extensions })).shown.extensions).toMatchObject({
      httpStatus: 405,
    });
    const without = { code: 'BAD_REQUEST', http: {} };
    expect(present(new GraphQLError('x', { extensions: without })).shown.extensions).toMatchObject({
      httpStatus: 400,
    });
  });

  it('in another failure of the protocol is still one', () => {
    const inner = new GraphQLError('inner');
    const error = new GraphQLError('x', { originalError: inner, extensions: { code: 'BAD_USER_INPUT' } });
    expect(present(error).shown).toMatchObject({ message: 'x', extensions: { code: 'BAD_USER_INPUT' } });
  });
});

describe('anything else', () => {
  const bug = new TypeError('cannot read x of undefined');

  it.each([
    ['a bug', wrapped(bug), bug],
    ['a bug with a code', new GraphQLError('x', { originalError: bug, extensions: { code: 'SAFE' } }), bug],
    [
      'what Apollo calls internal',
      new GraphQLError('x', { extensions: { code: 'INTERNAL_SERVER_ERROR' } }),
      null,
    ],
    ['a fault without a code', new GraphQLError('Cannot return null for non-nullable field'), null],
    ['a code that is no text', new GraphQLError('x', { extensions: { code: 7 } }), null],
  ])('%s is masked, and logged whole', (_, error, cause) => {
    const { shown, log } = present(error);
    expect(shown).toMatchObject(MASKED);
    expect(log).toHaveBeenCalledWith(cause ?? error);
    expect(JSON.stringify(shown)).not.toContain('undefined');
  });

  it('has no place where there is none', () => {
    expect(Object.keys(present(new GraphQLError('x')).shown)).toEqual(['message', 'extensions']);
  });
});

it('a failure of the document gets its code and keeps its place', () => {
  const fault = new GraphQLError('Unexpected name', { source: new Source('{ a b }'), positions: [4] });
  const error = documentError(fault, 'GRAPHQL_VALIDATION_FAILED');
  expect(error).toMatchObject({
    message: 'Unexpected name',
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    locations: [{ line: 1, column: 5 }],
  });
  expect(present(error).shown).toMatchObject({
    locations: [{ line: 1, column: 5 }],
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED', httpStatus: 400 },
  });
});
