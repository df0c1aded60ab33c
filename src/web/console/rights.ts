import type { Role, Viewer } from './api.js';

/** Who may do what, to leave out what the server would refuse; the server decides. */
const RIGHTS = {
  bookForOthers: ['ADMIN', 'SERVICE'],
  createDefinition: ['ADMIN', 'AUTHOR'],
  forceWorker: ['ADMIN', 'SERVICE'],
  moveInstance: ['ADMIN', 'SERVICE'],
  moveWorker: ['ADMIN', 'MANAGER', 'SERVICE'],
  readLabFile: ['ADMIN', 'AUTHOR', 'MANAGER', 'SERVICE'],
  readWorkers: ['ADMIN', 'MANAGER', 'SERVICE'],
  registerWorker: ['ADMIN', 'MANAGER'],
  schedule: ['ADMIN', 'MANAGER', 'SERVICE'],
  seeAllInstances: ['ADMIN', 'MANAGER', 'SERVICE'],
  terminateAny: ['ADMIN', 'MANAGER', 'SERVICE'],
} as const satisfies Record<string, readonly Role[]>;

export type Right = keyof typeof RIGHTS;

export function may(viewer: Viewer, right: Right): boolean {
  const roles: readonly Role[] = RIGHTS[right];
  return viewer.roles.some((role) => roles.includes(role));
}

/** The roles that have a right, for a message: `ADMIN or AUTHOR`. */
export function whoMay(right: Right): string {
  return RIGHTS[right].join(' or ');
}
