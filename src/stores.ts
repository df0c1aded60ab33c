import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { LiveKeys } from './claims/keys.js';
import type { Config } from './config.js';
import { StoreUnavailable, type DocumentStore, type ModelClass } from './db/document-store.js';
import { openMongoDocumentStore } from './db/mongo-document-store.js';
import type { StoredDocument } from './db/stored-document.js';
import { openDataFolder, type DataFolder } from './embedded/data-folder.js';
import { openEmbeddedDocumentStore } from './embedded/embedded-document-store.js';
import { openEmbeddedLiveStore } from './embedded/embedded-live-store.js';
import type { Closing } from './lib/closing.js';
import { openEtcdLiveStore } from './live/etcd-live-store.js';
import { LiveUnavailable, type LiveStore } from './live/live-store.js';
import type { Logger } from './logger.js';

export interface Stores {
  readonly documents: DocumentStore;
  readonly live: LiveStore;
  /** For people: what each store is. */
  readonly description: string;
}

export interface OpenedStores extends Stores {
  /** What each store is, for metrics. */
  readonly kinds: { readonly documents: 'embedded' | 'mongodb'; readonly live: 'embedded' | 'etcd' };
  /** Id of the data folder where exactly one of the two stores is embedded, else null. */
  readonly folderId: string | null;
}

interface OpenParts {
  readonly config: Config;
  readonly models: readonly ModelClass<StoredDocument>[];
  readonly keys: LiveKeys;
  readonly logger: Logger;
  readonly closing: Closing;
  /** Makes no indexes in MongoDB; for who only reads. */
  readonly readOnly?: boolean;
}

const RETRY_MS = 250;

/** Opens the pair of stores the settings name; waits for servers up to the start deadline. */
export async function openStores(parts: OpenParts): Promise<OpenedStores> {
  const { config, models, keys, closing } = parts;
  const { mongodbUri, etcdEndpoints } = config;
  const usesEtcd = etcdEndpoints.length > 0;
  const folder =
    mongodbUri === null || !usesEtcd
      ? closing.add('data folder', await openDataFolder(config.dataDir))
      : null;
  const documents = closing.add(
    'document store',
    mongodbUri === null
      ? await openEmbeddedDocumentStore(folder as DataFolder, models)
      : await openMongo(parts, mongodbUri),
  );
  const live = closing.add(
    'live store',
    usesEtcd ? await openEtcd(config, keys) : await openEmbeddedLiveStore((folder as DataFolder).root, {}),
  );
  await patiently(config.startDeadlineMs, () => live.get(keys.epoch), 'The live store does not answer');
  const description = `documents: ${mongodbUri === null ? 'embedded' : 'MongoDB'}, live: ${usesEtcd ? 'etcd' : 'embedded'}`;
  const isMixed = (mongodbUri === null) === usesEtcd;
  const kinds = {
    documents: mongodbUri === null ? ('embedded' as const) : ('mongodb' as const),
    live: usesEtcd ? ('etcd' as const) : ('embedded' as const),
  };
  return { documents, live, description, kinds, folderId: isMixed ? (folder as DataFolder).folderId : null };
}

function openMongo(
  { config, models, logger, readOnly = false }: OpenParts,
  uri: string,
): Promise<DocumentStore> {
  const callMs = config.documentCallMs;
  const open = () => openMongoDocumentStore({ uri, models, callMs, logger, makesIndexes: !readOnly });
  return patiently(config.startDeadlineMs, open, 'The document store does not answer');
}

async function openEtcd(config: Config, keys: LiveKeys): Promise<LiveStore> {
  const { etcdEndpoints: endpoints, liveCallMs: callMs, etcdUsername, etcdPassword } = config;
  const tls = readTls(config);
  const auth = etcdUsername !== null && { username: etcdUsername, password: etcdPassword ?? '' };
  return openEtcdLiveStore({
    endpoints: endpoints.map((endpoint) => withScheme(endpoint, tls !== null)),
    callMs,
    epochKey: keys.epoch,
    ...(auth ? { auth } : {}),
    ...(tls ? { tls } : {}),
  });
}

function readTls({ etcdCaFile, etcdCertFile, etcdKeyFile }: Config) {
  if (etcdCaFile === null) return null;
  const [cert, key] = [etcdCertFile, etcdKeyFile].map((path) => (path === null ? null : readFileSync(path)));
  return { ca: readFileSync(etcdCaFile), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
}

function withScheme(endpoint: string, secure: boolean): string {
  return /^https?:\/\//.test(endpoint) ? endpoint : `${secure ? 'https' : 'http'}://${endpoint}`;
}

/** Repeats until the store answers or the deadline passes; other failures end it at once. */
async function patiently<T>(deadlineMs: number, attempt: () => Promise<T>, message: string): Promise<T> {
  const until = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const away = error instanceof StoreUnavailable || error instanceof LiveUnavailable;
      if (!away) throw error;
      if (performance.now() >= until) {
        throw new StartFailed(
          `${message} within ${deadlineMs} ms. Is it running, and are the settings right?`,
          error,
        );
      }
      await delay(RETRY_MS);
    }
  }
}

/** The server cannot start; the message is for the person who started it. */
export class StartFailed extends Error {
  override readonly name = 'StartFailed';
  constructor(message: string, cause: unknown) {
    super(message, { cause });
  }
}
