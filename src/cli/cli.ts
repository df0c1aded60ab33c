import { Command, Option } from 'commander';
import { printSettings, settingsOf, type Env } from './settings.js';
import { callerOf, hoursOf, printToken, ROLE_NAMES } from './token.js';

const OWN = ['serve', 'check', 'token', 'config'];

/** The command line: `serve` (the default), `check`, `token`, `config`, and one command for each operation. */
export async function runCli(argv: readonly string[], env: Env): Promise<void> {
  const program = new Command('lablet').description('Control plane for lablets.');
  const [, , asked = 'serve'] = argv;
  if (asked !== 'serve') process.stdout.off('error', endWithReader).on('error', endWithReader);

  program
    // Of a default command an unknown word would be an argument.
    .command('serve', { isDefault: argv.length < 3 || asked.startsWith('-') })
    .description('Run the server.')
    .action(async () => {
      const config = settingsOf(env);
      if (!config) return;
      // Loaded only here: the other commands answer at once.
      const { serve } = await import('./serve.js');
      await serve(config);
    });

  program
    .command('check')
    .description(
      'Read both stores whole and say what breaks an invariant; change nothing. Exit code 0: clean, 1: violations, 2: cannot run.',
    )
    .option('--json', 'print the report as JSON', false)
    .option('--settle <seconds>', 'wait so long before the second look at what is wrong, 0 to 3600', '0')
    .addHelpText(
      'after',
      '\nServers may run meanwhile, unless a store is embedded: its data folder takes one process at a time.',
    )
    .action(async (options: { json: boolean; settle: string }, command: Command) => {
      const settle = Number(options.settle);
      if (!(settle >= 0 && settle <= 3600)) command.error('--settle is 0 to 3600', { exitCode: 2 });
      const config = settingsOf(env);
      if (!config) {
        process.exitCode = 2;
        return;
      }
      const { check } = await import('./check.js');
      await check(config, { json: options.json, settleSeconds: settle });
    });

  program
    .command('token')
    .description('Print a development token for the server on this data folder.')
    .addOption(new Option('--role <role...>', 'roles of the token').choices(ROLE_NAMES).default(['admin']))
    .option('--subject <subject>', 'identity of the caller', callerOf, 'developer')
    .option('--hours <hours>', 'how long it is valid', hoursOf, 12)
    .action(async (options: { role: string[]; subject: string; hours: number }) => {
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

  // Loaded only where one of them may be meant, or help is asked for.
  if (!OWN.includes(asked)) (await import('./calls.js')).addCalls(program, env);
  await program.parseAsync(argv);
}

/** Whoever reads what we print may have had enough, as `head` has; that is no failure. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}
