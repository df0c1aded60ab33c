import { statfs } from 'node:fs/promises';
import type { RootDatabase } from 'lmdb';

const LEAST_FREE_BYTES = 1024 * 1024;

/** Whether the disk under an environment has no room to speak of. LMDB tells of that only as an I/O error. */
export async function isDiskFull(env: RootDatabase): Promise<boolean> {
  const { path } = env as { path?: string };
  if (path === undefined) return false;
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize < LEAST_FREE_BYTES;
  } catch {
    return false;
  }
}
