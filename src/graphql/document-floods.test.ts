import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { floodOf } from './document-floods.js';

const flood = (text: string, variables = {}) =>
  floodOf(parse(text), variables, { fragments: 2, repeats: 3, values: 4 })?.details ?? null;
const fragments = (count: number) =>
  Array.from({ length: count }, (_, n) => `fragment f${n} on Query { a }`).join(' ');

describe('a document', () => {
  it('has as many fragments as are allowed, used or not', () => {
    expect(flood(`{ ...f0 } ${fragments(2)}`)).toBeNull();
    expect(flood(`{ a } ${fragments(3)}`)).toEqual({ limit: 'fragments', max: 2, actual: 3 });
  });

  it('has as many values in its variables as are allowed, however deep', () => {
    expect(flood('{ a }', { a: 1, b: [2, 3] })).toBeNull();
    const excess = { limit: 'values', max: 4, actual: 5 };
    expect(flood('{ a }', { a: 1, b: { c: [2, 3] } })).toEqual(excess);
    expect(flood('{ a }', { a: Array(100_000).fill(null) })).toEqual(excess);
    expect(flood('{ a }', { a: JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) })).toEqual(excess);
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
