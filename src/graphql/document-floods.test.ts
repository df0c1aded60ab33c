import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { floodOf, variablesExcess } from './document-floods.js';

const LIMITS = { fragments: 2, repeats: 3, values: 4 };
const flood = (text: string) => floodOf(parse(text), LIMITS)?.details ?? null;
const fragments = (count: number) =>
  Array.from({ length: count }, (_, n) => `fragment f${n} on Query { a }`).join(' ');

describe('a document', () => {
  it('has as many fragments as are allowed, used or not', () => {
    expect(flood(`{ ...f0 } ${fragments(2)}`)).toBeNull();
    expect(flood(`{ a } ${fragments(3)}`)).toEqual({ limit: 'fragments', max: 2, actual: 3 });
  });

  it('has names that can be read', () => {
    expect(flood(`{ ${'x'.repeat(256)} }`)).toBeNull();
    const long = { limit: 'nameLength', max: 256, actual: 257 };
    expect(flood(`{ ${'x'.repeat(257)} }`)).toEqual(long);
    expect(flood(`{ a(${'x'.repeat(257)}: 1) }`)).toEqual(long);
  });

  it.each([
    ['{ a b a b a }', null],
    ['{ a a a a }', null],
    ['{ a a a a a }', 4],
    ['{ a: b a: c a: d a a }', 4],
    ['{ a ... { a ... { a a } } a }', 4],
    ['{ a { x x x } b { x x x } }', 4],
    ['{ a { x } b { x } c { x } d { x } e { x } }', null],
    ['{ b } fragment f on Query { a a a a a }', 4],
    ['query A { a a a } query B { a a a }', 4],
  ])('%s repeats fields: %s', (text, actual) => {
    expect(flood(text)).toEqual(actual === null ? null : { limit: 'repeats', max: 3, actual });
  });
});

it('variables have as many values as are allowed, however deep', () => {
  const excess = (variables: Record<string, unknown>) => variablesExcess(variables, LIMITS)?.details ?? null;
  expect(excess({ a: 1, b: [2, 3] })).toBeNull();
  const tooMany = { limit: 'values', max: 4, actual: 5 };
  expect(excess({ a: 1, b: { c: [2, 3] } })).toEqual(tooMany);
  expect(excess({ a: Array(100_000).fill(null) })).toEqual(tooMany);
  expect(excess({ a: JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) })).toEqual(tooMany);
});
