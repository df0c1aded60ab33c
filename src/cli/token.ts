import { InvalidArgumentError } from 'commander';
import { developmentTokens } from '../auth/development-tokens.js';
import { subjectOf } from '../auth/tokens.js';
import { ROLES, type Role } from '../lib/actor.js';
import { hasIdentityProvider, rolesInTokens, SETTINGS, type Config } from '../config.js';

/** Names of the roles a token can carry: as claims spell them unless that is set, and as the API does. */
const ROLES_BY_NAME: Readonly<Record<string, Role>> = {
  ...Object.fromEntries(SETTINGS.authRoleNames.parse(SETTINGS.authRoleNames.fallback)),
  ...Object.fromEntries(ROLES.map((role) => [role.toLowerCase(), role])),
};
export const ROLE_NAMES: readonly string[] = Object.keys(ROLES_BY_NAME);

/** Shorter ones have expired before they are used. */
const FEWEST_HOURS = 0.01;
const MOST_HOURS = 24 * 366;

/** @throws InvalidArgumentError */
export function hoursOf(text: string): number {
  const hours = Number(text);
  if (hours >= FEWEST_HOURS && hours <= MOST_HOURS) return hours;
  throw new InvalidArgumentError(`Give a number from ${FEWEST_HOURS} to ${MOST_HOURS}.`);
}

/** @throws InvalidArgumentError */
export function callerOf(text: string): string {
  if (subjectOf(text) !== null) return text;
  throw new InvalidArgumentError(
    'Give 1 to 255 characters, and no control characters or blanks around them.',
  );
}

/** Prints a token that the server on this data folder accepts; exit code 1 where tokens come from elsewhere. */
export async function printToken(
  config: Config,
  { role, subject, hours }: { role: string[]; subject: string; hours: number },
): Promise<void> {
  if (hasIdentityProvider(config)) {
    process.stderr.write(
      'Tokens come from the identity provider (AUTH_JWKS_URL or AUTH_JWKS_FILE is set).\n',
    );
    process.exitCode = 1;
    return;
  }
  const tokens = await developmentTokens(config.dataDir, rolesInTokens(config));
  const roles = role.flatMap((name) => ROLES_BY_NAME[name] ?? []);
  process.stdout.write(`${await tokens.sign(subject, roles, hours)}\n`);
}
