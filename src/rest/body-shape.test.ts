import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shapeExcess, shapeRefusal } from './body-shape.js';

const PLENTY = Number.MAX_SAFE_INTEGER;

const within = (value: unknown): readonly unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value) : [];
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? 1 + within(value).reduce<number>((most, inner) => Math.max(most, depthOf(inner)), 0)
    : 0;
const valuesOf = (value: unknown): number =>
  within(value).reduce<number>((sum, inner) => sum + valuesOf(inner), 1);

/** Texts that look like structure, and end in what might hide their quote. */
const misleading = fc.constantFrom('"', '\\', '\\"', '[{', '}],', ',,,', '\\\\', '\\u0022', '\u2028', '💥');
const texts = fc.oneof(
  fc.array(misleading, { maxLength: 6 }).map((parts) => parts.join('')),
  fc.string(),
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(texts, fc.double(), fc.boolean(), fc.constant(null)),
    fc.array(tie('json'), { maxLength: 6 }),
    fc.dictionary(texts, tie('json'), { maxKeys: 6 }),
  ),
}));

describe('the shape of a body', () => {
  it('is that of the value which the parser makes of it, however it is written', () => {
    let large = 0;
    fc.assert(
      fc.property(json, fc.constantFrom('', ' ', '\t', '\n \n'), (value, space) => {
        const text = JSON.stringify(value, null, space);
        const [depth, values] = [depthOf(JSON.parse(text)), valuesOf(JSON.parse(text))];
        if (values > 10) large++;
        expect(shapeExcess(text, { depth, values })).toBeNull();
        const fewer = { depth: PLENTY, values: values - 1 };
        expect(shapeExcess(text, fewer)).toEqual({ limit: 'values', max: values - 1 });
        if (depth === 0) return;
        const flatter = { depth: depth - 1, values: PLENTY };
        expect(shapeExcess(text, flatter)).toEqual({ limit: 'depth', max: depth - 1 });
      }),
      { numRuns: 1000 },
    );
    expect(large).toBeGreaterThan(50);
  });

  it('of what is no JSON is left to the parser, unless it is too much as well', () => {
    const shape = { depth: 3, values: 5 };
    fc.assert(fc.property(fc.string(), (text) => void shapeExcess(text, shape)));
    for (const text of [
      '{"a":"never ends, and [[[[[[ is',
      '{"a":"\\"[[[[[[[[',
      ']]]]]]]]]]]]]]',
      '     nothing     ',
    ])
      expect([text, shapeExcess(text, shape)]).toEqual([text, null]);
    expect(shapeExcess('[[[[ never closed', shape)?.limit).toBe('depth');
    expect(shapeExcess('1,2,3,4,5,6 in no list', shape)?.limit).toBe('values');
  });

  it.each([
    ['depth', 'bodyDepth', 'TOO_DEEP'],
    ['values', 'bodyValues', 'TOO_MANY_VALUES'],
  ] as const)('is refused by %s as a query, and elsewhere as an input', (limit, name, rule) => {
    expect(shapeRefusal({ limit, max: 7 }, true)).toMatchObject({
      code: 'QUERY_TOO_COSTLY',
      details: { limit: name, max: 7, actual: null },
    });
    expect(shapeRefusal({ limit, max: 7 }, false)).toMatchObject({
      code: 'VALIDATION_FAILED',
      details: { fields: [{ path: '', rule }] },
    });
  });
});
