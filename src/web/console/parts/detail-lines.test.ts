import { expect, test } from 'vitest';
import { detailLines } from './detail-lines.js';

test('faults of fields name the place and what is wrong there', () => {
  const fields = [
    { path: 'name', rule: 'PATTERN', message: 'must not be empty' },
    { path: '', rule: 'CUSTOM', message: 'must not be empty' },
  ];
  expect(detailLines({ fields })).toEqual(['name must not be empty', 'input must not be empty']);
});

test('lists of objects take a line for each item', () => {
  const shortfalls = [
    { dimension: 'CPU_CORES', need: 3, free: 1 },
    { dimension: 'NODES', need: 2, free: 0 },
  ];
  expect(detailLines({ shortfalls })).toEqual([
    'shortfalls: dimension CPU_CORES, need 3, free 1',
    'shortfalls: dimension NODES, need 2, free 0',
  ]);
});

test('plain values, lists of them and objects take one line; what is absent takes none', () => {
  const details = {
    from: 'PENDING',
    legal: ['SCHEDULED'],
    range: { start: 1, end: 2 },
    limit: null,
    none: [],
  };
  expect(detailLines(details)).toEqual(['from: PENDING', 'legal: SCHEDULED', 'range: start 1, end 2']);
});
