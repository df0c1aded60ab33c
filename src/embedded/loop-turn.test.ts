import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { modelOptions, prop } from '@typegoose/typegoose';
import { afterAll, beforeAll, expect, it } from 'vitest';

import type { Collection } from '../db/document-store.js';
import { StoredDocument } from '../db/stored-document.js';
import { openDataFolder, type DataFolder } from './data-folder.js';
import { openEmbeddedDocumentStore } from './embedded-document-store.js';

@modelOptions({ schemaOptions: { collection: 'notes' } })
class Note extends StoredDocument {
  @prop({ type: () => String, required: true })
  text!: string;
}

const path = mkdtempSync(join(tmpdir(), 'lablet-notes-'));
const ids = Array.from({ length: 3000 }, (_, n) => `n${n}`);
let folder: DataFolder;
let notes: Collection<Note>;

beforeAll(async () => {
  folder = await openDataFolder(path);
  notes = (await openEmbeddedDocumentStore(folder, [Note])).collection(Note);
  const text = 'x'.repeat(5000);
  await Promise.all(ids.map((id) => notes.insert({ id, revision: 1, schemaVersion: 1, text })));
});

afterAll(async () => {
  await folder.close();
  rmSync(path, { recursive: true });
});

it.each<[string, () => Promise<unknown>]>([
  ['a scan', () => notes.count({ text: { $ne: 'y' } }, { index: 'id' })],
  ['a search that finds nothing', () => notes.find({ text: 'y' }, { index: 'id', limit: 1 })],
  ['a large result', () => notes.find({}, { index: 'id', limit: 3000 })],
  ['many ids at once', () => notes.getMany(ids)],
  [
    'many single reads in a row',
    async () => {
      for (const id of ids) await notes.get(id);
    },
  ],
])('lets timers run during %s', async (_, read) => {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  await read();
  clearInterval(timer);
  expect(turns).toBeGreaterThan(1);
});
