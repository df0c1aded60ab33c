import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { openMongoDocumentStore } from '../../src/db/mongo-document-store.js';
import { openDataFolder } from '../../src/embedded/data-folder.js';
import { openEmbeddedDocumentStore } from '../../src/embedded/embedded-document-store.js';
import {
  externalMongod,
  findEngine,
  startMongod,
  startMongoJavaServer,
  type EngineName,
  type RunningEngine,
} from '../support/engines.js';
import { documentStoreContract } from './document-store.contract.js';
import type { Backend, Harness } from './document-store/harness.js';

async function startEmbedded(): Promise<Backend> {
  const folder = await mkdtemp(join(tmpdir(), 'lablet-documents-'));
  return {
    folder,
    open: async (models) => {
      const data = await openDataFolder(folder);
      const store = await openEmbeddedDocumentStore(data, models);
      // The store leaves its folder open for the other one; here there is no other.
      const close = async (): Promise<void> => {
        await store.close();
        await data.close();
      };
      return {
        collection: (model) => store.collection(model),
        now: () => store.now(),
        ping: () => store.ping(),
        close,
      };
    },
    stop: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Where a test is not about deadlines, a busy machine must not make it fail. */
const PATIENT = { serverSelectionMs: 10_000, callMs: 10_000 };

async function startServer(start: () => Promise<RunningEngine>): Promise<Backend> {
  const server = await start();
  return { ...backendAt(server.url), server, stop: () => server.stop() };
}

function backendAt(uri: string): Backend {
  return {
    open: (models, deadlines = PATIENT, way = uri) =>
      openMongoDocumentStore({ uri: way, models, ...deadlines }),
    stop: async () => undefined,
  };
}

const SERVERS: Partial<Record<EngineName, Harness>> = {
  'mongo-java-server': {
    start: () => startServer(startMongoJavaServer),
    crash: 'server',
    runs: 40,
  },
  mongod: { start: () => startServer(startMongod), crash: 'server', runs: 40 },
};

/** Engines that must not be missing: a list of names, or 1 for those that `scripts/install-engines` installs. */
const demanded = (process.env['REQUIRE_ENGINES'] ?? '').replace(/^1$/, 'mongo-java-server').split(',');

documentStoreContract('embedded document store', {
  start: startEmbedded,
  crash: 'process',
  runs: 150,
});

for (const [name, harness] of Object.entries(SERVERS) as [EngineName, Harness][]) {
  const { version, path, reason } = findEngine(name);
  const elsewhere = name === 'mongod' ? externalMongod() : null;
  process.stdout.write(
    path
      ? `document store on ${name} ${version ?? path}\n`
      : `document store on ${name} NOT RUN: ${reason}\n`,
  );
  if (elsewhere) {
    process.stdout.write(
      'document store on mongod: crashes and outages NOT RUN: the server is not ours to kill\n',
    );
    const start = async (): Promise<Backend> => backendAt(elsewhere);
    documentStoreContract(`document store on ${name}`, { ...harness, start, crash: 'none' });
  } else if (path) {
    documentStoreContract(`document store on ${name} ${version}`, harness);
  } else if (demanded.includes(name)) {
    it(`document store on ${name}`, () => expect.fail(`${name} is demanded but NOT RUN: ${reason}`));
  }
}
