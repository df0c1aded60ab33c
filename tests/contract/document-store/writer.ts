/**
 * Inserts things into a data folder without end, and prints the id of each one that is acknowledged.
 * Arguments: folder, collection.
 */
import { openDataFolder } from '../../../src/embedded/data-folder.js';
import { openEmbeddedDocumentStore } from '../../../src/embedded/embedded-document-store.js';
import { thing, thingModel } from './things.js';

const [folder = '', collection = ''] = process.argv.slice(2);
const model = thingModel(collection);
const store = await openEmbeddedDocumentStore(await openDataFolder(folder), [model]);
const things = store.collection(model);

await Promise.all(
  Array.from({ length: 8 }, async (_, lane) => {
    for (let n = 0; ; n += 1) {
      const id = `t${lane}-${n}`;
      await things.insert(thing(id, { rank: n }));
      process.stdout.write(`${id}\n`);
    }
  }),
);
