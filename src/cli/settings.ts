import { ConfigError, readConfig, SETTINGS, type Config } from '../config.js';

export type Env = Readonly<Record<string, string | undefined>>;

/** The settings, or null after telling what is wrong with them; exit code 1 then. */
export function settingsOf(env: Env): Config | null {
  try {
    return readConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
    return null;
  }
}

/** Prints every setting with its default and meaning. */
export function printSettings(): void {
  for (const { env, fallback, description } of Object.values(SETTINGS)) {
    process.stdout.write(`${env}=${fallback}\n    ${description}\n`);
  }
}
