import { z } from 'zod';
import { LabletError, isLabletError } from '../../src/errors.js';
import type { Actor } from '../../src/lib/actor.js';
import { command, query, type Call } from '../../src/lib/operation.js';
import { operationRunner, type Origin, type RecordKeeper } from '../../src/lib/run-operation.js';
import { countedIds, handClock } from './by-hand.js';

export const ADMIN: Actor = { subject: 'u-1', roles: ['ADMIN'], expiresAt: 0 };
export const ORIGIN: Origin = { actor: ADMIN, requestId: 'r-1', source: '127.0.0.1' };

type Begun = Awaited<ReturnType<RecordKeeper['begin']>>;

/** A runner whose records answer `begun`, and what it told of each operation. */
export function watchedRunner(
  begun: Partial<Begun> = {},
  limits: { deadlineMs?: number; inFlight?: number } = {},
) {
  const clock = handClock();
  const observed: [operation: string, code: string, ms: number][] = [];
  const asked: Parameters<RecordKeeper['begin']>[] = [];
  const finished: string[] = [];
  const outcomes: (string | null)[] = [];
  const forgotten: string[] = [];
  const records: RecordKeeper = {
    async begin(...given) {
      asked.push(given);
      const known = { targetId: given[4], newId: given[5], outcome: null };
      return { record: { id: 'rec-1', at: 'then' }, ...known, status: 'FIRST', ...begun };
    },
    finish: async (id, outcome) => {
      finished.push(id);
      outcomes.push(outcome);
    },
    forget: async (id) => void forgotten.push(id),
  };
  const runner = operationRunner({
    records,
    ids: countedIds(),
    clock,
    deadlineMs: limits.deadlineMs ?? 60_000,
    maxInFlight: limits.inFlight ?? 10,
    translate: (error) => {
      if (isLabletError(error)) return error;
      const timeout = error instanceof DOMException && error.name === 'TimeoutError';
      return timeout
        ? new LabletError('TIMEOUT', 'too late', { limitMs: 1 })
        : new LabletError('INTERNAL', 'odd', {}, { cause: error });
    },
    observe: (operation, code, ms) => void observed.push([operation, code, ms]),
  });
  return { runner, clock, observed, asked, finished, outcomes, forgotten, records };
}

export type Handle = (deps: object, input: Record<string, unknown>, call: Call) => Promise<unknown>;

export const readThing = (handle: Handle) =>
  query({
    name: 'thing',
    summary: 'A thing.',
    request: z.strictObject({ n: z.int() }),
    allow: { roles: ['ADMIN'] },
    handle,
  });

const keyed = { idempotencyKey: z.string().nullish() };

/** A command on an existing object. */
export const changeThing = (handle: Handle, reread: (id: string) => unknown = () => null) =>
  command({
    name: 'changeThing',
    summary: 'Changes a thing.',
    request: z.strictObject({ id: z.string().optional(), n: z.int().default(1), ...keyed }),
    allow: { roles: ['ADMIN'] },
    handle,
    reread: async (_deps: object, id) => reread(id),
  });

/** A command that makes a definition. */
export const makeThing = (handle: Handle, reread: (id: string) => unknown = () => null) =>
  command({
    name: 'makeThing',
    summary: 'Makes a thing.',
    request: z.strictObject({ n: z.int(), ...keyed }),
    allow: { roles: ['ADMIN'] },
    creates: 'def',
    handle,
    reread: async (_deps: object, id) => reread(id),
  });
