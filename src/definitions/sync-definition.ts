import { z } from 'zod';
import { causeOf } from '../db/aggregate-repository.js';
import { isLabletError, type LabletError } from '../errors.js';
import * as field from '../lib/fields.js';
import type { InTurn } from '../lib/in-turn.js';
import { command, type Call } from '../lib/operation.js';
import type { LivePositions } from '../live/live-positions.js';
import { recordSyncFailure } from './definition-sync.js';
import { readSyncResult, type SyncDeps, type SyncRecord } from './read-sync-result.js';
import { readForSync, saveReading } from './sync-pass.js';

interface Deps extends SyncDeps {
  /** Of the definitions being synced: at the same time, one would make the passes of another void. */
  readonly syncTurns: InTurn;
  readonly positions: LivePositions;
}

const request = z.strictObject({
  id: field.id('def').describe('The definition version, ACTIVE.'),
  ...field.commandFields,
});

export const syncDefinition = command({
  name: 'syncDefinition',
  summary:
    'Reads the lab file again and waits for it: the first text is kept, the same text changes nothing, another text makes a new version that replaces this one.',
  request,
  allow: { roles: ['ADMIN', 'AUTHOR', 'SERVICE'] },
  mayCreate: 'def',
  async handle(deps: Deps, { id, expectedRevision }, call) {
    try {
      const reading = await readForSync(deps, { id, expectedRevision }, call);
      const found = await deps.syncTurns(id, () =>
        saveReading(deps, { id, expectedRevision }, reading, call),
      );
      return { ...(await readSyncResult(deps, id, found)), liveRevision: deps.positions.now() };
    } catch (error) {
      if (isSourceFault(error)) await recordFailure(deps, id, error, call);
      throw error;
    }
  },
  outcome: ({ outcome, newVersion, oldHash, newHash }) =>
    JSON.stringify({ outcome, successorId: newVersion?.id ?? null, oldHash, newHash }),
  async reread(deps: Deps, id, _call, outcome) {
    if (outcome === null) return null;
    const found = JSON.parse(outcome) as SyncRecord;
    return { ...(await readSyncResult(deps, id, found)), liveRevision: deps.positions.now() };
  },
});

const SOURCE_FAULTS = [
  'ARTIFACT_NOT_ALLOWED',
  'ARTIFACT_UNAVAILABLE',
  'ARTIFACT_TOO_LARGE',
  'LAB_YAML_INVALID',
  'VALIDATION_FAILED',
] as const;

/** True when the lab file is at fault: it could not be read, or what it says cannot become a version. */
function isSourceFault(error: unknown): error is LabletError {
  return SOURCE_FAULTS.some((code) => isLabletError(error, code));
}

/** The failure is the answer whatever becomes of this; its record stays undone, so that a repeat tries again. */
async function recordFailure(deps: Deps, id: string, failure: LabletError, call: Call): Promise<void> {
  const cause = { ...causeOf(call), record: null };
  try {
    await deps.definitions.update(id, cause, (state) => recordSyncFailure(state, failure), {
      settled: ({ status }) => status !== 'ACTIVE',
    });
  } catch (error) {
    deps.logger.warn({ err: error, definitionId: id }, 'a failed sync could not be recorded');
  }
}
