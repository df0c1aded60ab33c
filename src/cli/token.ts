import { developmentTokens } from '../auth/development-tokens.js';
import { ROLE_CLAIMS } from '../auth/tokens.js';
import { ROLES, type Role } from '../lib/actor.js';
import { hasIdentityProvider, type Config } from '../config.js';

/** Names of the roles a token can carry: as the claim spells them, and as the API does. */
const ROLES_BY_NAME: Readonly<Record<string, Role>> = {
  ...ROLE_CLAIMS,
  ...Object.fromEntries(ROLES.map((role) => [role.toLowerCase(), role])),
};
export const ROLE_NAMES: readonly string[] = Object.keys(ROLES_BY_NAME);

/** Prints a token that the server on this data folder accepts; exit code 1 where tokens come from elsewhere. */
export async function printToken(
  config: Config,
  { role, subject, hours }: { role: string[]; subject: string; hours: string },
): Promise<void> {
  if (hasIdentityProvider(config)) {
    process.stderr.write(
      'Tokens come from the identity provider (AUTH_JWKS_URL or AUTH_JWKS_FILE is set).\n',
    );
    process.exitCode = 1;
    return;
  }
  const tokens = await developmentTokens(config.dataDir, config.authRolesClaim);
  const roles = role.flatMap((name) => ROLES_BY_NAME[name] ?? []);
  process.stdout.write(`${await tokens.sign(subject, roles, Number(hours))}\n`);
}
