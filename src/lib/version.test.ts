import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions, parseVersion, versionRank } from './version.js';

const number = fc.integer({ min: 0, max: 999_999 });
const version = fc.tuple(number, number, number).map((numbers) => numbers.join('.'));

describe('a version', () => {
  it.each([
    ['0.0.0', [0, 0, 0]],
    ['1.10.0', [1, 10, 0]],
    ['999999.999999.999999', [999_999, 999_999, 999_999]],
  ])('%s is three numbers', (text, numbers) => {
    expect(parseVersion(text)).toEqual(numbers);
  });

  it.each([
    ['1.0'],
    ['v1.0.0'],
    ['01.0.0'],
    ['1.00.0'],
    ['1.0.0-rc1'],
    ['1.0.0+b'],
    ['1.0.0.0'],
    ['1000000.0.0'],
    ['-1.0.0'],
    [' 1.0.0'],
    ['1.0.0\n'],
    ['1..0'],
    [''],
  ])('is not %j', (text) => {
    expect(parseVersion(text)).toBeNull();
    expect(() => compareVersions(text, '1.0.0')).toThrow(`not a version: ${text}`);
    expect(() => versionRank(text)).toThrow(TypeError);
  });

  it('is compared number by number', () => {
    const sorted = ['1.9.0', '2.10.0', '1.10.0', '1.2.0', '2.9.0'].sort(compareVersions);
    expect(sorted).toEqual(['1.2.0', '1.9.0', '1.10.0', '2.9.0', '2.10.0']);
    expect(compareVersions('1.2.3', '1.2.3')).toBe(0);
    expect(compareVersions('1.2.3', '1.2.4')).toBeLessThan(0);
    expect(compareVersions('2.0.0', '1.9.9')).toBeGreaterThan(0);
  });
});

describe('the order of versions', () => {
  it('is that of their numbers, total and antisymmetric', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        expect(compareVersions(a, b) === 0).toBe(a === b);
        const [low, middle, high] = [a, b, c].sort(compareVersions) as [string, string, string];
        expect(compareVersions(low, middle)).toBeLessThanOrEqual(0);
        expect(compareVersions(low, high)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('is the reverse of the text order of their ranks', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        const [first, second] = [versionRank(a), versionRank(b)];
        const byRank = first < second ? 1 : first > second ? -1 : 0;
        expect(Math.sign(compareVersions(a, b))).toBe(byRank);
        expect(first).toHaveLength(20);
      }),
    );
  });
});
