import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChangeRing, LiveValue, type HubChange } from './change-ring.js';

const change = (revision: number, index = 0): HubChange => ({
  revision,
  index,
  key: `/ccm/${revision}/${index}`,
  value: null,
  previous: null,
  group: null,
});
const places = (changes: readonly HubChange[] | null) =>
  changes && changes.map(({ revision, index }) => `${revision}.${index}`);

/** A ring above revision 10 with revisions of the given sizes: 11, 12, … */
function ring(sizes: readonly number[], limit = 100): ChangeRing {
  const made = new ChangeRing({ changes: limit, bytes: Number.POSITIVE_INFINITY });
  made.reset(10);
  sizes.forEach((size, at) => {
    for (let index = 0; index < size; index++) made.push(change(11 + at, index));
    made.trim();
  });
  return made;
}

describe('a live value', () => {
  it('is decoded once, on first use', () => {
    let decoded = 0;
    const decoder = { decode: (text: string) => ({ ok: true as const, value: { text, n: ++decoded } }) };
    const value = new LiveValue('{"v":1}');
    expect(value.as(decoder)).toEqual({ text: '{"v":1}', n: 1 });
    expect(value.as(decoder)).toBe(value.as(decoder));
    expect(decoded).toBe(1);
  });

  it('that cannot be read is nothing, and is not tried again', () => {
    let tried = 0;
    const decoder = { decode: () => ({ ok: false as const, tried: ++tried }) };
    const value = new LiveValue('{');
    expect([value.as(decoder), value.as(decoder), tried]).toEqual([null, null, 1]);
  });
});

describe('the ring', () => {
  it('gives what follows the end of a revision', () => {
    const recent = ring([1, 2, 1]);
    expect(places(recent.since({ revision: 10, index: null }))).toEqual(['11.0', '12.0', '12.1', '13.0']);
    expect(places(recent.since({ revision: 12, index: null }))).toEqual(['13.0']);
    expect(places(recent.since({ revision: 13, index: null }))).toEqual([]);
  });

  it('gives what follows one change of a revision', () => {
    const recent = ring([3, 1]);
    expect(places(recent.since({ revision: 11, index: 0 }))).toEqual(['11.1', '11.2', '12.0']);
    expect(places(recent.since({ revision: 11, index: 2 }))).toEqual(['12.0']);
  });

  it('knows nothing of revisions before it began', () => {
    const recent = ring([1]);
    expect(recent.since({ revision: 9, index: null })).toBeNull();
    expect(recent.since({ revision: 9, index: 0 })).toBeNull();
  });

  it('skips revisions that changed nothing', () => {
    const recent = new ChangeRing({ changes: 10, bytes: 1e6 });
    recent.reset(10);
    for (const revision of [15, 20]) recent.push(change(revision));
    expect(places(recent.since({ revision: 12, index: null }))).toEqual(['15.0', '20.0']);
    expect(places(recent.since({ revision: 17, index: null }))).toEqual(['20.0']);
  });

  it('forgets everything when it is reset, also to an earlier revision', () => {
    const recent = ring([1, 1]);
    recent.reset(5);
    expect(recent.since({ revision: 4, index: null })).toBeNull();
    expect(recent.since({ revision: 5, index: null })).toEqual([]);
  });

  it('drops its oldest revisions whole, a tenth of its limit at a time', () => {
    const recent = ring(
      Array.from({ length: 11 }, () => 1),
      10,
    );
    expect(recent.since({ revision: 11, index: null })).toBeNull();
    expect(recent.since({ revision: 12, index: null })).toHaveLength(9);
    const wide = ring([4, 4, 4], 10);
    expect(wide.since({ revision: 10, index: null })).toBeNull();
    expect(places(wide.since({ revision: 11, index: null }))?.[0]).toBe('12.0');
  });

  it('that is too small for one revision keeps none of it', () => {
    const tiny = ring([3], 1);
    expect(tiny.since({ revision: 10, index: null })).toBeNull();
    expect(tiny.since({ revision: 11, index: null })).toEqual([]);
  });

  it('drops its oldest revisions when they are too large together', () => {
    const recent = new ChangeRing({ changes: 1000, bytes: 10_000 });
    recent.reset(10);
    for (let revision = 11; revision <= 30; revision++) {
      recent.push({ ...change(revision), value: new LiveValue('x'.repeat(800)) });
      recent.trim();
      expect(recent.bytes).toBeLessThanOrEqual(10_000);
    }
    expect(recent.since({ revision: recent.floor - 1, index: null })).toBeNull();
    const held = recent.since({ revision: recent.floor, index: null });
    expect(held?.at(-1)?.revision).toBe(30);
    expect(held).toHaveLength(30 - recent.floor);
    expect(30 - recent.floor).toBeGreaterThanOrEqual(8);
    recent.reset(30);
    expect(recent.bytes).toBe(0);
  });

  it('knows nothing of what followed inside the revision it began after', () => {
    expect(ring([1]).since({ revision: 10, index: 0 })).toBeNull();
  });

  it('never has a gap: either all that followed a revision, or the word that some is gone', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 40 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 20 }), fc.nat({ max: 60 }), (list, limit, from) => {
        const recent = ring(list, limit);
        const all = list.flatMap((size, at) => Array.from({ length: size }, (_, n) => change(11 + at, n)));
        const found = recent.since({ revision: from, index: null });
        if (found) expect(places(found)).toEqual(places(all.filter(({ revision }) => revision > from)));
        // What was latest is always there, and there is never more than the limit.
        expect(recent.since({ revision: 10 + list.length, index: null })).toEqual([]);
        expect(found?.length ?? 0).toBeLessThanOrEqual(limit);
      }),
    );
  });
});
