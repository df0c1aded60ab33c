import { describe, expect, it } from 'vitest';
import { shortfalls, subtract, sum, type Capacity } from './capacity.js';
import { effectiveNodeLimit } from './license.js';

const DECLARED: Capacity = { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 };
const ONE = { cpuCores: 3, memoryGb: 5, storageGb: 50, nodes: 2 };

describe('capacity', () => {
  it('has what is declared less the sum of claims available', () => {
    expect(subtract(DECLARED, ONE)).toEqual({ cpuCores: 45, memoryGb: 187, storageGb: 450, nodes: 18 });
    expect(sum([ONE, ONE])).toEqual({ cpuCores: 6, memoryGb: 10, storageGb: 100, nodes: 4 });
    expect(sum([])).toEqual({ cpuCores: 0, memoryGb: 0, storageGb: 0, nodes: 0 });
  });

  it('is never below 0 and keeps no limit as no limit', () => {
    const many = { cpuCores: 100, memoryGb: 1000, storageGb: 1000, nodes: 100 };
    expect(subtract(DECLARED, many)).toEqual({ cpuCores: 0, memoryGb: 0, storageGb: 0, nodes: 0 });
    expect(subtract({ ...DECLARED, nodes: null }, many).nodes).toBeNull();
  });

  it('names every short dimension with need and free', () => {
    const free = { cpuCores: 2, memoryGb: 5, storageGb: 49, nodes: 1 };
    expect(shortfalls(ONE, free)).toEqual([
      { dimension: 'CPU_CORES', need: 3, free: 2 },
      { dimension: 'STORAGE_GB', need: 50, free: 49 },
      { dimension: 'NODES', need: 2, free: 1 },
    ]);
    expect(shortfalls(ONE, { ...ONE, memoryGb: 4 })).toEqual([{ dimension: 'MEMORY_GB', need: 5, free: 4 }]);
    expect(shortfalls(ONE, { ...ONE, nodes: null })).toEqual([]);
  });
});

describe('the node limit that counts', () => {
  it.each([
    ['PERSONAL', 500, 20],
    ['PERSONAL', 12, 12],
    ['PERSONAL', null, 20],
    ['EVALUATION', 20, 5],
    ['ENTERPRISE', 500, 500],
    ['ENTERPRISE', null, null],
  ] as const)('of %s with %s declared is %s', (license, declared, limit) => {
    expect(effectiveNodeLimit(license, declared)).toBe(limit);
  });
});
