/**
 * All settings, read from one environment record. Pure: the program passes `process.env` in one place.
 * Every fault is reported at once.
 */
import type { Setting } from './lib/settings.js';
import { artifactsSettings } from './settings/artifacts.js';
import { callersSettings } from './settings/callers.js';
import { identitySettings } from './settings/identity.js';
import { limitsSettings } from './settings/limits.js';
import { liveSettings } from './settings/live.js';
import { serverSettings } from './settings/server.js';
import { storesSettings } from './settings/stores.js';
import { tracingSettings } from './settings/tracing.js';
import { upkeepSettings } from './settings/upkeep.js';

export const SETTINGS = {
  ...serverSettings,
  ...storesSettings,
  ...identitySettings,
  ...artifactsSettings,
  ...limitsSettings,
  ...callersSettings,
  ...liveSettings,
  ...upkeepSettings,
  ...tracingSettings,
} as const;

type Settings = typeof SETTINGS;
export type SettingName = keyof Settings;
export type Config = { readonly [K in SettingName]: ReturnType<Settings[K]['parse']> };

/** Every fault of the environment, for one message. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly faults: readonly string[]) {
    super(`The settings have ${faults.length} fault(s):\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
}

/** Reads and checks all settings. @throws ConfigError with all faults at once */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(SETTINGS) as [SettingName, Setting<unknown>][]) {
    const given = env[setting.env]?.trim();
    try {
      values[name] = setting.parse(given === undefined || given === '' ? setting.fallback : given);
    } catch (error) {
      faults.push(`${setting.env} ${(error as Error).message}`);
    }
  }
  // A value that could not be read is undefined here, which counts as given.
  const config = values as Config;
  faults.push(...crossChecks(config));
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** True when tokens come from an identity provider, false when the server signs development tokens itself. */
export function hasIdentityProvider(config: Pick<Config, 'authJwksUrl' | 'authJwksFile'>): boolean {
  return config.authJwksUrl !== null || config.authJwksFile !== null;
}

/** How tokens carry the roles of their callers. */
export function rolesInTokens({
  authRolesClaim,
  authRoleNames,
}: Pick<Config, 'authRolesClaim' | 'authRoleNames'>) {
  return { rolesClaim: authRolesClaim, roleNames: authRoleNames };
}

function crossChecks(config: Config): string[] {
  return [...identityFaults(config), ...s3Faults(config)];
}

function s3Faults({ s3Endpoint, s3AccessKey, s3SecretKey }: Config): string[] {
  const faults: string[] = [];
  if (s3Endpoint === null && (s3AccessKey !== null || s3SecretKey !== null))
    faults.push('S3_ACCESS_KEY and S3_SECRET_KEY need S3_ENDPOINT');
  if (s3AccessKey === null && (s3Endpoint !== null || s3SecretKey !== null))
    faults.push('S3_ACCESS_KEY is needed with S3_ENDPOINT and S3_SECRET_KEY');
  if (s3SecretKey === null && (s3Endpoint !== null || s3AccessKey !== null))
    faults.push('S3_SECRET_KEY is needed with S3_ENDPOINT and S3_ACCESS_KEY');
  return faults;
}

function identityFaults(config: Config): string[] {
  const faults: string[] = [];
  if (!hasIdentityProvider(config)) {
    if (!LOOPBACK.has(config.host)) {
      faults.push(
        `HOST ${config.host} is not loopback: development tokens are for loopback only; set AUTH_JWKS_URL or AUTH_JWKS_FILE`,
      );
    }
    if (config.authIssuer !== null || config.authAudience !== null) {
      faults.push('AUTH_ISSUER and AUTH_AUDIENCE need AUTH_JWKS_URL or AUTH_JWKS_FILE');
    }
    return faults;
  }
  if (config.authJwksUrl !== null && config.authJwksFile !== null) {
    faults.push('AUTH_JWKS_URL and AUTH_JWKS_FILE exclude each other');
  }
  if (config.authIssuer === null) faults.push('AUTH_ISSUER is needed with a key set');
  if (config.authAudience === null) faults.push('AUTH_AUDIENCE is needed with a key set');
  return faults;
}
