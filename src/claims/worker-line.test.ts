import { describe, expect, it } from 'vitest';
import { LineFull, workerLine } from './worker-line.js';

/** Work that ends when told to. */
function task() {
  let end: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (end = resolve));
  return { done, end };
}

describe('the line of a worker', () => {
  it('does one thing after the other, in the order they came', async () => {
    const inLine = workerLine(10);
    const seen: string[] = [];
    const first = task();
    const work = (name: string, wait?: Promise<void>) =>
      inLine('w', async () => {
        seen.push(`${name} begins`);
        await wait;
        seen.push(`${name} ends`);
      });
    const all = [work('a', first.done), work('b'), work('c')];
    await Promise.resolve();
    expect(seen).toEqual(['a begins']);
    first.end();
    await Promise.all(all);
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('does not let workers wait for each other', async () => {
    const inLine = workerLine(10);
    const first = task();
    const slow = inLine('slow', () => first.done);
    await expect(inLine('fast', () => Promise.resolve('done'))).resolves.toBe('done');
    first.end();
    await slow;
  });

  it('goes on after one that failed, and each gets its own answer', async () => {
    const inLine = workerLine(10);
    const failing = inLine('w', () => Promise.reject(new Error('mine')));
    const fine = inLine('w', () => Promise.resolve('ours'));
    await expect(failing).rejects.toThrow('mine');
    await expect(fine).resolves.toBe('ours');
  });

  it('refuses at once what is more than may wait, and takes new work once the line is shorter', async () => {
    const inLine = workerLine(2);
    const first = task();
    const all = [inLine('w', () => first.done), inLine('w', () => Promise.resolve())];
    await expect(inLine('w', () => Promise.resolve())).rejects.toThrow(LineFull);
    first.end();
    await Promise.all(all);
    await expect(inLine('w', () => Promise.resolve('again'))).resolves.toBe('again');
  });
});
