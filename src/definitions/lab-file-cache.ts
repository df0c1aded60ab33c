import { LRUCache } from 'lru-cache';
import { readLabFile, type LabFile } from './lab-file/read-lab-file.js';

/** Lab files that were read lately, by the hash of their text: reading a large one takes a second, rendering none. */
export interface LabFileCache {
  /** A file that was accepted before. */
  read(hash: string, text: string): LabFile;
  /** A file that an author hands in, which has to keep every rule. @throws as {@link readLabFile} does */
  accept(hash: string, text: string, ignoredKinds: readonly string[]): LabFile;
}

/** Keeps the `limit` files used last of either kind. */
export function labFileCache(limit: number): LabFileCache {
  const files = new LRUCache<string, LabFile>({ max: limit });
  const accepted = new LRUCache<string, LabFile>({ max: limit });
  return {
    read(hash, text) {
      const known = files.get(hash);
      if (known) return known;
      const file = readLabFile(text, { anyNodeCount: true });
      files.set(hash, file);
      return file;
    },
    accept(hash, text, ignoredKinds) {
      const key = [hash, ...ignoredKinds].join();
      const known = accepted.get(key);
      if (known) return known;
      const file = readLabFile(text, { ignoredKinds });
      accepted.set(key, file);
      return file;
    },
  };
}
