import { open, type RootDatabase } from 'lmdb';

/** An LMDB environment as the data folder opens it. */
export function openEnvironment(path: string): RootDatabase {
  return open({ path, noSubdir: false, overlappingSync: false, eventTurnBatching: false, maxDbs: 20 });
}
