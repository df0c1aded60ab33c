import { Command, Option } from 'commander';
import { developmentTokens } from '../auth/development-tokens.js';
import { ROLE_CLAIMS } from '../auth/tokens.js';
import { ConfigError, hasIdentityProvider, readConfig, SETTINGS, type Config } from '../config.js';

type Env = Readonly<Record<string, string | undefined>>;

/** The command line: `serve` (the default), `token`, `config`. */
export async function runCli(argv: readonly string[], env: Env): Promise<void> {
  const program = new Command('lablet').description('Control plane for lablets.');
  const settings = () => configOrExit(env);

  program
    .command('serve', { isDefault: true })
    .description('Run the server.')
    .action(async () => {
      const config = settings();
      if (!config) return;
      const { serve } = await import('./serve.js');
      await serve(config);
    });

  program
    .command('token')
    .description('Print a development token for the server on this data folder.')
    .addOption(
      new Option('--role <role...>', 'roles of the token')
        .choices(Object.keys(ROLE_CLAIMS))
        .default(['admin']),
    )
    .option('--subject <subject>', 'identity of the caller', 'developer')
    .option('--hours <hours>', 'how long it is valid', '12')
    .action(async (options: { role: string[]; subject: string; hours: string }) => {
      const config = settings();
      if (config) await printToken(config, options);
    });

  program
    .command('config')
    .description('Print all settings with their defaults, and check the present ones.')
    .action(() => {
      for (const { env: name, fallback, description } of Object.values(SETTINGS)) {
        process.stdout.write(`${name}=${fallback}\n    ${description}\n`);
      }
      settings();
    });

  await program.parseAsync(argv);
}

function configOrExit(env: Env): Config | null {
  try {
    return readConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
    return null;
  }
}

async function printToken(
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
  const roles = role.flatMap((name) => ROLE_CLAIMS[name] ?? []);
  process.stdout.write(`${await tokens.sign(subject, roles, Number(hours))}\n`);
}
