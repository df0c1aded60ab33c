import { describe, expect, it } from 'vitest';
import { at } from '../../tests/support/aggregate-run.js';
import { valuesFor, workerIn, workerRun } from '../../tests/support/worker-runs.js';
import { addClaim, setAccepting } from '../claims/claim-values.js';
import { updateLimits, type UpdateLimits } from './worker-limits.js';
import type { WorkerState } from './worker-state.js';

type Changes = Omit<UpdateLimits, 'live'>;

/** One instance holds 3/5/50/2 and the numbers 2000 and 2001. */
const held = (worker: WorkerState) =>
  addClaim(valuesFor(worker), {
    instanceId: 'ins_1',
    token: 't',
    claimedAt: at(0),
    amounts: { cpuCores: 3, memoryGb: 5, storageGb: 50, nodes: 2 },
    ports: { serial_1: 2000, vnc_1: 2001 },
  });
const update = (worker: WorkerState, changes: Changes, live = held(worker)) =>
  updateLimits(worker, { ...changes, live });
const fault = (code: string, details?: object) =>
  expect.objectContaining(details ? { code, details } : { code });

const LOWERING: [string, Changes][] = [
  ['cores', { declaredCapacity: { cpuCores: 47 } }],
  ['memory', { declaredCapacity: { memoryGb: 191 } }],
  ['storage', { declaredCapacity: { storageGb: 499 } }],
  ['nodes', { declaredCapacity: { nodes: 19 } }],
  ['the start of the range', { portRange: { start: 2001, end: 9999 } }],
  ['the end of the range', { portRange: { start: 2000, end: 9998 } }],
  ['the numbers that may be used', { excludedPorts: [9090, 9091] }],
];
const RAISING: [string, Changes][] = [
  ['capacity', { declaredCapacity: { cpuCores: 49, memoryGb: 193, storageGb: 501, nodes: 21 } }],
  ['nodes without limit', { declaredCapacity: { nodes: null } }],
  ['the range', { portRange: { start: 1999, end: 10_000 } }],
  [
    'the range, with an exclusion where it is new',
    { portRange: { start: 1999, end: 9999 }, excludedPorts: [1999, 9090] },
  ],
  ['the numbers that may be used', { excludedPorts: [] }],
  ['an exclusion outside the range', { excludedPorts: [80, 9090] }],
];

describe('updateLimits', () => {
  it.each(RAISING)('always allows to raise or widen: %s', (_, changes) => {
    for (const status of ['RUNNING', 'DRAINING', 'STOPPED'] as const) {
      const run = workerRun(status);
      run.commit(update(run.state, changes), at(10));
      expect(run.state.configRevision).toBe(run.state.revision);
      expect(run.events.at(-1)).toMatchObject({
        type: 'WorkerCapacityUpdated',
        payload: { limitsChanged: true },
      });
      expect(run.replay()).toEqual(run.state);
    }
  });

  it.each(LOWERING)('lowers %s only while the worker takes no claims', (_, changes) => {
    const running = workerIn('RUNNING');
    expect(() => update(running, changes)).toThrow(
      fault('WORKER_BUSY', { status: 'RUNNING', instances: ['ins_1'] }),
    );
    const draining = workerIn('DRAINING');
    const open = setAccepting(held(draining), { open: true, seq: draining.sequence });
    expect(() => update(draining, changes, open)).toThrow(fault('WORKER_BUSY'));
    const empty = valuesFor(draining);
    const run = workerRun('DRAINING');
    run.commit(update(run.state, changes, empty), at(10));
    expect(run.state.configRevision).toBe(run.state.revision);
  });

  it('never lowers below what claims hold, and names every short dimension', () => {
    const worker = workerIn('DRAINING');
    const below = { cpuCores: 2, memoryGb: 4, storageGb: 49, nodes: 1 };
    expect(() => update(worker, { declaredCapacity: below })).toThrow(
      fault('CAPACITY_EXCEEDED', {
        shortfalls: [
          { dimension: 'CPU_CORES', need: 3, free: 2 },
          { dimension: 'MEMORY_GB', need: 5, free: 4 },
          { dimension: 'STORAGE_GB', need: 50, free: 49 },
          { dimension: 'NODES', need: 2, free: 1 },
        ],
      }),
    );
    const exactly = { cpuCores: 3, memoryGb: 5, storageGb: 50, nodes: 2 };
    expect(update(worker, { declaredCapacity: exactly })).toHaveLength(1);
  });

  it('never takes held numbers away, and names their holders', () => {
    const worker = workerIn('DRAINING');
    const ports = [
      { number: 2000, instanceId: 'ins_1' },
      { number: 2001, instanceId: 'ins_1' },
    ];
    expect(() => update(worker, { portRange: { start: 2001, end: 9999 } })).toThrow(
      fault('PORT_IN_USE', { ports: ports.slice(0, 1) }),
    );
    expect(() => update(worker, { excludedPorts: [2001, 2000, 2001] })).toThrow(
      fault('PORT_IN_USE', { ports }),
    );
    expect(update(worker, { portRange: { start: 2000, end: 2001 } })).toHaveLength(1);
  });

  it('compares nodes by the limit that counts', () => {
    const worker = workerIn('RUNNING', {
      declaredCapacity: { cpuCores: 8, memoryGb: 8, storageGb: 10, nodes: 500 },
    });
    const changes = { declaredCapacity: { nodes: 100 } };
    expect(update(worker, changes, valuesFor(worker))).toHaveLength(1);
    expect(() =>
      update(workerIn('RUNNING', { ...worker, licenseType: 'ENTERPRISE', template: null }), changes),
    ).toThrow(fault('WORKER_BUSY'));
    const unlimited = workerIn('DRAINING', {
      licenseType: 'ENTERPRISE',
      declaredCapacity: { cpuCores: 8, memoryGb: 8, storageGb: 10, nodes: null },
    });
    expect(update(unlimited, { declaredCapacity: { nodes: 10 } }, valuesFor(unlimited))).toHaveLength(1);
  });

  it('changes name and drain time without a new revision of limits', () => {
    const run = workerRun('RUNNING');
    run.commit(update(run.state, { name: 'worker-2' }), at(10));
    run.commit(update(run.state, { drainTimeoutHours: 8 }), at(11));
    expect(run.state).toMatchObject({
      name: 'worker-2',
      drainTimeoutHours: 8,
      revision: 5,
      configRevision: 1,
    });
    expect(run.events.at(-1)?.payload).toMatchObject({ limitsChanged: false, name: 'worker-2' });
  });

  it('is no change when everything is as asked', () => {
    const worker = workerIn('RUNNING');
    const { name, declaredCapacity, portRange, drainTimeoutHours } = worker;
    expect(update(worker, {})).toEqual([]);
    const same = { name, declaredCapacity, portRange, excludedPorts: [9090, 9090], drainTimeoutHours };
    expect(update(worker, same)).toEqual([]);
  });

  it('checks what it is given before anything else', () => {
    const worker = workerIn('RUNNING');
    expect(() => update(worker, { declaredCapacity: { cpuCores: 0 }, drainTimeoutHours: 0 })).toThrow(
      fault('VALIDATION_FAILED', {
        fields: [
          expect.objectContaining({ path: 'declaredCapacity.cpuCores', rule: 'OUT_OF_RANGE' }),
          expect.objectContaining({ path: 'drainTimeoutHours', rule: 'OUT_OF_RANGE' }),
        ],
      }),
    );
    expect(() => update(worker, { portRange: { start: 9, end: 10 } })).toThrow(fault('PORT_OUT_OF_RANGE'));
  });
});
