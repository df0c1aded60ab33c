import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DocumentStore, ModelClass } from '../../src/db/document-store.js';
import type { StoredDocument } from '../../src/db/stored-document.js';
import { openDataFolder } from '../../src/embedded/data-folder.js';
import { openEmbeddedDocumentStore } from '../../src/embedded/embedded-document-store.js';
import { openEmbeddedLiveStore } from '../../src/embedded/embedded-live-store.js';
import type { LiveStore } from '../../src/live/live-store.js';

export interface TempStores {
  readonly documents: DocumentStore;
  readonly live: LiveStore;
  close(): Promise<void>;
}

/** Both embedded stores, empty, in a folder that goes with them. */
export async function tempStores(models: readonly ModelClass<StoredDocument>[] = []): Promise<TempStores> {
  const path = mkdtempSync(join(tmpdir(), 'lablet-unit-'));
  const folder = await openDataFolder(path);
  const documents = await openEmbeddedDocumentStore(folder, models);
  const live = await openEmbeddedLiveStore(folder.root);
  return {
    documents,
    live,
    async close() {
      await live.close();
      await documents.close();
      await folder.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
}
