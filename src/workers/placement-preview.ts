import { z } from 'zod';
import { WORKER_READERS } from '../auth/policies.js';
import { emptyValues } from '../claims/claim-values.js';
import { fits } from '../claims/fits.js';
import type { Collection } from '../db/document-store.js';
import type { LabletDefinitionDocument } from '../definitions/definition-model.js';
import { findDefinition } from '../definitions/find-definition.js';
import * as field from '../lib/fields.js';
import { query } from '../lib/operation.js';
import type { LivePositions } from '../live/live-positions.js';
import { findEveryWorker } from './find-worker.js';
import { liveValuesOf, type LiveReader } from './worker-claims.js';
import type { WorkerDocument } from './worker-model.js';
import { limitsOf } from './worker-state.js';

interface Deps extends LiveReader {
  readonly collections: {
    readonly definitions: Collection<LabletDefinitionDocument>;
    readonly workers: Collection<WorkerDocument>;
  };
  readonly positions: LivePositions;
}

const request = z
  .strictObject({
    definitionId: field.id('def').nullish().describe('The version to place; or give `definitionName`.'),
    definitionName: field.definitionName
      .nullish()
      .describe('Name of the family; the latest version unless one is given.'),
    definitionVersion: field.semVer.nullish().describe('Version of `definitionName`.'),
    atLeast: field.atLeast,
  })
  .refine(({ definitionId, definitionName }) => (definitionId == null) !== (definitionName == null), {
    path: ['definitionId'],
    message: 'give either definitionId or definitionName',
  })
  .refine(({ definitionId, definitionVersion }) => definitionId == null || definitionVersion == null, {
    path: ['definitionVersion'],
    message: 'goes with definitionName',
  });

const NOT_NEEDED = ['history', 'outbox', 'appliedRecords', 'nodeDefinitions', 'telemetry'] as const;

export const placementPreview = query({
  name: 'placementPreview',
  summary:
    'Which workers could take an instance of a definition now, and for every other worker all reasons against it. ' +
    'Where it says yes, a claim at the same live revision and the same `revision` of the worker succeeds.',
  request,
  allow: { roles: WORKER_READERS },
  async handle({ collections, positions, ...live }: Deps, given) {
    const { definitionId: id, definitionName: name, definitionVersion: version, atLeast } = given;
    await positions.seen(atLeast);
    const definition = await findDefinition(collections.definitions, { id, name, version });
    const known = await findEveryWorker(collections.workers, NOT_NEEDED);
    const liveRevision = positions.now();
    const values = new Map(known.map((worker) => [worker.id, liveValuesOf(live, worker.id)]));
    // Read again: documents are saved before what follows from them in the live store, so these are at least as new
    // as the values, and who watches from the live revision on misses nothing.
    const workers = await findEveryWorker(collections.workers);
    const judged = workers.map((worker) => {
      const closed = emptyValues(worker.id, limitsOf(worker), { open: false, seq: worker.sequence });
      return { worker, fit: fits(worker, values.get(worker.id) ?? closed, definition) };
    });
    return { definition, judged, liveRevision };
  },
});
