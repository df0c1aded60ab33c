/** Roles a caller can have; rights of several add up. */
export const ROLES = ['ADMIN', 'AUTHOR', 'MANAGER', 'USER', 'SERVICE'] as const;
export type Role = (typeof ROLES)[number];

/** An authenticated caller, as its verified token says. */
export interface Actor {
  /** Token `sub`, 1-255 characters: the caller's identity. */
  readonly subject: string;
  /** At least one. */
  readonly roles: readonly Role[];
  /** End of the token in milliseconds since the epoch; live streams end with it. */
  readonly expiresAt: number;
}

export function hasRole(actor: Actor, ...roles: readonly Role[]): boolean {
  return actor.roles.some((role) => roles.includes(role));
}
