import { expect, it } from 'vitest';
import { plainText } from './plain-text.js';

it('a list is a table with a line for each object, and how many there are', () => {
  const nodes = [
    { id: 'ins_1', state: 'PENDING', ownerId: 'ann', claim: { workerId: 'wrk_1' }, cmlLabId: null },
    { id: 'ins_22', state: 'RUNNING', ownerId: 'bo', claim: { workerId: 'wrk_1' }, cmlLabId: 'lab-1' },
  ];
  expect(plainText({ nodes, totalCount: 7 })).toBe(
    [
      'id      state    ownerId  cmlLabId',
      'ins_1   PENDING  ann      -',
      'ins_22  RUNNING  bo       lab-1',
      '2 of 7',
      '',
    ].join('\n'),
  );
  expect(plainText({ nodes: [], totalCount: 0 })).toBe('0 of 0\n');
});

it('an object is a line for each field, with what is inside set in', () => {
  const answer = { instance: { id: 'ins_1', ports: [{ number: 2000 }], endpoint: null }, liveRevision: 'x' };
  expect(plainText(answer)).toBe(
    ['instance:', '  id: ins_1', '  ports: [{"number":2000}]', '  endpoint: -', 'liveRevision: x', ''].join(
      '\n',
    ),
  );
  expect(plainText(null)).toBe('-\n');
  expect(plainText('text')).toBe('text\n');
});
