import { mkdirSync, realpathSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { open, type Database, type RootDatabase } from 'lmdb';
import { ulid } from 'ulid';

import { isDiskFull } from './disk-room.js';
import { isPresent, pidOf, Presence, presentPid, sweep } from './folder-lock.js';

/** Version of the folder's layout. */
const FORMAT = 1;

/** Room for the named databases of both embedded stores; each costs a little memory. */
const MAX_DATABASES = 200;

/** Another process uses the folder. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';
  constructor(folder: string, pid: number) {
    super(
      `the data folder ${folder} is in use by process ${pid}; one process at a time can use it. ` +
        'Stop that process, or give this one another folder (DATA_DIR).',
    );
  }
}

/** The folder was closed, or never opened. */
export class FolderClosed extends Error {
  override readonly name = 'FolderClosed';
}

/** A commit failed, for instance for a full disk. It may be on disk nevertheless. */
export class CommitFailed extends Error {
  override readonly name = 'CommitFailed';

  constructor(
    why: string,
    cause: unknown,
    readonly isDiskFull: boolean,
  ) {
    super(`a commit to the data folder failed: ${why}`, { cause });
  }
}

/** The folder that both embedded stores keep their data in: one LMDB environment, used by one process. */
export class DataFolder {
  /** Named databases are opened from it; nothing else is kept in it. */
  readonly root: RootDatabase;
  readonly path: string;
  /** Made with the folder, and never changed. */
  readonly folderId: string;
  readonly #presence: Presence;
  readonly #work = new Set<Promise<unknown>>();
  #closed = false;

  /** Use {@link openDataFolder}. */
  constructor(path: string, root: RootDatabase, folderId: string, presence: Presence) {
    this.path = path;
    this.root = root;
    this.folderId = folderId;
    this.#presence = presence;
  }

  /**
   * Does `change` in a write transaction, together with whatever else waits to be written. Resolves when it
   * is on disk. `change` is synchronous and, since LMDB keeps what was written before an error, throws only
   * before its first write.
   * @throws CommitFailed, FolderClosed, and what `change` throws
   */
  commit<R>(change: () => R): Promise<R> {
    return this.use(async () => {
      try {
        return await this.root.transaction(change);
      } catch (error) {
        throw await commitFailure(this.root, error);
      }
    });
  }

  /** Does work that reads the databases; {@link close} waits for it. @throws FolderClosed */
  async use<R>(work: () => R | Promise<R>): Promise<R> {
    if (this.#closed) throw new FolderClosed(`the data folder ${this.path} is closed`);
    const running = (async () => work())();
    this.#work.add(running);
    try {
      return await running;
    } finally {
      this.#work.delete(running);
    }
  }

  /** Lets work in flight end, then gives the folder free. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // A cursor that outlives the environment would crash the process.
    await Promise.allSettled(this.#work);
    await this.root.close();
    await this.#presence.end();
  }
}

/**
 * Opens the folder for this process alone; it is made if it is not there.
 * @throws FolderInUse at once when another process has it
 */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = realpathSync(folder);
  // Asked first, so that nobody waits for a write lock that a frozen holder may have.
  const holder = await presentPid(path);
  if (holder !== null) throw new FolderInUse(path, holder);
  const presence = await Presence.show(path);
  let root: RootDatabase | null = null;
  try {
    root = open({
      path,
      noSubdir: false,
      maxDbs: MAX_DATABASES,
      // A commit is then visible and acknowledged only when it is on disk; grouped commits are as fast.
      overlappingSync: false,
      // Commits at once, still together with all that came while the last one was written. It also keeps
      // lmdb from rejecting a promise of its own, which nobody handles, when a commit fails.
      eventTurnBatching: false,
    });
    const facts = root.openDB<string, string>({ name: 'folder', encoding: 'string' });
    await takeOver(path, facts, presence.name);
    assertFormat(path, facts);
    await sweep(path);
    return new DataFolder(path, root, facts.get('id') as string, presence);
  } catch (error) {
    await root?.close();
    await presence.end();
    throw error;
  }
}

/**
 * Writes our name over that of a dead holder. Several processes may find the same one dead at once; the write
 * transaction, which LMDB gives to one process at a time, lets the first of them have the folder.
 */
async function takeOver(path: string, facts: Database<string, string>, name: string): Promise<void> {
  for (;;) {
    facts.resetReadTxn();
    const holder = facts.get('holder');
    if (holder !== undefined && (await isPresent(path, holder))) throw new FolderInUse(path, pidOf(holder));
    const taken = facts.transactionSync(() => {
      if (facts.get('holder') !== holder) return false;
      facts.putSync('holder', name);
      if (!facts.doesExist('id')) {
        facts.putSync('id', ulid());
        facts.putSync('format', String(FORMAT));
      }
      return true;
    });
    if (taken) return;
  }
}

function assertFormat(path: string, facts: Database<string, string>): void {
  const format = Number(facts.get('format'));
  if (format > FORMAT) {
    throw new Error(`the data folder ${path} has format ${format}; this server knows ${FORMAT}. Upgrade it.`);
  }
}

/** lmdb rejects with a general error and gives the reason by a promise of its own. */
async function commitFailure(root: RootDatabase, error: unknown): Promise<unknown> {
  const reason = (error as { commitError?: Promise<unknown> } | null)?.commitError;
  if (!reason) return error;
  const cause = await Promise.race([reason.catch((why: unknown) => why), delay(100)]);
  const why = cause instanceof Error ? cause.message : 'unknown reason';
  return new CommitFailed(why, cause, await isDiskFull(root));
}
