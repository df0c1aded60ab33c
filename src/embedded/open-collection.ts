import type { CollectionModel, IndexModel } from '../db/collection-model.js';
import type { StoredDocument } from '../db/stored-document.js';
import type { DataFolder } from './data-folder.js';
import { IndexedDocuments, type DocumentTexts } from './indexed-documents.js';
import type { Entries } from './index-scan.js';
import { nextTurn } from './loop-turn.js';

/** Version of the form of index entries. */
const FORMAT = 1;

/** Documents put into an index by one transaction, which keeps the event loop for its length. */
const BUILD_BATCH = 500;

/**
 * Opens a collection with its indexes. An index that is new or was defined otherwise is built from the
 * documents; one that the model no longer has is dropped, since it would miss what is written from now on.
 * A record says which indexes are complete, so that a build that was cut short is begun again.
 * @throws Error naming two documents that clash in a unique index
 */
export async function openCollection<T extends StoredDocument>(
  folder: DataFolder,
  model: CollectionModel<T>,
): Promise<IndexedDocuments<T>> {
  const complete = folder.root.openDB<string, string>({ name: 'indexes', encoding: 'string' });
  const texts: DocumentTexts = folder.root.openDB({
    name: `documents/${model.name}`,
    keyEncoding: 'binary',
    encoding: 'string',
  });
  const recordOf = (index: IndexModel): string => `${model.name}/${index.name}`;
  const records = new Set(model.indexes.map(recordOf));
  for (const record of [...complete.getKeys()]) {
    if (!record.startsWith(`${model.name}/`) || records.has(record)) continue;
    await folder.commit(() => complete.removeSync(record));
    await openEntries(folder, record).drop();
  }
  const opened = model.indexes.map((index) => [index, openEntries(folder, recordOf(index))] as const);
  const documents = new IndexedDocuments(model, texts, new Map(opened));
  for (const [index, entries] of opened) {
    const record = recordOf(index);
    const definition = JSON.stringify({ format: FORMAT, fields: index.fields, unique: index.unique });
    if (complete.get(record) === definition) continue;
    await folder.commit(() => complete.removeSync(record));
    await entries.clearAsync();
    await build(folder, documents, index);
    await folder.commit(() => complete.putSync(record, definition));
  }
  return documents;
}

function openEntries(folder: DataFolder, record: string): Entries {
  return folder.root.openDB({ name: `index/${record}`, keyEncoding: 'binary', encoding: 'binary' });
}

async function build<T extends StoredDocument>(
  folder: DataFolder,
  documents: IndexedDocuments<T>,
  index: IndexModel,
): Promise<void> {
  const { model, texts } = documents;
  let start: Buffer = Buffer.of(0);
  for (;;) {
    const batch = [...texts.getRange({ start, limit: BUILD_BATCH })];
    const last = batch.at(-1);
    if (!last) return;
    const keys = batch.map(({ value }) => model.keyOf(JSON.parse(value) as T, index));
    const clash = await folder.commit(() => {
      for (const key of keys) {
        const other = index.unique ? documents.clash(index, key) : null;
        if (other !== null) return [other, key.at(-1)];
        documents.addEntry(index, key);
      }
      return null;
    });
    if (clash) throw new Error(`${model.name}: ${clash.join(' and ')} clash in index ${index.name}`);
    start = Buffer.concat([last.key, Buffer.of(0)]);
    await nextTurn();
  }
}
