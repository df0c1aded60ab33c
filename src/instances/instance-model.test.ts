import { buildSchema } from '@typegoose/typegoose';
import { describe, expect, it } from 'vitest';
import { at } from '../../tests/support/aggregate-run.js';
import { instanceIn, instanceRun, SCORE } from '../../tests/support/instance-runs.js';
import { CollectionModel } from '../db/collection-model.js';
import { terminate } from './instance-ending.js';
import { InstanceDocument } from './instance-model.js';
import { recordScore, reportStartFailure } from './instance-reports.js';
import { storedKeys, type InstanceState } from './instance-state.js';
import { INSTANCE_STATES } from './transitions.js';

const model = new CollectionModel(InstanceDocument);
const stored = (state: InstanceState): InstanceDocument => ({
  ...state,
  ...storedKeys(state),
  schemaVersion: 1,
  eventNumber: 1,
  outbox: [],
  hasOutbox: false,
  appliedRecords: [],
});

describe('the collection of instances', () => {
  it('is lablet_instances, its fields exactly those of state and storage', () => {
    expect(model.name).toBe('lablet_instances');
    const { id, ...fields } = stored(instanceIn('RUNNING'));
    const declared = Object.keys(buildSchema(InstanceDocument).paths).filter((path) => path !== '_id');
    expect(id).toMatch(/^ins_/);
    expect(declared.filter((path) => !path.includes('$')).sort()).toEqual(Object.keys(fields).sort());
  });

  it('takes an instance in every state', () => {
    for (const state of INSTANCE_STATES) {
      expect(() => model.assertDocument(stored(instanceIn(state)))).not.toThrow();
    }
  });

  it('takes scores, failures and requests to end', () => {
    const failed = instanceRun('INSTANTIATING');
    failed.commit(reportStartFailure(failed.state, { code: 'BOOT', message: 'no boot' }), at(9));
    const graded = instanceRun('GRADING');
    graded.commit(recordScore(graded.state, { score: SCORE, now: at(9) }), at(9));
    graded.commit(terminate(graded.state, { reason: null, byService: false, now: at(10) }), at(10));
    for (const { state } of [failed, graded]) expect(() => model.assertDocument(stored(state))).not.toThrow();
  });

  it('has its indexes by name; all but unique ones end in the id', () => {
    expect(model.indexes.map(({ name }) => name).sort()).toEqual([
      'createdAt',
      'definitionId_createdAt',
      'definitionId_timeslotStart',
      'finished_createdAt',
      'finished_timeslotStart',
      'hasOutbox',
      'ownerId_createdAt',
      'ownerId_finished_createdAt',
      'ownerId_finished_timeslotStart',
      'ownerId_state',
      'ownerId_timeslotStart',
      'reservationGuard',
      'state_timeslotStart',
      'timeslotEnd',
      'timeslotStart',
      'workerId_createdAt',
      'workerId_state',
      'workerId_timeslotStart',
    ]);
    for (const [fields, { unique }] of buildSchema(InstanceDocument).indexes()) {
      if (!unique) expect(Object.keys(fields).at(-1)).toBe('_id');
    }
    expect(model.index('reservationGuard').unique).toBe(true);
  });
});
