import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareLoosely, imageReasons, isWithin, matchesPattern, versionNumbers } from './image.js';

const FACTS = {
  amiName: 'CML-2.9.1-metal',
  cmlVersion: '2.9.1+build.3',
  nodeDefinitions: ['iosv', 'ubuntu'],
};
const UNREPORTED = { amiName: null, cmlVersion: null, nodeDefinitions: null };

describe('imageReasons', () => {
  it('accepts facts that satisfy every part of every item', () => {
    const all = [
      { namePattern: 'CML-2.9.*', minVersion: '2.9.0', maxVersion: '2.9.1', nodeDefinitions: ['iosv'] },
      { namePattern: null, minVersion: '2.7.0', maxVersion: null, nodeDefinitions: null },
      { nodeDefinitions: [] },
    ];
    expect(imageReasons(all, FACTS)).toEqual([]);
    expect(imageReasons([], UNREPORTED)).toEqual([]);
  });

  it('names each part that does not hold, with need and actual', () => {
    const item = {
      namePattern: 'CML-2.10.*',
      minVersion: '2.10.0',
      maxVersion: '2.11.0',
      nodeDefinitions: ['iosv', 'nxos'],
    };
    expect(imageReasons([item], FACTS)).toEqual([
      { kind: 'IMAGE_NAME', need: 'CML-2.10.*', actual: 'CML-2.9.1-metal' },
      { kind: 'IMAGE_VERSION', need: '>=2.10.0 <=2.11.0', actual: '2.9.1+build.3' },
      { kind: 'NODE_DEFINITIONS', need: 'iosv, nxos', actual: 'iosv, ubuntu' },
    ]);
  });

  it('takes an unreported fact as not satisfying', () => {
    const items = [{ namePattern: '*' }, { maxVersion: '99.0.0' }, { nodeDefinitions: ['iosv'] }];
    expect(imageReasons(items, UNREPORTED)).toEqual([
      { kind: 'IMAGE_NAME', need: '*', actual: null },
      { kind: 'IMAGE_VERSION', need: '<=99.0.0', actual: null },
      { kind: 'NODE_DEFINITIONS', need: 'iosv', actual: null },
    ]);
  });

  it('lists a reason once when several items give it', () => {
    const item = { minVersion: '3.0.0' };
    expect(imageReasons([item, item], FACTS)).toHaveLength(1);
  });
});

describe('versions', () => {
  it('compare number by number', () => {
    expect(compareLoosely('2.10.0', '2.9.0')).toBeGreaterThan(0);
    expect(compareLoosely('2.9', '2.9.0')).toBe(0);
    expect(compareLoosely('2.9.0.1', '2.9.0')).toBeGreaterThan(0);
    expect(compareLoosely('2.9.0', '2.9.0.1')).toBeLessThan(0);
    expect(compareLoosely('next', '2.9.0')).toBeNaN();
    expect(compareLoosely('2.9.0', '')).toBeNaN();
  });

  it.each([
    ['2.9.0+build.3', [2, 9, 0]],
    ['2.9', [2, 9, 0]],
    ['v2.10.0-dev', [2, 10, 0]],
    [' 2.9.1', [2, 9, 1]],
    ['2.9.0.12', [2, 9, 0, 12]],
    ['latest', null],
    ['', null],
  ])('of %j are %j', (text, numbers) => {
    expect(versionNumbers(text)).toEqual(numbers);
  });

  it.each([
    ['2.10.0', '2.9.0', null, true],
    ['2.9.0', '2.9.0', '2.9.0', true],
    ['2.9', '2.9.1', null, false],
    ['2.9.5', null, '2.9.0', false],
    ['unknown', null, null, false],
    ['2.9.0', 'odd', null, false],
    ['2.9.0', null, 'odd', false],
  ])('%s within %s and %s: %s', (version, min, max, expected) => {
    expect(isWithin(version, min, max)).toBe(expected);
  });
});

describe('matchesPattern', () => {
  it.each([
    ['CML-2.9.*', 'CML-2.9.0', true],
    ['CML-2.9.*', 'CML-2x9.0', false],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['a', 'a', true],
    ['ab*ba', 'aba', false],
    ['ab*ba', 'abba', true],
    ['*b*', 'abc', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c', false],
    ['a*bc*c', 'abc', false],
    ['[a]?', '[a]?', true],
  ])('%j on %j: %s', (pattern, text, expected) => {
    expect(matchesPattern(pattern, text)).toBe(expected);
  });

  it('agrees with a regular expression that takes everything else literally', () => {
    const letters = (chars: string) => fc.string({ unit: fc.constantFrom(...chars), maxLength: 8 });
    fc.assert(
      fc.property(letters('ab.*'), letters('ab.'), (pattern, text) => {
        const source = pattern.split('*').map((part) => part.replaceAll('.', '\\.'));
        expect(matchesPattern(pattern, text)).toBe(new RegExp(`^${source.join('.*')}$`).test(text));
      }),
      { numRuns: 1000 },
    );
  });

  it('is quick for patterns that make backtracking slow', () => {
    const started = performance.now();
    expect(matchesPattern('*a'.repeat(50) + 'b', 'a'.repeat(20_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(500);
  });
});
