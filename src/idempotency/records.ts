import { createHash } from 'node:crypto';
import { DuplicateKey, RevisionConflict, DocumentMissing, type Collection } from '../db/document-store.js';
import { LabletError } from '../errors.js';
import { addMs, type Clock } from '../lib/clock.js';
import type { Ids } from '../lib/ids.js';
import type { IdempotencyRecordDocument } from './record-model.js';

export interface Begun {
  readonly record: { readonly id: string; readonly at: string };
  readonly targetId: string | null;
  /** Id made in advance for an object that the command may make beside its target. */
  readonly newId: string | null;
  /** What a done command left for its repeats. */
  readonly outcome: string | null;
  /** FIRST: nobody used the key before. UNDONE: an earlier call may or may not have had its effect. */
  readonly status: 'FIRST' | 'UNDONE' | 'DONE';
}

/** Of a record that nobody but the call that made it has used. */
const FIRST_REVISION = 1;

/** Records of commands with an idempotency key: one effect per caller, key and input. */
export function idempotencyRecords(parts: {
  collection: Collection<IdempotencyRecordDocument>;
  clock: Clock;
  ids: Ids;
  keepMs: number;
}) {
  const { collection, clock, ids, keepMs } = parts;

  async function find(caller: string, key: string): Promise<IdempotencyRecordDocument | null> {
    const [found] = await collection.find({ caller, key }, { index: 'caller_key', limit: 1 });
    return found ?? null;
  }

  /** Replaces a record by one of the next revision; false when it is gone or was changed. */
  async function advance(known: IdempotencyRecordDocument, change: Partial<IdempotencyRecordDocument> = {}) {
    try {
      await collection.replace({ ...known, ...change, revision: known.revision + 1 }, known.revision);
      return true;
    } catch (error) {
      if (error instanceof RevisionConflict || error instanceof DocumentMissing) return false;
      throw error;
    }
  }

  /** Takes the key, or says what it stands for. @throws IDEMPOTENCY_CONFLICT when it was used with other input */
  async function begin(
    caller: string,
    key: string,
    operation: string,
    input: unknown,
    targetId: string | null,
    newId: string | null = null,
  ): Promise<Begun> {
    const inputHash = hashOf(operation, input);
    const at = clock.now();
    const record: IdempotencyRecordDocument = {
      id: ids.ulid(),
      revision: FIRST_REVISION,
      schemaVersion: 1,
      caller,
      key,
      inputHash,
      targetId,
      newId,
      outcome: null,
      done: false,
      at,
    };
    for (;;) {
      try {
        await collection.insert(record);
        return { record: { id: record.id, at }, targetId, newId, outcome: null, status: 'FIRST' };
      } catch (error) {
        if (!(error instanceof DuplicateKey)) throw error;
      }
      const known = await find(caller, key);
      if (!known) continue;
      if (known.at < addMs(at, -keepMs)) {
        await collection.remove(known.id, known.revision);
        continue;
      }
      if (known.inputHash !== inputHash) {
        throw new LabletError('IDEMPOTENCY_CONFLICT', 'The idempotency key was used with other input.', {
          key,
        });
      }
      // From now on this call may have the effect, so the first one must not give the key free.
      if (!known.done && known.revision === FIRST_REVISION && !(await advance(known))) continue;
      const { id, targetId: target, newId: made = null, outcome = null, done } = known;
      const status = done ? 'DONE' : 'UNDONE';
      return { record: { id, at: known.at }, targetId: target, newId: made, outcome, status };
    }
  }

  /** Remembers that the effect is committed; the document itself says so too until then. */
  async function finish(recordId: string, outcome: string | null = null): Promise<void> {
    // A record changes twice at most: when the first repeat joins, and when it is done.
    for (let tries = 1; tries <= 2; tries++) {
      const known = await collection.get(recordId);
      if (!known || known.done || (await advance(known, { done: true, outcome }))) return;
    }
  }

  /** Gives a key free that was taken for a command whose target turned out missing or hidden, unless a repeat joined. */
  async function forget(recordId: string): Promise<void> {
    await collection.remove(recordId, FIRST_REVISION);
  }

  return { begin, finish, forget };
}

export type IdempotencyRecords = ReturnType<typeof idempotencyRecords>;

function hashOf(operation: string, input: unknown): string {
  return createHash('sha256')
    .update(`${operation}\n${canonical(input)}`)
    .digest('hex');
}

/** JSON with sorted keys, so that the order of fields makes no difference. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
