import { CollectionModel } from '../db/collection-model.js';
import {
  StoreUnavailable,
  WriteOutcomeUnknown,
  type Collection,
  type DocumentStore,
  type ModelClass,
} from '../db/document-store.js';
import type { StoredDocument } from '../db/stored-document.js';
import { systemClock } from '../lib/clock.js';
import { CommitFailed, FolderClosed, type DataFolder } from './data-folder.js';
import { EmbeddedCollection, type FolderAccess } from './embedded-collection.js';
import { isTurnLong, nextTurn } from './loop-turn.js';
import { openCollection } from './open-collection.js';

/**
 * Opens the document store in a data folder, and builds the indexes that it does not have yet. Closing the
 * store leaves the folder open.
 * @throws TypeError for a model that cannot be kept, Error when documents clash in a new unique index
 */
export async function openEmbeddedDocumentStore(
  folder: DataFolder,
  models: readonly ModelClass<StoredDocument>[],
): Promise<DocumentStore> {
  const store = new EmbeddedDocumentStore(folder);
  for (const model of models) await store.add(model);
  return store;
}

class EmbeddedDocumentStore implements DocumentStore {
  readonly #collections = new Map<ModelClass<StoredDocument>, Collection<StoredDocument>>();
  readonly #folder: DataFolder;
  readonly #access: FolderAccess;
  #closed = false;

  constructor(folder: DataFolder) {
    this.#folder = folder;
    this.#access = {
      commit: (change) => this.#call(() => folder.commit(change)),
      use: async (work) => {
        if (isTurnLong()) await nextTurn();
        return this.#call(() => folder.use(work));
      },
    };
  }

  async add<T extends StoredDocument>(model: ModelClass<T>): Promise<void> {
    const documents = await openCollection(this.#folder, new CollectionModel(model));
    const collection = new EmbeddedCollection(documents, this.#access);
    this.#collections.set(model, collection);
  }

  collection<T extends StoredDocument>(model: ModelClass<T>): Collection<T> {
    const found = this.#collections.get(model);
    if (!found) throw new Error(`the store was opened without ${model.name}`);
    return found as unknown as Collection<T>;
  }

  async now(): Promise<string> {
    return this.#access.use(() => systemClock.now());
  }

  async ping(): Promise<void> {
    await this.#access.use(() => undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async #call<R>(call: () => Promise<R>): Promise<R> {
    if (this.#closed) throw new StoreUnavailable('the document store is closed');
    try {
      return await call();
    } catch (error) {
      if (error instanceof FolderClosed) throw new StoreUnavailable(error.message, { cause: error });
      if (error instanceof CommitFailed)
        throw new WriteOutcomeUnknown(error.message, { cause: error, isFull: error.isDiskFull });
      throw error;
    }
  }
}
