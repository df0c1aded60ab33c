import { readLabFile, type LabFile } from './lab-file/read-lab-file.js';

/** Lab files that were read lately, by the hash of their text: reading a large one takes a second, rendering none. */
export interface LabFileCache {
  read(hash: string, text: string): LabFile;
}

/** Keeps the `limit` files used last. */
export function labFileCache(limit: number): LabFileCache {
  const files = new Map<string, LabFile>();
  return {
    read(hash, text) {
      const file = files.get(hash) ?? readLabFile(text, { anyNodeCount: true });
      // A map keeps the order of insertion: what is used moves to its end.
      files.delete(hash);
      files.set(hash, file);
      const [oldest] = files.keys();
      if (files.size > limit && oldest !== undefined) files.delete(oldest);
      return file;
    },
  };
}
