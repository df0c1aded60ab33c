/** What a message of a live stream says; see `LiveEventKind` of the API. */
export type LiveKind = 'SNAPSHOT' | 'SYNCED' | 'CHANGED' | 'REMOVED' | 'BOOKMARK' | 'RESYNC_REQUIRED';

export interface LiveMessage<T> {
  readonly kind: LiveKind;
  readonly liveRevision: string;
  readonly id: string | null;
  readonly item: T | null;
}

interface Revised {
  readonly id: string;
  readonly revision: number;
}

/**
 * The objects of one live stream and the position to go on from. An object is replaced only by one that is not
 * older: after a cut another server process may answer.
 */
export class LiveTable<T extends Revised> {
  readonly rows = new Map<string, T>();
  /** Position to go on from after a cut; null: from a new snapshot. */
  resumeAfter: string | null = null;
  /** Position of the latest message. */
  liveRevision: string | null = null;
  /** False until the first snapshot is complete, and while another one comes in. */
  synced = false;

  /** Ids of the snapshot that is coming in; null outside a snapshot. */
  #snapshot: Set<string> | null = null;

  /** A new subscription starts, at {@link resumeAfter}. */
  begin(): void {
    this.synced = false;
    this.#snapshot = this.resumeAfter === null ? new Set() : null;
  }

  apply({ kind, liveRevision, id, item }: LiveMessage<T>): void {
    this.liveRevision = liveRevision;
    switch (kind) {
      case 'RESYNC_REQUIRED':
        this.resumeAfter = null;
        this.begin();
        return;
      case 'SNAPSHOT':
        // Positions inside a snapshot do not resume: they would start it again.
        this.#put(id, item);
        return;
      case 'SYNCED':
        this.#dropWhatTheSnapshotLacks();
        this.synced = true;
        break;
      case 'CHANGED':
        this.#put(id, item);
        break;
      case 'REMOVED':
        if (id !== null) this.rows.delete(id);
        break;
      case 'BOOKMARK':
        break;
    }
    this.resumeAfter = liveRevision;
  }

  #put(id: string | null, item: T | null): void {
    if (id !== null) this.#snapshot?.add(id);
    if (item === null) return;
    if (item.revision < (this.rows.get(item.id)?.revision ?? 0)) return;
    this.rows.set(item.id, item);
  }

  #dropWhatTheSnapshotLacks(): void {
    if (this.#snapshot === null) return;
    for (const id of this.rows.keys()) if (!this.#snapshot.has(id)) this.rows.delete(id);
    this.#snapshot = null;
  }
}
