import { expect, it } from 'vitest';
import { parsedTexts } from './parsed-texts.js';

const ROOM = { characters: 100, longest: 40 };
const textOf = (n: number) => JSON.stringify({ n, list: [n] });

it('parses a text once, for all who read it, and lets none of them change it', () => {
  const parse = parsedTexts<{ n: number; list: number[] }>(ROOM);
  const first = parse('a', textOf(1));
  expect(parse('a', textOf(1))).toBe(first);
  expect(Reflect.set(first, 'n', 2)).toBe(false);
  expect(Reflect.set(first.list, 0, 2)).toBe(false);
  expect(first).toEqual({ n: 1, list: [1] });
});

it('answers what the text says, also for a view of older data', () => {
  const parse = parsedTexts<{ n: number }>(ROOM);
  for (const n of [1, 2, 1, 2]) expect(parse('a', textOf(n))).toEqual(JSON.parse(textOf(n)));
});

it('keeps no more than there is room for, those that were used last', () => {
  const parse = parsedTexts<{ n: number }>(ROOM);
  const ids = Array.from({ length: 20 }, (_, n) => `id${n}`);
  const made = ids.map((id) => parse(id, textOf(7)));
  // From the last one on, since whatever is parsed anew takes the room of another.
  const isKept = ids.map((id, at) => [id, made[at]] as const).reverse();
  const kept = isKept.filter(([id, before]) => parse(id, textOf(7)) === before).map(([id]) => id);
  expect(kept).toEqual(['id19', 'id18', 'id17', 'id16', 'id15'].slice(0, Math.floor(100 / textOf(7).length)));
});

it('keeps no long text', () => {
  const parse = parsedTexts<{ text: string }>(ROOM);
  const long = JSON.stringify({ text: 'x'.repeat(40) });
  expect(parse('a', long)).not.toBe(parse('a', long));
  expect(Object.isFrozen(parse('a', long))).toBe(true);
});
