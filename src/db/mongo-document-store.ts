import mongoose, { type Connection } from 'mongoose';

import type { Logger } from '../logger.js';
import { CollectionModel } from './collection-model.js';
import { StoreUnavailable, type Collection, type DocumentStore, type ModelClass } from './document-store.js';
import { MongoCollection, type MongoCollectionOptions, type MongoRecord } from './mongo-collection.js';
import { readFailure, readWithin } from './mongo-errors.js';
import type { StoredDocument } from './stored-document.js';

export interface MongoStoreOptions {
  /** Connection string; the database is `lablet` unless it names one. */
  readonly uri: string;
  readonly models: readonly ModelClass<StoredDocument>[];
  /** How long a call waits for a primary, in ms. */
  readonly serverSelectionMs?: number;
  /** How long a call may take once there is one, in ms. */
  readonly callMs?: number;
  readonly logger?: Pick<Logger, 'info' | 'warn'>;
  /** False for who only reads: the indexes, which reads name, are then taken as they are. */
  readonly makesIndexes?: boolean;
}

const DEFAULT_DATABASE = 'lablet';

const PING_MS = 1_000;

/** How often the driver looks at every server: a dead one that keeps its connections is noticed in a few seconds. */
const HEARTBEAT_MS = 2_000;

/** By so much the server's own limit comes before ours, whose outcome would be unknown. */
const MARGIN_MS = 500;

/** Building an index on a large collection at start takes its time. */
const INDEX_BUILD_MS = 600_000;

/**
 * Connects to MongoDB and makes the indexes of the models. Afterwards a read ends within `serverSelectionMs` +
 * `callMs`, and a write within `callMs` and half a second more, as it is not given up while it waits to be sent.
 * @throws StoreUnavailable when MongoDB cannot be reached, TypeError for a model that cannot be kept
 */
export async function openMongoDocumentStore(options: MongoStoreOptions): Promise<DocumentStore> {
  const { uri, models, serverSelectionMs = 3_000, callMs = 2_000, logger, makesIndexes = true } = options;
  const descriptions = models.map((model) => [model, new CollectionModel(model)] as const);
  const connection = mongoose.createConnection(uri, {
    ...(namesDatabase(uri) ? {} : { dbName: DEFAULT_DATABASE }),
    bufferCommands: false,
    autoIndex: false,
    autoCreate: false,
    ignoreUndefined: true,
    serverSelectionTimeoutMS: serverSelectionMs,
    connectTimeoutMS: serverSelectionMs,
    waitQueueTimeoutMS: callMs,
    socketTimeoutMS: callMs + MARGIN_MS,
    heartbeatFrequencyMS: HEARTBEAT_MS,
    readPreference: 'primary',
    writeConcern: { w: 'majority', journal: true, wtimeoutMS: callMs },
    // An unknown outcome is the caller's to decide, who knows how to read it back.
    retryWrites: false,
    retryReads: true,
    maxAdaptiveRetries: 1,
  });
  connection.on('disconnected', () => logger?.warn('MongoDB cannot be reached'));
  connection.on('reconnected', () => logger?.info('MongoDB is reached again'));
  try {
    await connection.asPromise();
    const readMs = serverSelectionMs + callMs;
    const store = new MongoDocumentStore(connection, readMs);
    const { setName, msg } = await store.hello();
    const replicated = setName !== undefined || msg === 'isdbgrid';
    for (const [model, description] of descriptions) {
      if (makesIndexes) await store.makeIndexes(description);
      store.add(model, description, { callMs, readMs, replicated });
    }
    return store;
  } catch (error) {
    await disconnect(connection);
    throw readFailure(error);
  }
}

class MongoDocumentStore implements DocumentStore {
  readonly #collections = new Map<ModelClass<StoredDocument>, Collection<StoredDocument>>();
  readonly #connection: Connection;

  constructor(
    connection: Connection,
    private readonly readMs: number,
  ) {
    this.#connection = connection;
  }

  async makeIndexes({
    name: collection,
    indexes: described,
  }: CollectionModel<StoredDocument>): Promise<void> {
    const indexes = described.map(({ name, fields, unique }) => {
      const key = Object.fromEntries(
        [...fields, ...(unique ? [] : ['_id'])].map((field) => [field, 1 as const]),
      );
      return { name, key, ...(unique ? { unique } : {}) };
    });
    const patience: object = { socketTimeoutMS: INDEX_BUILD_MS };
    if (indexes.length > 0) await this.#database.collection(collection).createIndexes(indexes, patience);
  }

  add<T extends StoredDocument>(
    model: ModelClass<T>,
    description: CollectionModel<T>,
    options: MongoCollectionOptions,
  ): void {
    const records = this.#database.collection<MongoRecord>(description.name);
    const collection = new MongoCollection(description, records, options);
    this.#collections.set(model, collection);
  }

  collection<T extends StoredDocument>(model: ModelClass<T>): Collection<T> {
    const found = this.#collections.get(model);
    if (!found) throw new Error(`the store was opened without ${model.name}`);
    return found as unknown as Collection<T>;
  }

  async now(): Promise<string> {
    const { localTime } = await this.hello();
    return (localTime as Date).toISOString();
  }

  async ping(): Promise<void> {
    await readWithin(PING_MS, () => this.#database.command({ ping: 1 }));
  }

  /** What the server says of itself. */
  hello(): Promise<Record<string, unknown>> {
    return readWithin(this.readMs, () => this.#database.command({ hello: 1 }));
  }

  close(): Promise<void> {
    return disconnect(this.#connection);
  }

  get #database(): NonNullable<Connection['db']> {
    if (!this.#connection.db) throw new StoreUnavailable('the document store is closed');
    return this.#connection.db;
  }
}

async function disconnect(connection: Connection): Promise<void> {
  // Going is no loss of the connection that anybody should be told of.
  connection.removeAllListeners('disconnected');
  await connection.destroy();
}

function namesDatabase(uri: string): boolean {
  return /^[^/]+:\/\/[^/]+\/[^?]/.test(uri);
}
