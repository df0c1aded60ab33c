/**
 * Runs a server as a child process of the tests: finds it a port and a folder, waits until it answers, kills, pauses
 * and restarts it, and cleans up. What each server needs for that is said in `engines.ts`.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';

/** How long a server may take until it answers. */
const START_MS = 20_000;
/** How long a server may take to stop when asked, before it is killed. */
const STOP_MS = 5_000;

/** A server that the tests started, and can do to as they like. */
export interface RunningEngine {
  readonly name: string;
  readonly version: string | null;
  /** Where clients connect: `http://…` for etcd, `mongodb://…` for the others. */
  readonly url: string;
  readonly port: number;
  /** Null while the server is down. */
  readonly pid: number | null;
  /** Holds the server's data and its log. */
  readonly dataDir: string;
  /** Ends it with SIGKILL, as a crash would. Its data stays. */
  kill(): Promise<void>;
  /** Freezes it (SIGSTOP): connections stay open and nothing is answered. */
  pause(): void;
  /** Lets a frozen server go on. */
  resume(): void;
  /** Starts it again on the same port with the same data; stops it first if it is up. */
  restart(): Promise<void>;
  /** Ends it for good, and removes its folder unless the caller had named one. */
  stop(): Promise<void>;
}

/** What is to be run, and how to tell that it is there. */
export interface EngineSpec {
  readonly name: string;
  readonly version: string | null;
  readonly command: string;
  readonly scheme: 'http' | 'mongodb';
  readonly environment?: Readonly<Record<string, string>>;
  /** The command line for this port and folder; asked again for every start. */
  arguments(port: number, dataDir: string): readonly string[];
  /** Whether the server on this port answers a request now. */
  answers(port: number): Promise<boolean>;
}

export interface Place {
  /** A folder of the caller's, which outlives the engine; a fresh temporary one by default. */
  readonly dataDir?: string | undefined;
  /** A free port of the program's choice by default. */
  readonly port?: number | undefined;
}

/** Starts the server and waits until it answers. */
export async function launch(spec: EngineSpec, place: Place = {}): Promise<RunningEngine> {
  const dataDir = place.dataDir ?? (await mkdtemp(join(tmpdir(), `lablet-${spec.name}-`)));
  await mkdir(dataDir, { recursive: true });
  for (let attempt = 1; ; attempt += 1) {
    const port = place.port ?? (await freePort());
    const engine = new EngineProcess(spec, port, dataDir, place.dataDir === undefined);
    try {
      await engine.start();
      return engine;
    } catch (error) {
      // Someone else may have taken the port since it was found free.
      const again = place.port === undefined && attempt < 3 && /address already in use/i.test(String(error));
      await (again ? engine.kill() : engine.stop());
      if (!again) throw error;
    }
  }
}

/** The engines not yet stopped. None must outlive the tests, however those end. */
const engines = new Set<EngineProcess>();

process.on('exit', () => {
  for (const engine of engines) engine.abandon();
});

/**
 * An exit handler does not run when the tests themselves are killed. Where util-linux is there, `setpriv` (which
 * becomes the command, under the same pid) has the kernel kill the child when its parent goes.
 */
const LEASH = existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL', '--'] : [];

class EngineProcess implements RunningEngine {
  readonly name: string;
  readonly version: string | null;
  readonly url: string;
  readonly #spec: EngineSpec;
  readonly #temporary: boolean;
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();

  constructor(
    spec: EngineSpec,
    readonly port: number,
    readonly dataDir: string,
    temporary: boolean,
  ) {
    this.name = spec.name;
    this.version = spec.version;
    this.url = `${spec.scheme}://127.0.0.1:${String(port)}`;
    this.#spec = spec;
    this.#temporary = temporary;
    engines.add(this);
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  async start(): Promise<void> {
    // Otherwise whoever has the port might answer in the engine's place.
    if (!(await isFree(this.port))) throw new Error(`port ${String(this.port)}: address already in use`);
    this.#spawn();
    const deadline = performance.now() + START_MS;
    while (!(await this.#spec.answers(this.port))) {
      if (this.#child === null)
        throw new Error(`${this.name} ended before it answered: ${this.#lastWords()}`);
      if (performance.now() > deadline) throw new Error(`${this.name} does not answer: ${this.#lastWords()}`);
      await delay(20);
    }
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  pause(): void {
    this.#running().kill('SIGSTOP');
  }

  resume(): void {
    this.#running().kill('SIGCONT');
  }

  async restart(): Promise<void> {
    await this.#terminate();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.#terminate();
    engines.delete(this);
    if (this.#temporary) await rm(this.dataDir, { recursive: true, force: true });
  }

  /** What can still be done of {@link stop} while the process exits and nothing can be awaited. */
  abandon(): void {
    this.#child?.kill('SIGKILL');
    if (this.#temporary) rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 3 });
  }

  #spawn(): void {
    const [command, ...rest] = [
      ...LEASH,
      this.#spec.command,
      ...this.#spec.arguments(this.port, this.dataDir),
    ];
    const log = openSync(this.#logFile(), 'a');
    const child = spawn(command ?? this.#spec.command, rest, {
      cwd: this.dataDir,
      env: { ...process.env, ...this.#spec.environment },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    // A forgotten engine is no reason for the tests to hang; the exit handler sees to it.
    child.unref();
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      const ended = (): void => {
        this.#child = null;
        resolve();
      };
      child.once('exit', ended);
      // Without a pid the command could not be run at all, and there will be no exit.
      child.once('error', () => {
        if (child.pid === undefined) ended();
      });
    });
  }

  async #terminate(): Promise<void> {
    this.#child?.kill('SIGCONT');
    const impatience = setTimeout(() => this.#child?.kill('SIGKILL'), STOP_MS);
    await this.#end('SIGTERM');
    clearTimeout(impatience);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#child?.ref();
    this.#child?.kill(signal);
    await this.#ended;
  }

  #running(): ChildProcess {
    if (this.#child === null) throw new Error(`${this.name} is not running`);
    return this.#child;
  }

  #logFile(): string {
    return join(this.dataDir, `${this.name}.log`);
  }

  #lastWords(): string {
    return readFileSync(this.#logFile(), 'utf8').trim().slice(-2_000) || 'it logged nothing';
  }
}

/**
 * Ports below the range from which systems take those of outgoing connections, so that nobody takes an engine's port
 * while it is down. Every process and thread starts looking at another place: tests that run side by side do not meet.
 */
const FIRST_PORT = 20_000;
const PORTS = 12_000;
let candidate = (process.pid * 310 + threadId * 170) % PORTS;

/** A loopback port that nobody listens on now, and that this process has not been given before. */
export async function freePort(): Promise<number> {
  for (let looked = 0; looked < PORTS; looked += 1) {
    candidate = (candidate + 1) % PORTS;
    const port = FIRST_PORT + candidate;
    if (await isFree(port)) return port;
  }
  throw new Error('no free port');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () =>
      server.close(() => {
        resolve(true);
      }),
    );
  });
}
