import { describe, expect, it } from 'vitest';
import { CollectionModel } from '../db/collection-model.js';
import { instanceListPlan } from './instance-filter.js';
import { InstanceDocument } from './instance-model.js';

const model = new CollectionModel(InstanceDocument);
const START = '2027-02-10T08:00:00.000Z';
const PARTS = [
  { states: ['PENDING' as const] },
  { states: ['PENDING' as const, 'TERMINATED' as const] },
  { workerId: 'wrk_1' },
  { ownerId: 'ann' },
  { definitionId: 'def_1' },
  { startsFrom: START, startsBefore: START },
];
const SUBSETS = Array.from({ length: 2 ** PARTS.length }, (_, mask) =>
  Object.assign({}, ...PARTS.filter((_part, bit) => mask & (1 << bit))),
) as Parameters<typeof instanceListPlan>[0][];

describe('instanceListPlan', () => {
  it('has for every filter and order an index that ends in the order and whose other fields are fixed', () => {
    for (const asked of SUBSETS) {
      for (const visible of [{}, { ownerId: 'ben' }]) {
        for (const [field, key] of [
          ['START', 'timeslotStart'],
          ['CREATED_AT', 'createdAt'],
        ] as const) {
          const plan = instanceListPlan(asked, { field, direction: 'DESC' }, visible);
          const fields = model.index(plan.index).fields;
          expect(fields.at(-1)).toBe(key);
          for (const fixed of fields.slice(0, -1)) {
            expect(['string', 'boolean']).toContain(typeof plan.filter[fixed]);
          }
          expect(plan.descending).toBe(true);
        }
      }
    }
  });

  it("keeps another owner's instances hidden whoever is asked for", () => {
    const order = { field: 'START', direction: 'ASC' } as const;
    const { filter } = instanceListPlan({ ownerId: 'ann' }, order, { ownerId: 'ben' });
    expect(filter).toMatchObject({ ownerId: 'ann', $and: [{ ownerId: 'ben' }] });
  });

  it('leaves out terminated ones unless their state is asked for', () => {
    const order = { field: 'START', direction: 'ASC' } as const;
    expect(instanceListPlan({}, order, {}).filter).toEqual({ finished: false });
    expect(instanceListPlan({ states: ['TERMINATED'] }, order, {}).filter).not.toHaveProperty('finished');
  });
});
