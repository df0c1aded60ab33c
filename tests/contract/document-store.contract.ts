import { afterAll, afterEach, beforeAll, describe } from 'vitest';

import type { DocumentStore } from '../../src/db/document-store.js';
import { crashes } from './document-store/crashes.js';
import type { Backend, Bench, Harness } from './document-store/harness.js';
import { paging } from './document-store/paging.js';
import { races } from './document-store/races.js';
import { reads } from './document-store/reads.js';
import { writes } from './document-store/writes.js';

/** What every document store has to do, whatever it keeps its documents in. */
export function documentStoreContract(name: string, harness: Harness): void {
  describe(name, () => {
    let backend: Backend | null = null;
    let names = 0;
    const opened: DocumentStore[] = [];
    const run = Date.now().toString(36);

    beforeAll(async () => {
      backend = await harness.start();
    });
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
    });
    afterAll(async () => {
      await backend?.stop();
    });

    const running = (): Backend => {
      if (!backend) throw new Error('the store was not started');
      return backend;
    };
    const bench: Bench = {
      backend: running,
      freshName: () => `things_${run}_${(names += 1)}`,
      open: async (...options) => {
        const store = await running().open(...options);
        opened.push(store);
        return store;
      },
    };

    describe('writes', () => writes(bench));
    describe('reads', () => reads(bench));
    describe('pages', () => paging(bench, harness));
    describe('crashes', () => crashes(bench, harness));
    describe('races', () => races(bench));
  });
}
