import { expect, it } from 'vitest';
import { JsonPart, jsonOf } from './json-parts.js';

it('puts the parts in their places, whatever is in them', () => {
  const inner = JSON.stringify({ text: 'a "quoted" $& \\ \u2028 text', of: [new JsonPart('1').toJSON()] });
  const value = { a: new JsonPart('[1,2]'), b: 'b', c: [new JsonPart(inner), null, new JsonPart('"x"')] };
  expect(jsonOf(value)).toBe(`{"a":[1,2],"b":"b","c":[${inner},null,"x"]}`);
});

it('is plain JSON without parts', () => {
  expect(jsonOf({ a: [1, null, 'x'], b: undefined })).toBe('{"a":[1,null,"x"]}');
});

it('keeps nothing of a value that could not be written', () => {
  const broken = {
    part: new JsonPart('1'),
    get fault(): never {
      throw new TypeError('no');
    },
  };
  expect(() => jsonOf(broken)).toThrow('no');
  expect(jsonOf([new JsonPart('2')])).toBe('[2]');
});
