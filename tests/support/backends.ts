import { expect, it } from 'vitest';
import {
  externalMongod,
  findEngine,
  startEtcd,
  startMongod,
  startMongoJavaServer,
  type EngineName,
  type RunningEngine,
} from './engines.js';

/** A pair of stores the server can run on, as settings. */
export interface Backend {
  readonly name: string;
  /** Starts the engines it needs. */
  start(): Promise<{
    env: Readonly<Record<string, string>>;
    engines: readonly RunningEngine[];
    stop(): Promise<void>;
  }>;
}

type Setting = readonly [variable: string, engine: EngineName];

const STARTERS: Partial<Record<EngineName, () => Promise<RunningEngine>>> = {
  etcd: () => startEtcd(),
  'mongo-java-server': () => startMongoJavaServer(),
  mongod: () => startMongod(),
};

/** The server that speaks MongoDB's protocol: a real one where there is one. */
const documentEngine: EngineName = findEngine('mongod').path ? 'mongod' : 'mongo-java-server';

const PAIRS: readonly (readonly Setting[])[] = [
  [],
  [
    ['ETCD_ENDPOINTS', 'etcd'],
    ['MONGODB_URI', documentEngine],
  ],
  [['ETCD_ENDPOINTS', 'etcd']],
  [['MONGODB_URI', documentEngine]],
];

/** Every pair whose engines are here. What is missing is said, and fails where it is demanded. */
export function backends(): Backend[] {
  return PAIRS.filter((pair) => pair.every(([, engine]) => isHere(engine))).map(backendOf);
}

/** The pairs with a server on both sides and the embedded pair; for suites that need not run on mixed pairs. */
export function purePairs(): Backend[] {
  return backends().filter(({ name }) => !name.includes('embedded +') && !name.endsWith('+ embedded'));
}

const reported = new Set<EngineName>();

/** True when the engine is here; says so once, and fails a test of its own where it is demanded but missing. */
export function isHere(engine: EngineName): boolean {
  const { version, path, reason } = findEngine(engine);
  if (!reported.has(engine)) {
    reported.add(engine);
    process.stdout.write(
      path ? `engine ${engine} ${version ?? path}\n` : `engine ${engine} NOT RUN: ${reason}\n`,
    );
    if (!path && isDemanded(engine)) {
      it(`engine ${engine} is here`, () => expect.fail(`${engine} is demanded but NOT RUN: ${reason}`));
    }
  }
  return path !== null;
}

/** Engines that CI installs; `REQUIRE_ENGINES=1` demands them. */
const INSTALLED = ['etcd', 'mongo-java-server', 'chromium', 'libfaketime', 'slowhttptest'];

/** True when `REQUIRE_ENGINES` (names, comma separated, or 1) demands the engine. */
export function isDemanded(engine: string): boolean {
  const demanded = process.env['REQUIRE_ENGINES'] ?? '';
  return (demanded === '1' ? INSTALLED : demanded.split(',')).includes(engine);
}

function backendOf(pair: readonly Setting[]): Backend {
  const elsewhere = externalMongod();
  const engineFor = (variable: string) => pair.find(([name]) => name === variable)?.[1] ?? 'embedded';
  const [documents, live] = [engineFor('MONGODB_URI'), engineFor('ETCD_ENDPOINTS')];
  return {
    name: pair.length === 0 ? 'embedded stores' : `${documents} + ${live}`,
    async start() {
      const engines: RunningEngine[] = [];
      const env: Record<string, string> = {};
      for (const [variable, engine] of pair) {
        if (engine === 'mongod' && elsewhere !== null) {
          env[variable] = elsewhere;
          continue;
        }
        const running = await (STARTERS[engine] as () => Promise<RunningEngine>)();
        engines.push(running);
        env[variable] = running.url;
      }
      const stop = async () => {
        for (const engine of engines) await engine.stop();
      };
      return { env, engines, stop };
    },
  };
}
