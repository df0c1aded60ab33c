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

it('what an argument gives is a position, or a fault that names the argument', () => {
  expect(tokens.read(tokens.encode(position), 'after')).toEqual(position);
  expect(() => tokens.read('nonsense', 'after')).toThrow(
    expect.objectContaining({
      code: 'VALIDATION_FAILED',
      details: { fields: [expect.objectContaining({ path: 'after', rule: 'LIVE_REVISION' })] },
    }),
  );
});

describe('a scope', () => {
  it('is short, and the same for what means the same', () => {
    const scope = scopeOf('stream', { states: ['RUNNING', 'PENDING'], workerId: 'wrk' }, 'all');
    expect(scope).toMatch(/^[\w-]{10}$/);
    expect(scopeOf('stream', { workerId: 'wrk', states: ['PENDING', 'RUNNING'], ids: null }, 'all')).toBe(
      scope,
    );
  });

  it('is another one for another stream, filter or view', () => {
    const scopes = [
      scopeOf('one', {}, 'all'),
      scopeOf('other', {}, 'all'),
      scopeOf('one', {}, 'owner:u-1'),
      scopeOf('one', { states: ['RUNNING'] }, 'all'),
      scopeOf('one', { states: [] }, 'all'),
      scopeOf('one', { ids: ['RUNNING'] }, 'all'),
    ];
    expect(new Set(scopes).size).toBe(scopes.length);
  });
});
