import { expect, it } from 'vitest';
import { wrapped } from './wrapped.js';

it('wraps methods once, with what they belong to, and leaves values alone', () => {
  const wraps: string[] = [];
  const counter = {
    count: 1,
    next() {
      return ++this.count;
    },
  };
  const told = wrapped(counter, (name, method) => {
    wraps.push(name);
    return (...given) => `${name} ${String(method(...given))}`;
  });
  expect([told.next(), told.next(), told.count]).toEqual(['next 2', 'next 3', 3]);
  expect(wraps).toEqual(['next']);
});

it('wraps anew what is replaced', () => {
  const told = wrapped({ say: (): string => 'one' }, (_name, method) => () => `${String(method())}!`);
  expect(told.say()).toBe('one!');
  told.say = () => 'two';
  expect(told.say()).toBe('two!');
});
