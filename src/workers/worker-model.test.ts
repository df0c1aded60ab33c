import { buildSchema } from '@typegoose/typegoose';
import { describe, expect, it } from 'vitest';
import { at } from '../../tests/support/aggregate-run.js';
import { workerIn } from '../../tests/support/worker-runs.js';
import { CollectionModel } from '../db/collection-model.js';
import { WORKER_STATUSES } from './transitions.js';
import { WorkerDocument } from './worker-model.js';
import type { WorkerState } from './worker-state.js';

const model = new CollectionModel(WorkerDocument);
const stored = (state: WorkerState): WorkerDocument => ({
  ...state,
  schemaVersion: 1,
  eventNumber: 1,
  outbox: [],
  hasOutbox: false,
  appliedRecords: [],
});

describe('the collection of workers', () => {
  it('is cml_workers, its fields exactly those of state and storage', () => {
    expect(model.name).toBe('cml_workers');
    const { id, ...fields } = stored(workerIn('RUNNING'));
    const declared = Object.keys(buildSchema(WorkerDocument).paths).filter((path) => path !== '_id');
    expect(id).toMatch(/^wrk_/);
    expect(declared.filter((path) => !path.includes('$')).sort()).toEqual(Object.keys(fields).sort());
  });

  it('takes a worker in every status, with and without what is reported', () => {
    for (const status of WORKER_STATUSES) {
      expect(() => model.assertDocument(stored(workerIn(status)))).not.toThrow();
    }
    const reported = {
      ...workerIn('RUNNING', { nodeDefinitions: ['iosv'], host: 'lab.example.org', amiName: 'CML-2.9' }),
      lastReportedAt: at(9),
      telemetry: { cpuPercent: 1.5, memoryPercent: 2, storagePercent: 3, labs: 4 },
    };
    expect(() => model.assertDocument(stored(reported))).not.toThrow();
  });

  it('has its indexes by name; all but unique ones end in the id', () => {
    expect(model.indexes.map(({ name }) => name).sort()).toEqual([
      'createdAt',
      'hasOutbox',
      'licenseType_createdAt',
      'name',
      'status_createdAt',
      'templateName_createdAt',
    ]);
    for (const [fields, { unique }] of buildSchema(WorkerDocument).indexes()) {
      if (!unique) expect(Object.keys(fields).at(-1)).toBe('_id');
    }
    expect(model.index('name').unique).toBe(true);
  });
});
