import type { RootDatabase } from 'lmdb';
import { delay } from '../live/delay.js';
import { LiveOutcomeUnknown, LiveStorageFull, LiveUnavailable } from '../live/live-store.js';
import { isDiskFull } from './disk-room.js';

interface Waiting<Pass> {
  /** Runs the job inside the transaction; what it returns answers the caller once that is on disk. */
  readonly run: (pass: Pass) => () => void;
  readonly fail: (error: Error) => void;
}

export interface GroupParts<Pass> {
  readonly env: RootDatabase;
  /** Deadline of a job in ms, from its submission. */
  readonly callMs: number;
  /** Inside the transaction, before and after the jobs of a group. */
  readonly begin: () => Pass;
  readonly finish: (pass: Pass) => void;
  /** What the group wrote is on disk; called before its callers are answered. */
  readonly committed: (pass: Pass) => void;
  /** A group failed; what it wrote may be there nevertheless. */
  readonly failed: () => void;
}

const LARGEST_GROUP = 1000;

/**
 * Runs jobs one after another, as many as wait in one LMDB transaction, and answers them when it is on disk:
 * the cost of a disk flush is shared by all who wait for it.
 */
export class GroupCommit<Pass> {
  readonly #parts: GroupParts<Pass>;
  readonly #queue: Waiting<Pass>[] = [];
  #draining: Promise<void> | null = null;
  #inFlight: Promise<unknown> | null = null;
  #closed = false;

  constructor(parts: GroupParts<Pass>) {
    this.#parts = parts;
  }

  /** @throws what `job` throws (it must have written nothing then), or the errors of the port. */
  submit<T>(job: (pass: Pass) => T): Promise<T> {
    if (this.#closed) return Promise.reject(new LiveUnavailable('the live store is closed'));
    return new Promise<T>((resolve, reject) => {
      let isLate = false;
      let isRunning = false;
      const timer = setTimeout(() => {
        isLate = true;
        const message = `the disk took longer than ${this.#parts.callMs} ms`;
        reject(isRunning ? new LiveOutcomeUnknown(message) : new LiveUnavailable(message));
      }, this.#parts.callMs);
      const settle = (answer: () => void) => {
        clearTimeout(timer);
        answer();
      };
      this.#queue.push({
        run: (pass) => {
          // Its caller was told that it was not applied.
          if (isLate) return () => undefined;
          isRunning = true;
          try {
            const result = job(pass);
            return () => settle(() => resolve(result));
          } catch (error) {
            const fault = error instanceof Error ? error : new Error(String(error));
            return () => settle(() => reject(fault));
          }
        },
        fail: (error) => settle(() => reject(error)),
      });
      this.#draining ??= this.#drain();
    });
  }

  /**
   * Resolves when what LMDB shows is on disk: readers must not see what a crash could undo.
   * @throws LiveUnavailable when that takes longer than `withinMs`, or the store is closed
   */
  async settled(withinMs = this.#parts.callMs): Promise<void> {
    if (this.#inFlight) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new LiveUnavailable(`the disk took longer than ${withinMs} ms`)),
          withinMs,
        );
      });
      await Promise.race([this.#inFlight, late]).finally(() => clearTimeout(timer));
    }
    if (this.#closed) throw new LiveUnavailable('the live store is closed');
  }

  /** Takes nothing more and finishes what was taken. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
  }

  async #drain(): Promise<void> {
    // What is submitted in the same turn belongs to the first group.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      this.#inFlight = this.#commit(this.#queue.splice(0, LARGEST_GROUP));
      await this.#inFlight;
      this.#inFlight = null;
    }
    this.#draining = null;
  }

  async #commit(group: readonly Waiting<Pass>[]): Promise<void> {
    const { env, begin, finish, committed, failed } = this.#parts;
    try {
      const written = env.transaction(() => {
        const pass = begin();
        const answers = group.map(({ run }) => run(pass));
        finish(pass);
        return { pass, answers };
      });
      const [{ pass, answers }] = await Promise.all([written, env.flushed]);
      committed(pass);
      for (const answer of answers) answer();
    } catch (error) {
      const fault = await commitFault(env, error);
      failed();
      for (const { fail } of group) fail(fault);
    }
  }
}

/** Whether it is on disk is not known: LMDB may have failed after it wrote. */
async function commitFault(env: RootDatabase, error: unknown): Promise<Error> {
  // lmdb rejects with a general error and gives the reason by a promise of its own, which may never settle.
  const reason = (error as { commitError?: Promise<unknown> } | null)?.commitError;
  const cause = reason ? await Promise.race([reason.catch((why: unknown) => why), delay(100)]) : error;
  const message = `a commit failed: ${cause instanceof Error ? cause.message : String(error)}`;
  const Fault = (await isDiskFull(env)) ? LiveStorageFull : LiveOutcomeUnknown;
  return new Fault(message, { cause: error });
}
