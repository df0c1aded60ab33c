import closeWithGrace from 'close-with-grace';
import { SETTINGS, type Config } from '../config.js';
import { explainStart, startServer, type RunningServer } from '../server.js';

/** Runs the server until it is told to stop. Exit code 1 and one clear line when it cannot start. */
export async function serve(config: Config): Promise<void> {
  const started = performance.now();
  let server: RunningServer;
  try {
    server = await startServer(config);
  } catch (error) {
    const explanation = explainStart(error);
    if (explanation === null) throw error;
    process.stderr.write(`The server cannot start: ${explanation}\n`);
    process.exitCode = 1;
    return;
  }
  const { logger } = server.context;
  closeWithGrace({ delay: config.shutdownGraceSeconds * 1000 }, async ({ signal, err }) => {
    if (err) logger.fatal({ err }, 'the process ends after an unexpected failure');
    else logger.info({ signal }, 'stopping');
    await server.close();
  });
  await greet(server, Math.round(performance.now() - started));
}

async function greet({ url, context, tokens }: RunningServer, ms: number): Promise<void> {
  const { logger, storesDescription } = context;
  logger.info({ url, ms, stores: storesDescription }, 'ready');
  if (!tokens) return;
  // For a person on this machine; a token never goes into the log itself.
  const { dataDir } = context.config;
  const folder = dataDir === SETTINGS.dataDir.fallback ? '' : `DATA_DIR=${dataDir} `;
  const token = await tokens.sign('developer', ['ADMIN']);
  process.stderr.write(
    [
      '',
      `  Lablet control plane, ready in ${ms} ms (${storesDescription})`,
      '',
      `  Console   ${url}/`,
      `  Explorer  ${url}/explorer`,
      `  GraphQL   ${url}/graphql`,
      '',
      `  Development token (role admin, 12 hours; another one: ${folder}npm run -s lablet -- token --role user):`,
      '',
      token,
      '',
      '',
    ].join('\n'),
  );
}
