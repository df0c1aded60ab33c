import { Command, Option } from 'commander';
import { printSettings, settingsOf, type Env } from './settings.js';
import { printToken, ROLE_NAMES } from './token.js';

/** The command line: `serve` (the default), `token`, `config`. */
export async function runCli(argv: readonly string[], env: Env): Promise<void> {
  const program = new Command('lablet').description('Control plane for lablets.');

  program
    .command('serve', { isDefault: true })
    .description('Run the server.')
    .action(async () => {
      const config = settingsOf(env);
      if (!config) return;
      // Loaded only here: the other commands answer at once.
      const { serve } = await import('./serve.js');
      await serve(config);
    });

  program
    .command('token')
    .description('Print a development token for the server on this data folder.')
    .addOption(new Option('--role <role...>', 'roles of the token').choices(ROLE_NAMES).default(['admin']))
    .option('--subject <subject>', 'identity of the caller', 'developer')
    .option('--hours <hours>', 'how long it is valid', '12')
    .action(async (options: { role: string[]; subject: string; hours: string }) => {
      const config = settingsOf(env);
      if (config) await printToken(config, options);
    });

  program
    .command('config')
    .description('Print all settings with their present values and defaults, and check them.')
    .action(() => {
      printSettings(env);
      settingsOf(env);
    });

  await program.parseAsync(argv);
}
