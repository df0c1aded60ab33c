import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { index, modelOptions, prop } from '@typegoose/typegoose';
import { afterEach, beforeEach, expect, it } from 'vitest';

import type { Collection, ModelClass } from '../db/document-store.js';
import { StoredDocument } from '../db/stored-document.js';
import { openDataFolder, type DataFolder } from './data-folder.js';
import { openEmbeddedDocumentStore } from './embedded-document-store.js';

@modelOptions({ schemaOptions: { collection: 'books' } })
class Book extends StoredDocument {
  @prop({ type: () => String, required: true })
  title!: string;

  @prop({ type: () => String })
  shelf?: string;
}

@index({ shelf: 1, _id: 1 }, { name: 'shelf' })
@modelOptions({ schemaOptions: { collection: 'books' } })
class ShelvedBook extends Book {}

@index({ title: 1 }, { name: 'title', unique: true })
@modelOptions({ schemaOptions: { collection: 'books' } })
class UniqueBook extends Book {}

@index({ title: 1, _id: 1 }, { name: 'shelf' })
@modelOptions({ schemaOptions: { collection: 'books' } })
class OtherwiseShelvedBook extends Book {}

const book = (id: string, title: string, shelf: string): Book => ({
  id,
  revision: 1,
  schemaVersion: 1,
  title,
  shelf,
});

let path = '';
let folder: DataFolder;

/** Opens the books anew, as a restart with another version of the model would. */
async function reopen(model: ModelClass<Book>): Promise<Collection<Book>> {
  await folder.close();
  folder = await openDataFolder(path);
  return (await openEmbeddedDocumentStore(folder, [model])).collection(model);
}

beforeEach(async () => {
  path = mkdtempSync(join(tmpdir(), 'lablet-books-'));
  folder = await openDataFolder(path);
  const store = await openEmbeddedDocumentStore(folder, [Book]);
  const books = store.collection(Book);
  const many = Array.from({ length: 1200 }, (_, n) => book(`b${n}`, `title ${n}`, `s${n % 3}`));
  await Promise.all(many.map((it) => books.insert(it)));
});

afterEach(async () => {
  await folder.close();
  rmSync(path, { recursive: true });
});

it('builds an index that a model gained from the documents that are there', async () => {
  const books = await reopen(ShelvedBook);
  expect(await books.count({ shelf: 's1' }, { index: 'shelf' })).toBe(400);
  expect((await books.find({ shelf: 's1' }, { index: 'shelf', limit: 1 }))[0]?.id).toBe('b1');
});

it('builds an index anew that was away while documents were written, or was defined otherwise', async () => {
  await reopen(ShelvedBook);
  const without = await reopen(Book);
  await without.insert(book('new', 'new', 's1'));
  await without.remove('b1', 1);
  const again = await reopen(ShelvedBook);
  expect(await again.count({ shelf: 's1' }, { index: 'shelf' })).toBe(400);
  const otherwise = await reopen(OtherwiseShelvedBook);
  expect((await otherwise.find({}, { index: 'shelf', limit: 1 }))[0]?.title).toBe('new');
  expect(await otherwise.count({ title: { $regex: '^title 11' } }, { index: 'shelf' })).toBe(111);
});

it('begins a build again that was cut short', async () => {
  await reopen(ShelvedBook);
  const records = folder.root.openDB<string, string>({ name: 'indexes', encoding: 'string' });
  const entries = folder.root.openDB<unknown, Buffer>({
    name: 'index/books/shelf',
    keyEncoding: 'binary',
    encoding: 'binary',
  });
  const [first] = [...entries.getKeys({ limit: 1 })];
  await folder.commit(() => {
    records.removeSync('books/shelf');
    entries.removeSync(first as Buffer);
  });
  const books = await reopen(ShelvedBook);
  expect(await books.count({}, { index: 'shelf' })).toBe(1200);
});

it('names the documents that clash in a new unique index', async () => {
  const books = await reopen(UniqueBook);
  await expect(books.insert(book('c', 'title 7', 's'))).rejects.toMatchObject({ index: 'title' });
  await (await reopen(Book)).insert(book('c', 'title 7', 's'));
  await expect(reopen(UniqueBook)).rejects.toThrow('books: b7 and c clash in index title');
});
