import { recent } from '../lib/recent.js';
import { readLabFile, type LabFile } from './lab-file/read-lab-file.js';

/** Lab files that were read lately, by the hash of their text: reading a large one takes a second, rendering none. */
export interface LabFileCache {
  read(hash: string, text: string): LabFile;
}

/** Keeps the `limit` files used last. */
export function labFileCache(limit: number): LabFileCache {
  const files = recent<string, LabFile>(limit);
  return {
    read(hash, text) {
      const known = files.get(hash);
      if (known) return known;
      const file = readLabFile(text, { anyNodeCount: true });
      files.set(hash, file);
      return file;
    },
  };
}
