import { afterAll, beforeAll, describe } from 'vitest';
import type { LiveStore } from '../../src/live/live-store.js';
import type { Backend, Harness } from './live-store/harness.js';
import { durabilityContract } from './live-store/durability.js';
import { leaseContract } from './live-store/leases.js';
import { raceContract } from './live-store/races.js';
import { valueContract } from './live-store/values.js';
import { watchContract } from './live-store/watches.js';

/** What each part of the contract works with. */
export interface Bench {
  readonly backend: () => Backend;
  readonly store: () => LiveStore;
  /** A prefix that no other test uses. */
  readonly freshPrefix: () => string;
}

/** What every live store must do; each part runs on one store that all its tests share. */
export function liveStoreContract({ name, start }: Harness): void {
  describe(name, () => {
    let backend: Backend;
    let prefixes = 0;
    const bench: Bench = {
      backend: () => backend,
      store: () => backend.store,
      freshPrefix: () => `/test/${++prefixes}/`,
    };
    beforeAll(async () => {
      backend = await start();
    });
    afterAll(() => backend.stop());
    describe('values', () => valueContract(bench));
    describe('leases', () => leaseContract(bench));
    describe('watches', () => watchContract(bench));
    describe('races', () => raceContract(bench));
    describe('durability', () => durabilityContract(bench));
  });
}
