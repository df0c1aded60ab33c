import { define, optional, roleNames, text, webUrl } from '../lib/settings.js';

/** Who the callers are. */
export const identitySettings = {
  authIssuer: define('AUTH_ISSUER', '', optional, 'Expected `iss` of tokens; needed with a key set.'),
  authAudience: define('AUTH_AUDIENCE', '', optional, 'Expected `aud` of tokens; needed with a key set.'),
  authJwksUrl: define('AUTH_JWKS_URL', '', webUrl, 'Where the identity provider publishes its keys.'),
  authJwksFile: define('AUTH_JWKS_FILE', '', optional, 'Key set as a file, instead of a URL.'),
  authRolesClaim: define(
    'AUTH_ROLES_CLAIM',
    'realm_access.roles',
    text,
    'Path of the roles in a token, dotted.',
  ),
  authRoleNames: define(
    'AUTH_ROLE_NAMES',
    'ADMIN=admin,AUTHOR=lab-author,MANAGER=manager,USER=user,SERVICE=service',
    roleNames,
    'What tokens call each role; a role may have several names.',
  ),
} as const;
