import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ID_PREFIXES, isId, systemIds } from './ids.js';

describe('made ids', () => {
  it('have their prefix and an upper-case ULID', () => {
    const ids = systemIds();
    for (const prefix of ID_PREFIXES) {
      const id = ids.next(prefix);
      expect(id).toMatch(new RegExp(`^${prefix}_[0-9A-HJKMNP-TV-Z]{26}$`));
      expect(isId(prefix, id)).toBe(true);
    }
    expect(ids.ulid()).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
  });

  it('sort in the order they were made, also within one millisecond', () => {
    const ids = systemIds();
    const made = Array.from({ length: 2000 }, () => ids.next('ins'));
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
  });
});

describe('a text', () => {
  const good = 'ins_01ARZ3NDEKTSV4RRFFQ69G5FAV';

  it('is an id of its own prefix only', () => {
    expect(ID_PREFIXES.filter((prefix) => isId(prefix, good))).toEqual(['ins']);
  });

  it.each([
    ['in lower case', good.toLowerCase()],
    ['with a lower-case ULID', `ins_${good.slice(4).toLowerCase()}`],
    ['too short', good.slice(0, -1)],
    ['too long', `${good}0`],
    ['with a letter ULIDs do not use', `${good.slice(0, -1)}U`],
    ['without a prefix', good.slice(4)],
    ['with a blank', ` ${good}`],
    ['empty', ''],
  ])('%s is none', (_, text) => {
    expect(isId('ins', text)).toBe(false);
  });

  it('is an id exactly when it has the form', () => {
    const ulidLike = fc.stringMatching(/^[0-9A-Za-z]{24,28}$/);
    fc.assert(
      fc.property(ulidLike, (rest) => {
        expect(isId('wrk', `wrk_${rest}`)).toBe(/^[0-9A-HJKMNP-TV-Z]{26}$/.test(rest));
      }),
    );
  });
});
