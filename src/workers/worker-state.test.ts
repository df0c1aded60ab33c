import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at } from '../../tests/support/aggregate-run.js';
import { WORKER_ID } from '../../tests/support/instance-runs.js';
import {
  newWorkerRun,
  REGISTRATION,
  valuesFor,
  workerIn,
  workerRun,
} from '../../tests/support/worker-runs.js';
import { codecs } from '../claims/values.js';
import { isLabletError } from '../errors.js';
import type { Recorded } from '../lib/aggregate.js';
import { WORKER_STATUSES } from './transitions.js';
import { workerWarnings } from './warnings.js';
import type { WorkerEvent } from './worker-events.js';
import { updateLimits } from './worker-limits.js';
import {
  evolveWorker,
  limitsOf,
  upgradeWorker,
  workerAggregate,
  workerStateValue,
  type WorkerState,
} from './worker-state.js';
import { cancelDrain, changeStatus, drain, register, report, revokeClose } from './worker.js';

type Verb = (state: WorkerState) => readonly WorkerEvent[];
const QUIET = { reason: null, claimsHeld: 0 };

const capacity = fc.record({
  cpuCores: fc.integer({ min: 0, max: 9 }),
  nodes: fc.option(fc.integer({ min: 1, max: 9 })),
});
const verb: fc.Arbitrary<Verb> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(...WORKER_STATUSES).map(
      (to): Verb =>
        (state) =>
          changeStatus(state, { to, reason: 'r', force: true, heldBy: ['ins_1'], unfinished: [] }),
    ),
  },
  fc.constant<Verb>((state) => drain(state, QUIET)),
  fc.constant<Verb>((state) => cancelDrain(state, QUIET)),
  capacity.map(
    (declaredCapacity): Verb =>
      (state) =>
        updateLimits(state, { declaredCapacity, live: valuesFor(state) }),
  ),
  fc.constantFrom(null, 'CML-2.9', 'CML-2.10').map(
    (amiName): Verb =>
      (state) =>
        report(state, { amiName }),
  ),
  fc.nat({ max: 9 }).map(
    (seq): Verb =>
      (state) =>
        revokeClose(state, { seq }),
  ),
);

describe('a worker', () => {
  it('is what its events say after any sequence of commands', () => {
    fc.assert(
      fc.property(fc.array(verb, { maxLength: 30 }), (verbs) => {
        const run = newWorkerRun();
        run.commit(register(REGISTRATION), at(0));
        verbs.forEach((attempt, minute) => {
          try {
            run.commit(attempt(run.state), at(minute));
          } catch (error) {
            if (!isLabletError(error)) throw error;
          }
          const { history, sequence, status } = run.state;
          expect(history.map((entry) => entry.sequence)).toEqual(history.map((_, index) => index + 1));
          expect(history.at(-1)).toMatchObject({ sequence, to: status });
          history.slice(1).forEach((entry, index) => expect(entry.from).toBe(history[index]?.to));
          expect(run.state.drainStartedAt !== null).toBe(status === 'DRAINING');
        });
        expect(run.replay()).toEqual(run.state);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps telemetry and report time, which no event carries', () => {
    const run = workerRun('RUNNING');
    const telemetry = { cpuPercent: 1, memoryPercent: 2, storagePercent: 3, labs: 4 };
    const told = { ...run.state, telemetry, lastReportedAt: at(5) };
    const [event] = run.events.slice(-1) as [Recorded<WorkerEvent>];
    expect(workerAggregate.evolve(told, event)).toMatchObject({ telemetry, lastReportedAt: at(5) });
  });

  it('cannot start with anything but its registration, nor take an event it does not know', () => {
    const [registered, moved] = workerRun('PROVISIONING').events as [
      Recorded<WorkerEvent>,
      Recorded<WorkerEvent>,
    ];
    expect(() => evolveWorker(null, moved)).toThrow('the first event is WorkerStatusChanged');
    const unknown = { ...moved, type: 'WorkerPainted' } as unknown as Recorded<WorkerEvent>;
    expect(() => evolveWorker(evolveWorker(null, registered), unknown)).toThrow(
      'unknown event WorkerPainted',
    );
  });

  it('mirrors status, sequence and the last move in the live store', () => {
    expect(codecs.workerState.encode(workerStateValue(workerIn('RUNNING')))).toBe(
      `{"v":1,"id":"${WORKER_ID}","status":"RUNNING","from":"PROVISIONING","seq":3,"revision":3,"at":"${at(2)}"}`,
    );
    expect(workerStateValue(workerIn('PENDING')).from).toBeNull();
    expect(workerStateValue({ ...workerIn('PENDING'), history: [] })).toMatchObject({
      from: null,
      at: at(0),
    });
  });

  it('gives its claim values the node limit that counts', () => {
    const declaredCapacity = { cpuCores: 8, memoryGb: 8, storageGb: 10, nodes: null };
    expect(limitsOf(workerIn('RUNNING', { declaredCapacity }))).toEqual({
      declared: { ...declaredCapacity, nodes: 20 },
      range: { start: 2000, end: 9999 },
      excluded: [9090],
      configRevision: 1,
    });
  });

  it('loads without the newer fields, with the stated defaults', () => {
    const { id, name, region, instanceType, status, sequence, history } = workerIn('RUNNING');
    const older = { id, name, region, instanceType, status, sequence, history };
    expect(upgradeWorker(older)).toMatchObject({
      ...older,
      templateName: null,
      declaredCapacity: { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 },
      licenseType: 'PERSONAL',
      portRange: { start: 2000, end: 9999 },
      excludedPorts: [9090],
      drainTimeoutHours: 4,
    });
    expect(upgradeWorker(workerIn('RUNNING'))).toEqual(workerIn('RUNNING'));
  });
});

describe('workerWarnings', () => {
  const worker = workerIn('RUNNING', { portRange: { start: 2000, end: 7999 } });
  const since = worker.updatedAt;
  const later = (ms: number) => new Date(Date.parse(since) + ms).toISOString();

  it('warns of a range that passes what CML opens by itself', () => {
    expect(workerWarnings(worker, since)).toEqual([]);
    expect(workerWarnings({ ...worker, portRange: { start: 2000, end: 8000 } }, since)).toEqual([
      'PORT_RANGE_ABOVE_CML_DEFAULT',
    ]);
  });

  it('warns after five minutes without a report while RUNNING', () => {
    expect(workerWarnings(worker, later(300_000))).toEqual([]);
    expect(workerWarnings(worker, later(300_001))).toEqual(['REPORT_OVERDUE']);
    const reported = { ...worker, lastReportedAt: later(100_000) };
    expect(workerWarnings(reported, later(400_000))).toEqual([]);
    expect(workerWarnings(reported, later(400_001))).toEqual(['REPORT_OVERDUE']);
    expect(workerWarnings({ ...worker, status: 'STOPPED' }, later(900_000))).toEqual([]);
    expect(workerWarnings(worker, later(60), 50)).toEqual(['REPORT_OVERDUE']);
  });

  it('gives a worker that came up again time for its first report', () => {
    const reported = { ...worker, lastReportedAt: later(-900_000) };
    expect(workerWarnings(reported, later(300_000))).toEqual([]);
    expect(workerWarnings({ ...worker, history: [] }, at(6))).toEqual(['REPORT_OVERDUE']);
  });
});
