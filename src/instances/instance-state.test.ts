import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at } from '../../tests/support/aggregate-run.js';
import {
  ACTIVE_DEFINITION,
  GRANT,
  INSTANCE_ID,
  instanceIn,
  instanceRun,
  newInstanceRun,
  SCORE,
  to,
  WORKER_ID,
} from '../../tests/support/instance-runs.js';
import { codecs } from '../claims/values.js';
import { isLabletError } from '../errors.js';
import type { Recorded } from '../lib/aggregate.js';
import { loseWorker, terminate } from './instance-ending.js';
import type { InstanceEvent } from './instance-events.js';
import { recordScore, reportPorts, reportStartFailure } from './instance-reports.js';
import {
  evolveInstance,
  heldClaim,
  instanceStateValue,
  storedKeys,
  upgradeInstance,
  type InstanceState,
} from './instance-state.js';
import { move, request, revokeClaim, schedule } from './instance.js';
import { findMove, INSTANCE_STATES, legalTargets } from './transitions.js';

type Verb = (state: InstanceState, now: string) => readonly InstanceEvent[];

const reason = fc.option(fc.string({ maxLength: 5 }), { nil: null });
/** A move that controllers may report from where the instance is, so that random runs get far. */
const onward: fc.Arbitrary<Verb> = fc
  .record({ pick: fc.nat(), reason })
  .map(({ pick, reason: why }) => (state, now) => {
    const targets = legalTargets(state.state).filter(
      (target) => target !== 'SCHEDULED' && target !== 'TERMINATED',
    );
    const target = targets[pick % targets.length];
    return target ? move(state, to(target, now, { reason: why })) : schedule(state, { ...GRANT, now });
  });
const anywhere: fc.Arbitrary<Verb> = fc.record({ target: fc.constantFrom(...INSTANCE_STATES), reason }).map(
  ({ target, reason: why }) =>
    (state, now) =>
      move(state, to(target, now, { reason: why })),
);
const ending: fc.Arbitrary<Verb> = fc.record({ reason, byService: fc.boolean() }).map(
  (command): Verb =>
    (state, now) =>
      terminate(state, { ...command, now }),
);
const port: fc.Arbitrary<Verb> = fc.constantFrom('ALLOCATED' as const, 'REACHABLE' as const).map(
  (status): Verb =>
    (state) =>
      reportPorts(state, { statuses: [{ name: 'vnc_1', status }] }),
);
const verb: fc.Arbitrary<Verb> = fc.oneof(
  { weight: 12, arbitrary: onward },
  { weight: 3, arbitrary: anywhere },
  ending,
  port,
  fc.constant<Verb>((state, now) => schedule(state, { ...GRANT, now })),
  fc.constant<Verb>((state, now) => recordScore(state, { score: SCORE, now })),
  fc.constant<Verb>((state, now) => loseWorker(state, { now })),
  fc.constant<Verb>((state) => reportStartFailure(state, { code: 'BOOT', message: 'no boot' })),
  fc.constant<Verb>((state) => revokeClaim(state, { token: 'lost' })),
);

function assertHistory({ history, sequence, state }: InstanceState): void {
  expect(history[0]?.from).toBeNull();
  history.forEach((entry, index) => {
    expect(entry.sequence).toBe(index + 1);
    const before = history[index - 1];
    if (!before) return;
    expect(entry.from).toBe(before.to);
    expect(entry.at >= before.at).toBe(true);
    expect(findMove(before.to, entry.to)).not.toBeNull();
  });
  expect(history.at(-1)).toMatchObject({ sequence, to: state });
}

/** What must be true of any instance. */
function assertSound(state: InstanceState): void {
  assertHistory(state);
  const { claim, state: name, startedAt, endedAt, durationSeconds } = state;
  const held = name !== 'PENDING' && name !== 'TERMINATED';
  if (held) expect(claim).toMatchObject({ releasedAt: null });
  if (name === 'PENDING') expect(claim).toBeNull();
  if (name === 'TERMINATED') expect(claim === null || claim.releasedAt !== null).toBe(true);
  expect(heldClaim(state) !== null).toBe(held);
  expect(state.workerId).toBe(claim?.workerId ?? null);
  if (endedAt === null || startedAt === null) expect(durationSeconds).toBeNull();
  else expect(durationSeconds).toBe(Math.floor((Date.parse(endedAt) - Date.parse(startedAt)) / 1000));
  expect(Object.values(state).every((value) => value !== undefined)).toBe(true);
  const value = codecs.instanceState.decode(codecs.instanceState.encode(instanceStateValue(state)));
  expect(value).toMatchObject({ ok: true });
}

