import { describe, expect, it } from 'vitest';
import { ROLES, type Role } from '../lib/actor.js';
import {
  ANYONE,
  LAB_FILE_READERS,
  mayBookForOthers,
  mayReadLabFiles,
  mayReadWorkers,
  sightOf,
  visibleInstances,
  WORKER_READERS,
} from './policies.js';

const actor = (...roles: Role[]) => ({ subject: 'u-1', roles, expiresAt: 0 });
const rolesThat = (may: (given: ReturnType<typeof actor>) => boolean) =>
  ROLES.filter((role) => may(actor(role)));

describe('rights', () => {
  it('are those of the table in section 12 of the specification', () => {
    expect(rolesThat((given) => visibleInstances(given).view === 'all')).toEqual([
      'ADMIN',
      'MANAGER',
      'SERVICE',
    ]);
    expect(rolesThat(mayBookForOthers)).toEqual(['ADMIN', 'SERVICE']);
    expect(rolesThat(mayReadWorkers)).toEqual(['ADMIN', 'MANAGER', 'SERVICE']);
    expect(rolesThat(mayReadLabFiles)).toEqual(['ADMIN', 'AUTHOR', 'MANAGER', 'SERVICE']);
    expect([ANYONE, WORKER_READERS.length, LAB_FILE_READERS.length]).toEqual([[...ROLES], 3, 4]);
  });

  it('of several roles add up', () => {
    expect(mayReadWorkers(actor('USER', 'MANAGER'))).toBe(true);
    expect(mayBookForOthers(actor('USER', 'AUTHOR', 'MANAGER'))).toBe(false);
    expect(visibleInstances(actor('USER', 'SERVICE')).view).toBe('all');
  });
});

describe('instances', () => {
  it('of everyone are seen by those who may', () => {
    const { filter, sees } = visibleInstances(actor('MANAGER'));
    expect(filter).toEqual({});
    expect(sees({ ownerId: 'u-2' })).toBe(true);
  });

  it('of others are hidden from the rest, in lists and one by one alike', () => {
    const { filter, sees, view } = visibleInstances(actor('AUTHOR', 'USER'));
    expect(filter).toEqual({ ownerId: 'u-1' });
    expect([sees({ ownerId: 'u-1' }), sees({ ownerId: 'u-2' })]).toEqual([true, false]);
    expect(view).toBe('owner:u-1');
  });

  it('are one view for equal sights only', () => {
    const other = { ...actor('USER'), subject: 'u-2' };
    expect(visibleInstances(other).view).not.toBe(visibleInstances(actor('USER')).view);
    expect(visibleInstances(actor('ADMIN')).view).toBe(visibleInstances(actor('SERVICE')).view);
    // A subject cannot pretend to be the view of everyone.
    expect(visibleInstances({ ...other, subject: 'all' }).view).not.toBe('all');
  });
});

describe('sights', () => {
  const callers = ROLES.flatMap((one) =>
    ROLES.flatMap((other) =>
      ['u-1', 'u-2', 'all'].map((subject) => ({ subject, roles: [one, other], expiresAt: 0 })),
    ),
  );

  it('that are equal show the same', () => {
    const shown = (given: (typeof callers)[number]) =>
      JSON.stringify([visibleInstances(given).view, mayReadWorkers(given), mayReadLabFiles(given)]);
    const bySight = new Map<string, Set<string>>();
    for (const given of callers) {
      const sight = sightOf(given);
      bySight.set(sight, (bySight.get(sight) ?? new Set()).add(shown(given)));
    }
    expect([...bySight.values()].every(({ size }) => size === 1)).toBe(true);
  });

  it('do not tell callers apart who see everything, nor the order of roles, nor when tokens end', () => {
    expect(sightOf({ ...actor('ADMIN'), subject: 'a', expiresAt: 1 })).toBe(sightOf(actor('ADMIN', 'ADMIN')));
    expect(sightOf(actor('USER', 'AUTHOR'))).toBe(sightOf(actor('AUTHOR', 'USER')));
    expect(sightOf({ ...actor('USER'), subject: 'a' })).not.toBe(sightOf(actor('USER')));
  });
});
