import { describe, expect, it } from 'vitest';
import { matchesPattern } from '../claims/image.js';
import { patternsMeet, templateImageReasons, versionPrefix } from './template-image.js';

/** Every text of these letters up to a length. */
function texts(letters: string, longest: number): string[] {
  const all = [''];
  for (const text of all) if (text.length < longest) all.push(...[...letters].map((letter) => text + letter));
  return all;
}

describe('two patterns', () => {
  it('meet exactly where brute force finds a text that matches both', () => {
    // The shortest such text is no longer than both patterns together.
    const names = texts('ab', 8);
    const patterns = texts('ab*', 4);
    const matches = patterns.map((pattern) => names.map((name) => matchesPattern(pattern, name)));
    const wrong = patterns.flatMap((a, i) =>
      patterns.filter((b, j) => {
        const found = names.some((_, name) => matches[i]?.[name] && matches[j]?.[name]);
        return patternsMeet(a, b) !== found;
      }),
    );
    expect(wrong).toEqual([]);
  });

  it.each([
    ['CML-2.9.*', 'CML-2.9.*', true],
    ['CML-*', '*-metal', true],
    ['CML-2.10.*', 'CML-2.9.*', false],
    ['*2.10*', 'CML-2.9.*', true],
    ['cml-*', 'CML-*', false],
    ['a.c', 'abc', false],
  ])('%s and %s: %s', (a, b, meet) => {
    expect([patternsMeet(a, b), patternsMeet(b, a)]).toEqual([meet, meet]);
  });

  it('of the greatest length are compared at once', () => {
    const [a, b] = ['*a'.repeat(100), '*b'.repeat(50)];
    expect(patternsMeet(a, `${b}*`)).toBe(true);
    expect(patternsMeet(a, b)).toBe(false);
  });
});

describe('the version an image pattern stands for', () => {
  it.each([
    ['CML-2.9.*', '2.9'],
    ['CML-2.9.1-metal', '2.9.1'],
    ['CML-2.9*', '2.9'],
    ['CML-2.*', '2'],
    ['cml2-2.10.*', '2.10'],
    ['ubuntu-22-cml-2.9', '2.9'],
    ['node22-*', null],
    ['CML-*', null],
    ['*', null],
  ])('of %s is %s', (pattern, prefix) => expect(versionPrefix(pattern)).toBe(prefix));

  const bounds = (minVersion: string | null, maxVersion: string | null) => [{ minVersion, maxVersion }];

  it.each([
    ['2.9.0', '2.9.0', true],
    ['2.9.99', null, true],
    [null, '2.9.0', true],
    [null, '2.9', true],
    ['2.8.0', '2.10.0', true],
    ['2.10.0', null, false],
    ['2.9.0.7', null, true],
    [null, '2.8.99', false],
    ['3', null, false],
    ['2.9.3', '2.9.1', false],
  ])('2.9 overlaps %s to %s: %s', (min, max, overlaps) => {
    expect(templateImageReasons(bounds(min, max), 'CML-2.9.*').length === 0).toBe(overlaps);
  });

  it('is any where there is no number, as long as the bounds leave one', () => {
    expect(templateImageReasons(bounds('99.0.0', null), 'CML-*')).toEqual([]);
    expect(templateImageReasons(bounds('2.9.1', '2.9.0'), 'CML-*')).toHaveLength(1);
  });

  it('must lie within the bounds of all requirements at once', () => {
    const apart = [{ minVersion: '2.9.3' }, { maxVersion: '2.9.1' }, { minVersion: '2.9.2' }];
    expect(templateImageReasons(apart, 'CML-2.9.*')).toEqual([
      { kind: 'IMAGE_VERSION', need: '>=2.9.3 <=2.9.1', actual: 'CML-2.9.*' },
    ]);
  });
});

describe('reasons', () => {
  it('name each pattern once, then the version; node definitions are no concern of a template', () => {
    const item = { namePattern: 'lab-*', minVersion: '2.10.0', nodeDefinitions: ['nxos'] };
    expect(templateImageReasons([item, item, { nodeDefinitions: ['iosv'] }], 'CML-2.9.*')).toEqual([
      { kind: 'IMAGE_NAME', need: 'lab-*', actual: 'CML-2.9.*' },
      { kind: 'IMAGE_VERSION', need: '>=2.10.0', actual: 'CML-2.9.*' },
    ]);
    expect(templateImageReasons([], 'CML-2.9.*')).toEqual([]);
    expect(templateImageReasons([{ namePattern: null }], '*')).toEqual([]);
  });
});
