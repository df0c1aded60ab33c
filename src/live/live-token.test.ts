import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { liveTokens, scopeOf, type LivePosition } from './live-token.js';

const tokens = liveTokens('deployment-1');
const position: LivePosition = { epoch: 'e-1', revision: 42, index: 3, scope: 'abc', snapshot: false };

describe('a position', () => {
  it('comes back from its token as it was', () => {
    const positions = fc.record({
      epoch: fc.string(),
      revision: fc.nat(),
      index: fc.option(fc.nat()),
      scope: fc.option(fc.string()),
      snapshot: fc.boolean(),
    });
    fc.assert(
      fc.property(positions, (given) => {
        const token = tokens.encode(given);
        expect(token).toMatch(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{12}$/);
        expect(tokens.decode(token)).toEqual(given);
      }),
    );
  });

  it('is understood by every process of the deployment, and by no other', () => {
    const token = tokens.encode(position);
    expect(liveTokens('deployment-1').decode(token)).toEqual(position);
    expect(liveTokens('deployment-2').decode(token)).toBeNull();
  });

  it('fits what the API takes, with ids of their usual length', () => {
    const ulid = '0'.repeat(26);
    const token = tokens.encode({ ...position, epoch: ulid, revision: Number.MAX_SAFE_INTEGER });
    expect(token.length).toBeLessThan(512);
  });
});

describe('a text', () => {
  const [body = '', signature = ''] = tokens.encode(position).split('.');
  const other = tokens.encode({ ...position, revision: 43 }).split('.')[0];

  it.each([
    '',
    '.',
    body,
    `${body}.`,
    `.${signature}`,
    `${body}.${signature}.x`,
    `${body}.${signature.slice(1)}`,
    `${body}.${signature}x`,
    `${body}.${'x'.repeat(signature.length)}`,
    `${body}.${'é'.repeat(signature.length)}`,
    `${other}.${signature}`,
  ])('%j is no position', (text) => {
    expect(tokens.decode(text)).toBeNull();
  });

  it('with any character changed is no position', () => {
    const token = tokens.encode(position);
    fc.assert(
      fc.property(fc.nat({ max: token.length - 1 }), fc.constantFrom(...'aB3-_.'), (at, character) => {
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        expect(tokens.decode(changed)).toEqual(changed === token ? position : null);
      }),
    );
  });
});

it('a scope is short, the same for equal filters and views, and another for others', () => {
  expect(scopeOf({ states: ['RUNNING'] }, 'all')).toMatch(/^[\w-]{10}$/);
  expect(scopeOf({ states: ['RUNNING'] }, 'all')).toBe(scopeOf({ states: ['RUNNING'] }, 'all'));
  const scopes = [
    scopeOf({}, 'all'),
    scopeOf({}, 'owner:u-1'),
    scopeOf({ states: ['RUNNING'] }, 'all'),
    scopeOf({ states: [] }, 'all'),
  ];
  expect(new Set(scopes).size).toBe(scopes.length);
});
