import { describe, expect, it } from 'vitest';
import { wantsPlainJson } from './answer-status.js';

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
