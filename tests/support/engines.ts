/**
 * The servers that tests can run against: which of them this machine has, and how to start each one. They come from
 * `scripts/install-engines` or are already there. All listen on the loopback address only.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { basename, delimiter, dirname, join, resolve } from 'node:path';

import { freePort, launch, type Place, type RunningEngine } from './engine-process.js';

export type { RunningEngine } from './engine-process.js';

export type EngineName = 'etcd' | 'minio' | 'mongo-java-server' | 'mongod';

export interface EngineReport {
  readonly name: EngineName;
  readonly version: string | null;
  /** The program; for a mongod that runs elsewhere its address, without user and password. Null if there is none. */
  readonly path: string | null;
  /** Why there is none. */
  readonly reason: string | null;
}

/** The environment variables that name a program; one that is set is the only place looked at. */
const VARIABLES: Readonly<Record<EngineName, string>> = {
  etcd: 'LABLET_ETCD',
  minio: 'LABLET_MINIO',
  'mongo-java-server': 'LABLET_MONGO_JAVA_SERVER',
  mongod: 'LABLET_MONGOD',
};

/** Looks for every engine. It never fails: an engine that is not there has a reason. */
export function findEngines(): EngineReport[] {
  return (Object.keys(VARIABLES) as EngineName[]).map(findEngine);
}

/** For mongod, one that the environment names as running elsewhere comes before a program. */
export function findEngine(name: EngineName): EngineReport {
  const elsewhere = name === 'mongod' ? externalMongod() : null;
  if (elsewhere === null) return findProgram(name);
  return { name, version: null, path: withoutCredentials(elsewhere), reason: null };
}

function findProgram(name: EngineName): EngineReport {
  const named = process.env[VARIABLES[name]];
  const path = named ? resolve(named) : places(name).find(isProgram);
  if (path === undefined) {
    return {
      name,
      version: null,
      path: null,
      reason: `neither ${VARIABLES[name]} nor the engine cache nor PATH has it`,
    };
  }
  if (!isProgram(path))
    return { name, version: null, path: null, reason: `${VARIABLES[name]} names no program: ${path}` };

  const { status, stdout, stderr, error } = spawnSync(path, ['--version'], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  if (status !== 0)
    return {
      name,
      version: null,
      path: null,
      reason: `${path} does not run: ${error?.message ?? stderr.trim()}`,
    };
  return { name, version: /(?<!go)\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? null, path, reason: null };
}

/** The address of a mongod that somebody else runs, if the environment names one. */
export function externalMongod(): string | null {
  return process.env['TEST_MONGODB_URI'] || null;
}

/** etcd, without fsync: what it acknowledged survives its own death, though not that of the machine. */
export async function startEtcd(
  options: Place & { readonly extraArgs?: readonly string[] } = {},
): Promise<RunningEngine> {
  const engine = installed('etcd');
  const peer = `http://127.0.0.1:${String(await freePort())}`;
  const help = spawnSync(engine.command, ['--help'], { encoding: 'utf8' });
  const noFsync = (help.stdout + help.stderr).includes('unsafe-no-fsync') ? ['--unsafe-no-fsync'] : [];
  return launch(
    {
      ...engine,
      scheme: 'http',
      arguments: (port, dataDir) => [
        ...['--name', 'test', '--data-dir', join(dataDir, 'data'), '--initial-cluster', `test=${peer}`],
        ...[
          '--listen-client-urls',
          `http://127.0.0.1:${String(port)}`,
          '--advertise-client-urls',
          `http://127.0.0.1:${String(port)}`,
        ],
        ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
        ...['--auto-compaction-mode', 'periodic', '--auto-compaction-retention', '1h', '--log-level', 'warn'],
        ...noFsync,
        ...(options.extraArgs ?? []),
      ],
      answers: (port) => isHealthy(port),
    },
    options,
  );
}

/** MinIO on a folder, over plain HTTP, with this account; it does not look for updates. */
export function startMinio(account: { accessKey: string; secretKey: string }): Promise<RunningEngine> {
  return launch({
    ...installed('minio'),
    scheme: 'http',
    environment: {
      MINIO_ROOT_USER: account.accessKey,
      MINIO_ROOT_PASSWORD: account.secretKey,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
    },
    arguments: (port, dataDir) => [
      'server',
      join(dataDir, 'data'),
      '--address',
      `127.0.0.1:${String(port)}`,
      '--quiet',
    ],
    answers: (port) => isHealthy(port, '/minio/health/ready'),
  });
}

/** mongo-java-server on an H2 file. It makes one write at a time, and each survives a kill once acknowledged. */
export function startMongoJavaServer(
  options: { readonly dataFile?: string; readonly port?: number } = {},
): Promise<RunningEngine> {
  const { dataFile, port } = options;
  const file = dataFile === undefined ? 'data.mv' : basename(dataFile);
  return launch(
    {
      ...installed('mongo-java-server'),
      scheme: 'mongodb',
      arguments: (ownPort, dataDir) => ['--port', String(ownPort), '--data', join(dataDir, file)],
      answers: answersPing,
    },
    { dataDir: dataFile === undefined ? undefined : dirname(resolve(dataFile)), port },
  );
}

/** A mongod of our own. One that runs elsewhere is not ours to start or kill: connect to {@link externalMongod}. */
export function startMongod(
  options: Place & { readonly extraArgs?: readonly string[] } = {},
): Promise<RunningEngine> {
  return launch(
    {
      ...installed('mongod'),
      scheme: 'mongodb',
      arguments: (port, dataDir) => [
        ...[
          '--dbpath',
          dataDir,
          '--port',
          String(port),
          '--bind_ip',
          '127.0.0.1',
          '--nounixsocket',
          '--quiet',
        ],
        ...(options.extraArgs ?? []),
      ],
      answers: answersPing,
    },
    options,
  );
}

/** Where the program may be, the likeliest place first. */
function places(name: EngineName): string[] {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const engines = process.env['LABLET_ENGINES_DIR'] || join(cache, 'lablet-engines');
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [resolve(engines, 'bin'), ...path].map((folder) => join(folder, name));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function installed(name: EngineName): { name: EngineName; version: string | null; command: string } {
  const { version, path, reason } = findProgram(name);
  if (path === null) throw new Error(`${name} is not there: ${reason ?? 'unknown'}`);
  return { name, version, command: path };
}

function withoutCredentials(uri: string): string {
  return uri.replace(/\/\/[^@/]*@/, '//');
}

async function isHealthy(port: number, path = '/health'): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${String(port)}${path}`, {
      signal: AbortSignal.timeout(1_000),
    });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

/** MongoDB's `{ ping: 1, $db: "admin" }` as one message on the wire, so that asking needs no driver. */
function pingMessage(): Buffer {
  const body = Buffer.from('\x10ping\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0\0', 'latin1');
  const head = Buffer.alloc(25);
  [head.length + body.length, PING_ID, 0, 2013, 0].forEach((value, index) =>
    head.writeInt32LE(value, index * 4),
  );
  head.writeInt32LE(body.length + 4, 21);
  return Buffer.concat([head, body]);
}

const PING_ID = 1;

function answersPing(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host: '127.0.0.1', port });
    const settle = (answered: boolean): void => {
      socket.destroy();
      done(answered);
    };
    const fail = (): void => {
      settle(false);
    };
    socket.setTimeout(1_000, fail).once('error', fail).once('close', fail);
    socket.once('connect', () => socket.write(pingMessage()));
    // The second word of an answer's header names the request that it answers.
    socket.once('data', (answer) => {
      settle(answer.length >= 12 && answer.readInt32LE(8) === PING_ID);
    });
  });
}
