import { expect, it } from 'vitest';
import { STORAGE_FIELDS } from './stored-fields.js';
import { viewOf } from './view.js';

const stored = {
  id: 'ins_1',
  revision: 3,
  schemaVersion: 1,
  eventNumber: 4,
  outbox: [],
  hasOutbox: false,
  appliedRecords: [],
  reservationGuard: 'i:ins_1',
};

it('a view is the document without storage fields', () => {
  const view = viewOf(stored);
  expect(view).toEqual({ id: 'ins_1', revision: 3, reservationGuard: 'i:ins_1' });
  expect(STORAGE_FIELDS.filter((field) => field in view)).toEqual([]);
});

it('a view leaves out the fields that are named, and the document as it was', () => {
  const before = { ...stored };
  expect(viewOf(stored, ['reservationGuard'])).toEqual({ id: 'ins_1', revision: 3 });
  expect(stored).toEqual(before);
});
