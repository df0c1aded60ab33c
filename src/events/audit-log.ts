import type { Collection } from '../db/document-store.js';
import { DuplicateKey } from '../db/document-store.js';
import type { Clock } from '../lib/clock.js';
import { CONTROL_PLANE } from '../lib/events.js';
import type { Ids } from '../lib/ids.js';
import type { Call } from '../lib/operation.js';
import type { DomainEventDocument } from './event-model.js';

export interface AuditLog {
  /**
   * Notes that a command was asked for, before it does anything. Under one `targetId` it is noted once, however often
   * the command is repeated; null makes one.
   */
  asked(call: Call, type: string, targetId: string | null, payload: Record<string, unknown>): Promise<void>;
}

/** Entries of the event log for the commands whose effect no event of an object tells. */
export function auditLog(parts: {
  readonly log: Collection<DomainEventDocument>;
  readonly ids: Ids;
  readonly clock: Clock;
}): AuditLog {
  const { log, ids, clock } = parts;
  return {
    async asked({ actor, requestId, source, operation }, type, targetId, payload) {
      const id = ids.next('evt');
      const head = { id, revision: 1, schemaVersion: 1, number: 1, at: clock.now(), workerId: null };
      const about = { aggregateType: CONTROL_PLANE, aggregateId: targetId ?? id };
      try {
        await log.insert({
          ...head,
          ...about,
          type,
          by: actor.subject,
          requestId,
          source,
          operation,
          payload,
        });
      } catch (error) {
        if (!(error instanceof DuplicateKey)) throw error;
      }
    },
  };
}
