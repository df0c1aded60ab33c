import { describe, expect, it } from 'vitest';
import { at } from '../../tests/support/aggregate-run.js';
import {
  ACTIVE_DEFINITION,
  GRANT,
  INSTANCE_ID,
  instanceIn,
  instanceRun,
  newInstanceRun,
  WORKER_ID,
} from '../../tests/support/instance-runs.js';
import { INSTANCE_OUTSIDE_NAMES } from './instance-events.js';
import { needsClaim, request, revokeClaim, schedule } from './instance.js';
import { INSTANCE_STATES, legalTargets } from './transitions.js';

const WISH = { definition: ACTIVE_DEFINITION, ownerId: 'u-17', now: at(0) };

describe('request', () => {
  it('makes a PENDING instance with a history of one entry', () => {
    const run = newInstanceRun();
    run.commit(request({ ...WISH, reservationId: 'exam-1', timeslotStart: at(60) }), at(0), 'booking');
    expect(run.state).toEqual({
      id: INSTANCE_ID,
      revision: 1,
      definitionId: ACTIVE_DEFINITION.id,
      definitionName: ACTIVE_DEFINITION.name,
      definitionVersion: '1.0.0',
      ownerId: 'u-17',
      reservationId: 'exam-1',
      timeslotStart: at(60),
      timeslotEnd: at(180),
      asSoonAsPossible: false,
      state: 'PENDING',
      sequence: 1,
      history: [{ sequence: 1, from: null, to: 'PENDING', at: at(0), by: 'booking', reason: null }],
      workerId: null,
      cmlLabId: null,
      allocatedPorts: [],
      claim: null,
      gradingScore: null,
      terminationRequested: null,
      retryCount: 0,
      lastError: null,
      createdAt: at(0),
      scheduledAt: null,
      startedAt: null,
      endedAt: null,
      terminatedAt: null,
      durationSeconds: null,
      updatedAt: at(0),
    });
  });

  it('takes now and the longest time when no slot is asked for', () => {
    const { timeslotStart, timeslotEnd, asSoonAsPossible } = instanceIn('PENDING');
    expect([timeslotStart, timeslotEnd, asSoonAsPossible]).toEqual([at(0), at(120), true]);
  });

  it('needs an ACTIVE definition', () => {
    const definition = { ...ACTIVE_DEFINITION, status: 'DEPRECATED', replacementId: 'def_2' };
    expect(() => request({ ...WISH, definition })).toThrow(
      expect.objectContaining({
        code: 'DEFINITION_NOT_ACTIVE',
        details: { status: 'DEPRECATED', replacementId: 'def_2' },
      }),
    );
  });

  it('checks the slot', () => {
    expect(() => request({ ...WISH, timeslotStart: at(-1) })).toThrow(
      expect.objectContaining({ code: 'TIMESLOT_INVALID' }),
    );
  });
});

describe('schedule', () => {
  it('records worker, ports and claim, and says what was taken from the worker', () => {
    const run = instanceRun('SCHEDULED');
    const numbers = [
      { name: 'serial_1', number: 2000 },
      { name: 'vnc_1', number: 2001 },
    ];
    expect(run.state).toMatchObject({
      state: 'SCHEDULED',
      sequence: 2,
      workerId: WORKER_ID,
      scheduledAt: at(1),
      allocatedPorts: GRANT.ports.map((port) => ({ ...port, status: 'ALLOCATED' })),
      claim: {
        workerId: WORKER_ID,
        token: GRANT.token,
        ...GRANT.amounts,
        ports: numbers,
        claimedAt: at(0),
        releasedAt: null,
      },
    });
    expect(run.types()).toEqual(['InstanceCreated', 'InstanceScheduled', 'WorkerPortsAllocated']);
    expect(run.events.at(-1)).toMatchObject({
      aggregateType: 'LabletInstance',
      aggregateId: INSTANCE_ID,
      payload: { workerId: WORKER_ID, instanceId: INSTANCE_ID, ports: numbers, amounts: GRANT.amounts },
    });
    expect(run.events[1]?.revision).toBe(run.events[2]?.revision);
  });

  it('leaves an instance that is SCHEDULED on this worker as it is', () => {
    const state = instanceIn('SCHEDULED');
    expect(needsClaim(state, WORKER_ID, at(500))).toBe(false);
    expect(schedule(state, { ...GRANT, token: 'another', now: at(5) })).toEqual([]);
  });

  it('refuses an instance that is SCHEDULED on another worker', () => {
    expect(() => needsClaim(instanceIn('SCHEDULED'), 'wrk_2', at(2))).toThrow(
      expect.objectContaining({ code: 'CLAIM_CONFLICT', details: { workerId: WORKER_ID } }),
    );
  });

  it('refuses every later state', () => {
    for (const state of INSTANCE_STATES.slice(2)) {
      expect(() => schedule(instanceIn(state), { ...GRANT, now: at(2) })).toThrow(
        expect.objectContaining({
          code: 'INVALID_TRANSITION',
          details: { from: state, to: 'SCHEDULED', legal: legalTargets(state) },
        }),
      );
    }
  });

  it('refuses a slot that is over', () => {
    const pending = instanceIn('PENDING');
    expect(needsClaim(pending, WORKER_ID, at(119))).toBe(true);
    expect(() => needsClaim(pending, WORKER_ID, at(120))).toThrow(
      expect.objectContaining({
        code: 'TIMESLOT_INVALID',
        details: { rule: 'OVER', limit: at(120) },
      }),
    );
  });
});

describe('revokeClaim', () => {
  it('is a fence: the revision rises and nothing else changes', () => {
    for (const token of [GRANT.token, null]) {
      const run = instanceRun('PENDING');
      const before = run.state;
      run.commit(revokeClaim(before, { token }), at(5), 'system:repair');
      expect(run.state).toEqual({ ...before, revision: 2, updatedAt: at(5) });
      expect(run.events.at(-1)).toMatchObject({ type: 'InstanceClaimRevoked', payload: { token } });
    }
  });

  it('is refused once the claim may be recorded', () => {
    for (const state of INSTANCE_STATES.slice(1)) {
      expect(() => revokeClaim(instanceIn(state), { token: 'x' })).toThrow(
        expect.objectContaining({ code: 'INVALID_TRANSITION' }),
      );
    }
  });
});

describe('outside names', () => {
  it('start with the prefix of instances, where there is one', () => {
    for (const name of Object.values(INSTANCE_OUTSIDE_NAMES)) {
      if (name !== null) expect(name).toMatch(/^ccm\.lablet\.instance\.[a-z.]+$/);
    }
  });
});
