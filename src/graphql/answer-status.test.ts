import { describe, expect, it } from 'vitest';
import { retryAfterOf, wantsPlainJson } from './answer-status.js';

describe('a caller', () => {
  it.each([
    'application/json',
    'Application/JSON; charset=utf-8',
    'text/html, application/json;q=0.5',
    'application/json, */*',
  ])('that accepts %s asks for plain JSON', (accept) => {
    expect(wantsPlainJson(accept)).toBe(true);
  });

  it.each([undefined, '', '*/*', 'application/*', 'application/graphql-response+json, application/json'])(
    'that accepts %s does not',
    (accept) => {
      expect(wantsPlainJson(accept)).toBe(false);
    },
  );
});

describe('when to come back', () => {
  const error = (details: object) => ({ message: 'x', extensions: { details } });

  it('is the longest time that an error names, in whole seconds', () => {
    const errors = [error({ retryAfterMs: 250 }), error({ limit: 1 }), error({ retryAfterMs: 1001 })];
    expect(retryAfterOf(errors)).toBe('2');
    expect(retryAfterOf([error({ retryAfterMs: 250 })])).toBe('1');
  });

  it('is not said where no error names a time', () => {
    for (const errors of [[], [error({})], [{ message: 'x' }], [error({ retryAfterMs: 'soon' })]])
      expect(retryAfterOf(errors)).toBeNull();
  });
});
