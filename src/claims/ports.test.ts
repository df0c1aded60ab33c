import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allocatePorts,
  assertPortRange,
  assertUsablePort,
  availablePorts,
  DEFAULT_EXCLUDED_PORTS,
  DEFAULT_PORT_RANGE,
  usablePorts,
} from './ports.js';

const NAMES = ['serial_1', 'vnc_1', 'web'];
const NONE: ReadonlySet<number> = new Set();

describe('allocatePorts', () => {
  it('gives 2000, 2001, 2002 in template order on an empty default worker', () => {
    const names = ['zeta', 'alpha', 'mid'];
    const { ports } = allocatePorts(names, DEFAULT_PORT_RANGE, DEFAULT_EXCLUDED_PORTS, NONE) as {
      ports: object;
    };
    expect(Object.entries(ports)).toEqual([
      ['zeta', 2000],
      ['alpha', 2001],
      ['mid', 2002],
    ]);
  });

  it('reuses freed numbers, lowest first', () => {
    const result = allocatePorts(NAMES, { start: 2000, end: 2009 }, [], new Set([2000, 2002, 2004]));
    expect(result).toEqual({ granted: true, ports: { serial_1: 2001, vnc_1: 2003, web: 2005 } });
  });

  it('never gives an excluded number', () => {
    const result = allocatePorts(['a', 'b'], { start: 9089, end: 9099 }, [9090], NONE);
    expect(result).toEqual({ granted: true, ports: { a: 9089, b: 9091 } });
  });

  it('gives all or none, and says how many are free', () => {
    const range = { start: 2000, end: 2002 };
    const result = allocatePorts(['a', 'b'], range, [], new Set([2000, 2001]));
    expect(result).toEqual({ granted: false, need: 2, free: 1 });
  });

  it('needs no numbers for an empty template', () => {
    expect(allocatePorts([], { start: 2000, end: 2000 }, [2000], NONE)).toEqual({ granted: true, ports: {} });
  });

  it('gives the lowest free usable numbers for any range, exclusions and holdings', () => {
    const number = fc.integer({ min: 1024, max: 1100 });
    const scene = fc.record({
      bounds: fc.tuple(number, number),
      excluded: fc.array(number, { maxLength: 20 }),
      held: fc.array(number, { maxLength: 60 }),
      count: fc.integer({ min: 0, max: 30 }),
    });
    fc.assert(
      fc.property(scene, ({ bounds, excluded, held: taken, count }) => {
        const range = { start: Math.min(...bounds), end: Math.max(...bounds) };
        const held = new Set(taken);
        const free: number[] = [];
        for (let n = range.start; n <= range.end; n++) {
          if (!held.has(n) && !excluded.includes(n)) free.push(n);
        }
        expect(availablePorts(range, excluded, held)).toBe(free.length);
        const names = Array.from({ length: count }, (_, i) => `p${i}`);
        const result = allocatePorts(names, range, excluded, held);
        if (count > free.length) {
          expect(result).toEqual({ granted: false, need: count, free: free.length });
        } else {
          const ports = Object.fromEntries(names.map((name, i) => [name, free[i]]));
          expect(result).toEqual({ granted: true, ports });
        }
      }),
    );
  });

  it('is quick with thousands of numbers held', () => {
    const held = new Set<number>();
    const started = performance.now();
    for (let i = 0; i < 1000; i++) {
      const result = allocatePorts(NAMES, DEFAULT_PORT_RANGE, DEFAULT_EXCLUDED_PORTS, held);
      if (result.granted) for (const number of Object.values(result.ports)) held.add(number);
    }
    expect(held.size).toBe(3000);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('port counts', () => {
  it('shows 7999 available ports on a default worker', () => {
    expect(usablePorts(DEFAULT_PORT_RANGE, DEFAULT_EXCLUDED_PORTS)).toBe(7999);
    expect(availablePorts(DEFAULT_PORT_RANGE, DEFAULT_EXCLUDED_PORTS, new Set([2000, 2001, 2002]))).toBe(
      7996,
    );
  });

  it('counts an exclusion once, and only inside the range', () => {
    expect(usablePorts({ start: 2000, end: 2009 }, [2001, 2001, 9090])).toBe(9);
  });

  it('is not lowered by held numbers that are not usable', () => {
    expect(availablePorts({ start: 2000, end: 2009 }, [2001], new Set([1999, 2001, 2010]))).toBe(9);
  });
});

describe('assertPortRange', () => {
  it.each([
    [1024, 1024],
    [1024, 65535],
    [65535, 65535],
  ])('accepts %i-%i', (start, end) => {
    expect(() => assertPortRange({ start, end }, [9090, 1, 65535])).not.toThrow();
  });

  it.each([
    [1023, 2000],
    [2000, 65536],
    [2000.5, 3000],
    [2000, Number.NaN],
  ])('refuses %d-%d', (start, end) => {
    const details = { number: null, range: { start, end }, excluded: [] };
    expect(() => assertPortRange({ start, end }, [])).toThrow(
      expect.objectContaining({ code: 'PORT_OUT_OF_RANGE', details }),
    );
  });

  it('says which end is wrong of a range whose ends are both good', () => {
    const range = { start: 3000, end: 2000 };
    const message = 'A port range starts at or below its end: 3000 is above 2000.';
    const details = { number: null, range, excluded: [] };
    expect(() => assertPortRange(range, [])).toThrow(
      expect.objectContaining({ code: 'PORT_OUT_OF_RANGE', message, details }),
    );
  });

  it('refuses an excluded number that is no port', () => {
    expect(() => assertPortRange(DEFAULT_PORT_RANGE, [9090, 70000])).toThrow(
      expect.objectContaining({
        details: { number: 70000, range: DEFAULT_PORT_RANGE, excluded: [9090, 70000] },
      }),
    );
  });
});

describe('assertUsablePort', () => {
  it('refuses numbers outside the range and excluded ones', () => {
    for (const number of [1999, 10_000, 9090, 2000.5]) {
      expect(() => assertUsablePort(number, DEFAULT_PORT_RANGE, [9090])).toThrow(
        expect.objectContaining({ code: 'PORT_OUT_OF_RANGE' }),
      );
    }
    expect(() => assertUsablePort(9091, DEFAULT_PORT_RANGE, [9090])).not.toThrow();
  });
});
