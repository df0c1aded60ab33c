import type { AggregateDocument } from '../db/stored-document.js';
import type { IdempotencyRecordDocument } from '../idempotency/record-model.js';
import { latest } from './check-claims.js';
import type { Violation } from './violations.js';

/** Reports of repair are no documents with a history, and are kept for a while only. */
const isReport = (id: string) => id.startsWith('rep_');

/** A document that holds the effect of idempotency records. */
export interface Marked {
  readonly id: string;
  readonly updatedAt: string;
  readonly recordIds: readonly string[];
  /** The version that this one replaced by sync: one command changes both. */
  readonly supersedesId: string | null;
}

export function markedBy(
  document: AggregateDocument & { readonly updatedAt: string; readonly supersedesId?: string | null },
): Marked {
  const { id, updatedAt, appliedRecords, supersedesId = null } = document;
  return { id, updatedAt, recordIds: appliedRecords.map((record) => record.id), supersedesId };
}

/** I7: no record has an effect in two documents, or twice in one, and a done one has its object. */
export function recordViolations(
  records: readonly Pick<IdempotencyRecordDocument, 'id' | 'at' | 'targetId' | 'done'>[],
  documents: readonly Marked[],
): Violation[] {
  const effects = new Map<string, Marked[]>();
  for (const document of documents) {
    for (const id of document.recordIds) effects.set(id, [...(effects.get(id) ?? []), document]);
  }
  const known = new Set(documents.map(({ id }) => id));
  const doubled = [...effects].filter(([, marked]) => marked.length > 1 && !isOneSync(marked));
  const lost = records.filter(
    ({ done, targetId }) => done && targetId !== null && !isReport(targetId) && !known.has(targetId),
  );
  return [
    ...doubled.map(([record, marked]): Violation => ({
      invariant: 'I7',
      rule: 'EFFECT_TWICE',
      entityId: (marked[0] as Marked).id,
      detail: `idempotency record ${record} had its effect in ${marked
        .map(({ id }) => id)
        .sort()
        .join(' and ')}`,
      since: latest(marked.map(({ updatedAt }) => updatedAt)),
    })),
    ...lost.map(({ id, targetId, at }): Violation => ({
      invariant: 'I7',
      rule: 'EFFECT_MISSING',
      entityId: targetId as string,
      detail: `idempotency record ${id} is done, but its object is not there`,
      since: at,
    })),
  ];
}

function isOneSync(marked: readonly Marked[]): boolean {
  const [one, two, ...more] = marked as readonly [Marked, Marked];
  return more.length === 0 && (one.supersedesId === two.id || two.supersedesId === one.id);
}
