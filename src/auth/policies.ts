import { hasRole, type Actor, type Role } from '../lib/actor.js';
import type { Filter } from '../db/document-store.js';

/** Everyone with any role. */
export const ANYONE: readonly Role[] = ['ADMIN', 'AUTHOR', 'MANAGER', 'USER', 'SERVICE'];

/** Who may read workers, and through them who holds what. */
export const WORKER_READERS: readonly Role[] = ['ADMIN', 'MANAGER', 'SERVICE'];

/** Who may read the text of lab files, with or without an instance's numbers. */
export const LAB_FILE_READERS: readonly Role[] = ['ADMIN', 'AUTHOR', 'MANAGER', 'SERVICE'];

const ALL_INSTANCES: readonly Role[] = ['ADMIN', 'MANAGER', 'SERVICE'];

/** Which instances a caller may see: all, or its own. The one rule for every read, command and stream. */
export interface Visibility {
  readonly filter: Filter;
  readonly sees: (instance: { readonly ownerId: string }) => boolean;
  /** The view a stream or loader is made for; equal views see the same. */
  readonly view: string;
}

export function visibleInstances(actor: Actor): Visibility {
  if (hasRole(actor, ...ALL_INSTANCES)) return { filter: {}, sees: () => true, view: 'all' };
  const own = actor.subject;
  return { filter: { ownerId: own }, sees: ({ ownerId }) => ownerId === own, view: `owner:${own}` };
}

/**
 * Names what a caller is shown in any field: callers of one sight get the same answer to the same question. Whatever
 * else comes to decide what is shown belongs in here.
 */
export function sightOf(actor: Actor): string {
  return JSON.stringify([[...new Set(actor.roles)].sort(), visibleInstances(actor).view]);
}

/** Whether a caller may name another owner for an instance. */
export function mayBookForOthers(actor: Actor): boolean {
  return hasRole(actor, 'ADMIN', 'SERVICE');
}

export const mayReadWorkers = (actor: Actor): boolean => hasRole(actor, ...WORKER_READERS);

export const mayReadLabFiles = (actor: Actor): boolean => hasRole(actor, ...LAB_FILE_READERS);