describe('an instance', () => {
  it('is what its events say, sound after any sequence of commands', () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(fc.array(fc.tuple(verb, fc.nat({ max: 5 })), { maxLength: 40 }), (commands) => {
        const run = newInstanceRun();
        run.commit(request({ definition: ACTIVE_DEFINITION, ownerId: 'u-17', now: at(0) }), at(0));
        let minute = 0;
        for (const [attempt, wait] of commands) {
          minute += wait;
          const before = run.state;
          try {
            const moves = run.state.sequence;
            const facts = attempt(run.state, at(minute));
            run.commit(facts, at(minute));
            const made = facts.filter(({ type }) => type in MOVE_EVENTS).length;
            expect(run.state.sequence).toBe(moves + made);
          } catch (error) {
            if (!isLabletError(error)) throw error;
            expect(run.state).toBe(before);
          }
          assertSound(run.state);
          reached.add(run.state.state);
        }
        expect(run.replay()).toEqual(run.state);
      }),
      { numRuns: 300 },
    );
    expect(reached.size).toBe(INSTANCE_STATES.length);
  });

  it('has n + 1 history entries after n moves', () => {
    INSTANCE_STATES.forEach((state, moves) => {
      const instance = instanceIn(state);
      assertSound(instance);
      expect(instance.history).toHaveLength(moves + 1);
    });
  });

  it('cannot start with anything but its creation, nor take an event it does not know', () => {
    const [created, scheduled] = instanceRun('SCHEDULED').events as [
      Recorded<InstanceEvent>,
      Recorded<InstanceEvent>,
    ];
    expect(() => evolveInstance(null, scheduled)).toThrow('the first event is InstanceScheduled');
    const state = evolveInstance(null, created);
    const unknown = { ...scheduled, type: 'InstancePaused' } as unknown as Recorded<InstanceEvent>;
    expect(() => evolveInstance(state, unknown)).toThrow('unknown event InstancePaused');
  });
});

const MOVE_EVENTS = Object.fromEntries(
  [
    'Scheduled',
    'Instantiating',
    'Running',
    'Resumed',
    'Collecting',
    'Grading',
    'Stopping',
    'Stopped',
    'Archived',
    'Terminated',
  ].map((name) => [`Instance${name}`, true]),
);

describe('what is stored beside an instance', () => {
  it('keeps a reservation unique and a missing one out of the way', () => {
    const state = instanceIn('PENDING');
    expect(storedKeys(state)).toEqual({ reservationGuard: `i:${INSTANCE_ID}`, finished: false });
    expect(storedKeys({ ...state, reservationId: 'exam-1' }).reservationGuard).toBe('r:exam-1');
    expect(storedKeys(instanceIn('TERMINATED')).finished).toBe(true);
    expect(storedKeys(instanceIn('ARCHIVED')).finished).toBe(false);
  });

  it('mirrors state, sequence and the last move in the live store', () => {
    expect(codecs.instanceState.encode(instanceStateValue(instanceIn('SCHEDULED')))).toBe(
      `{"v":1,"id":"${INSTANCE_ID}","state":"SCHEDULED","from":"PENDING","seq":2,"revision":2,"ownerId":"u-17",` +
        `"definitionId":"${ACTIVE_DEFINITION.id}","workerId":"${WORKER_ID}","at":"${at(1)}"}`,
    );
    expect(instanceStateValue(instanceIn('PENDING'))).toMatchObject({ from: null, workerId: null });
    expect(instanceStateValue({ ...instanceIn('PENDING'), history: [] })).toMatchObject({
      from: null,
      at: at(0),
    });
  });

  it('records the claim that repair restores, until it is released', () => {
    expect(heldClaim(instanceIn('RUNNING'))).toEqual({
      workerId: WORKER_ID,
      instanceId: INSTANCE_ID,
      token: GRANT.token,
      claimedAt: GRANT.claimedAt,
      amounts: GRANT.amounts,
      ports: { serial_1: 2000, vnc_1: 2001 },
    });
    expect(heldClaim(instanceIn('PENDING'))).toBeNull();
    expect(heldClaim(instanceIn('TERMINATED'))).toBeNull();
  });

  it('gives missing fields of older documents their defaults', () => {
    const { claim, lastError, retryCount, ...older } = instanceIn('PENDING');
    expect(upgradeInstance(older)).toEqual({ ...older, claim, lastError, retryCount });
    expect(upgradeInstance(instanceIn('RUNNING'))).toEqual(instanceIn('RUNNING'));
  });
});
