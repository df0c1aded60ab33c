/** Writes to the embedded live store in a folder without end, and prints each key whose write is acknowledged. */
import { openEmbeddedLiveStore } from '../../../src/embedded/embedded-live-store.js';
import { openEnvironment } from './environment.js';

const [folder = '', prefix = ''] = process.argv.slice(2);
const store = await openEmbeddedLiveStore(openEnvironment(folder));
const lease = await store.lease(3600);
await store.put(`${prefix}leased`, 'held by this process', { lease: lease.id });

await Promise.all(
  Array.from({ length: 8 }, async (_, lane) => {
    for (let n = 0; ; n++) {
      const key = `${prefix}${lane}/${n}`;
      await store.put(key, 'x'.repeat(200));
      process.stdout.write(`${key}\n`);
    }
  }),
);
