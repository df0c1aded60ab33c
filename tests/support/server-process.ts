import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const START_MS = 120_000;
const SOURCES = ['--import', 'tsx', 'src/main.ts'];

/** The server as people run it: a process of its own. It is killed at the end of the test at the latest. */
export interface ServerProcess {
  readonly url: string;
  /** The administrator's token that it prints. */
  readonly token: string;
  kill(signal?: NodeJS.Signals): Promise<Ended>;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  readonly stdout: string;
}

/** Starts it, from its sources unless a built program is named, and waits for its greeting. */
export async function startServerProcess(
  env: Readonly<Record<string, string>>,
  program?: string,
  { handles = null }: { readonly handles?: number | null } = {},
): Promise<ServerProcess> {
  const { child, ended, said } = launch(env, program === undefined ? SOURCES : [program], handles);
  const greeting = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`not ready in ${START_MS} ms: ${said.stderr}`)),
      START_MS,
    );
    child.stderr?.on('data', () => {
      if (!/^eyJ\S+\n/m.test(said.stderr)) return;
      clearTimeout(timer);
      resolve(said.stderr);
    });
    child.once('close', () => reject(new Error(`it ended: ${said.stderr}`)));
  });
  const find = (pattern: RegExp) => pattern.exec(greeting)?.[1] as string;
  return {
    url: find(/GraphQL +(\S+)\/graphql/),
    token: find(/^(eyJ\S+)$/m),
    kill(signal = 'SIGKILL') {
      child.kill(signal);
      return ended;
    },
  };
}

/** Runs it, or the command that `args` name, until it ends by itself. */
export function runServerProcess(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended> {
  return launch(env, [...SOURCES, ...args]).ended;
}

/** `handles` is how many files and connections it may have open, where that is less than usual. */
function launch(
  env: Readonly<Record<string, string>>,
  args: readonly string[],
  handles: number | null = null,
) {
  const { PATH = '' } = process.env;
  const limited = ['-c', `ulimit -n ${handles}; exec "$0" "$@"`, process.execPath, ...args];
  const [command, given] = handles === null ? [process.execPath, args] : ['sh', limited];
  const child: ChildProcess = spawn(command, given, {
    cwd: ROOT,
    env: { PATH, PORT: '0', LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout?.on('data', (text) => (said.stdout += String(text)));
  child.stderr?.on('data', (text) => (said.stderr += String(text)));
  const ended = once(child, 'close').then(([code, signal]): Ended => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    ...said,
  }));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, ended, said };
}
