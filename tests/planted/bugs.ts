/**
 * Faults that `npm run test:planted` plants in a copy of the tree, one at a time, and the tests that have to find
 * them. A text that is no longer there exactly once fails the run: adapt it here when the code moves.
 */

export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

export interface PlantedBug {
  readonly name: string;
  /** Where it is planted. Of several places exactly one must be there. */
  readonly places: readonly Edit[];
  readonly test: string;
  /** Only tests whose name holds this. */
  readonly only?: string;
}

export const PLANTED: readonly PlantedBug[] = [
  {
    name: 'a release looks at no token',
    places: [
      {
        file: 'src/claims/draft.ts',
        find: "  if (claim && claim.token !== token) return 'FOREIGN';\n",
        put: '',
      },
    ],
    test: 'src/claims/ledger.test.ts',
  },
  {
    name: 'a claim that is found is taken for the own one',
    places: [
      {
        file: 'src/claims/ledger.ts',
        find: 'if (found.holder.token !== token) throw new ClaimHeld(',
        put: 'if (found.holder.workerId !== workerId) throw new ClaimHeld(',
      },
      {
        file: 'src/claims/claim-batch.ts',
        find: 'const isOwn = holder?.value.token === token;',
        put: 'const isOwn = holder?.value.workerId === workerId;',
      },
    ],
    test: 'src/claims/ledger.test.ts',
  },
  {
    name: 'a document is saved whatever its revision',
    places: [
      {
        file: 'src/embedded/embedded-collection.ts',
        find: 'if (stored.revision !== expectedRevision) throw',
        put: 'if (stored.revision > expectedRevision + 1000) throw',
      },
    ],
    test: 'tests/model.test.ts',
    only: 'embedded stores. answer requests at once',
  },
  {
    name: 'a document in MongoDB is saved whatever its revision',
    places: [
      {
        file: 'src/db/mongo-collection.ts',
        find: 'this.#replaceAt({ _id: id, revision: expectedRevision }, document)',
        put: 'this.#replaceAt({ _id: id }, document)',
      },
    ],
    test: 'tests/contract/document-store.test.ts',
    only: 'mongo-java-server.* refuses a replacement with the actual revision',
  },
  {
    name: 'repair writes without the fence of its term',
    places: [{ file: 'src/repair/fenced.ts', find: 'when: [...when, fence], then', put: 'when, then' }],
    test: 'tests/repair-fence.test.ts',
  },
  {
    name: 'the leader ticks without the fence of its term',
    places: [{ file: 'src/deployment/tick.ts', find: 'when: [term.fence],', put: 'when: [],' }],
    test: 'tests/leadership.test.ts',
    only: 'whose clock jumped while it was paused',
  },
  {
    name: 'the claim of a PENDING instance is released without a fence on its document',
    places: [
      {
        file: 'src/repair/mend-instance.ts',
        find: "if (facts.state?.state === 'PENDING' && facts.state.revision !== fenced) {",
        put: "if (facts.state?.state === 'PENDING' && fenced === -1) {",
      },
    ],
    test: 'tests/repair.test.ts',
    only: 'no late save revives it',
  },
  {
    name: 'a watch that connects again goes on from the present',
    places: [
      {
        file: 'src/live/etcd-watch.ts',
        find: 'changesFrom(member, cluster.callMs, prefix, start, signal)) {',
        put: 'changesFrom(member, cluster.callMs, prefix, delivered === after ? start : 0, signal)) {',
      },
    ],
    test: 'tests/contract/live-store-faults.test.ts',
    only: 'over random cuts',
  },
  {
    name: 'claim keys are made anew without a fence on claims that were in them',
    places: [
      {
        file: 'src/repair/mend-worker.ts',
        find: '    await fenceClaimsUnderWay(deps, state.id);\n',
        put: '',
      },
    ],
    test: 'tests/repair.test.ts',
    only: 'embedded stores.* no save of a claim that was in them follows',
  },
  {
    name: 'instances of a worker that came back are ended as lost',
    places: [
      {
        file: 'src/instances/end-lost-instances.ts',
        find: '    if (worker.state.sequence !== sequence) return false;\n',
        put: '',
      },
    ],
    test: 'tests/returned-workers.test.ts',
  },
  {
    name: 'the queue of a reader has no bound',
    places: [
      {
        file: 'src/lib/bounded-queue.ts',
        find: 'if (this.#end || (isFull && this.#items.length > 0)) return false;',
        put: 'if (this.#end || (isFull && this.#items.length > 1_000_000)) return false;',
      },
    ],
    test: 'src/live/watch-hub-ends.test.ts',
    only: 'ends alone',
  },
];
