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

/** Prints every setting with its present value (secrets hidden), its default and its meaning. */
export function printSettings(env: Env): void {
  for (const { env: name, fallback, description, ...rest } of Object.values(SETTINGS)) {
    const given = env[name] ?? fallback;
    const shown = 'secret' in rest && given !== '' ? '***' : given;
    process.stdout.write(
      `${name}=${shown}\n    ${description}${fallback === '' ? '' : ` Default: ${fallback}`}\n`,
    );
  }
}
