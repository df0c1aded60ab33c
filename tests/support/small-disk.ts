import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, rmdirSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isDemanded } from './backends.js';

/** A disk of a few MB that a test can fill up. */
export interface SmallDisk {
  readonly path: string;
  /** Takes what room there is, to the last byte. */
  fill(): void;
  /** Gives that room free. */
  empty(): void;
  /** Bytes that are free. */
  room(): number;
  /** Unmounts it; whoever uses it has to have ended. */
  remove(): void;
}

const PIECE = Buffer.alloc(64 * 1024, 'x');

/** Mounts it, which takes the rights of root. @throws Error where that is not allowed */
export function mountSmallDisk(megabytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'lablet-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'lablet-tests', path], {
      stdio: 'pipe',
    });
  } catch (error) {
    rmdirSync(path);
    throw error;
  }
  const filler = join(path, 'filler');
  let isMounted = true;
  function remove(): void {
    if (!isMounted) return;
    isMounted = false;
    execFileSync('umount', [path]);
    rmdirSync(path);
  }
  // Nobody else would, should the tests end early.
  process.once('exit', remove);
  return {
    path,
    fill() {
      const file = openSync(filler, 'a');
      try {
        for (const size of [PIECE.length, 1024, 1]) writeWhileThereIsRoom(file, PIECE.subarray(0, size));
      } finally {
        closeSync(file);
      }
    },
    empty: () => rmSync(filler),
    room() {
      const { bavail, bsize } = statfsSync(path);
      return bavail * bsize;
    },
    remove,
  };
}

function writeWhileThereIsRoom(file: number, piece: Buffer): void {
  try {
    for (;;) if (writeSync(file, piece) < piece.length) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

/** True where a disk can be mounted; says so, and fails where it is demanded but cannot. */
export function canMountSmallDisk(): boolean {
  let reason = '';
  try {
    mountSmallDisk(1).remove();
  } catch (error) {
    reason = String((error as { stderr?: Buffer }).stderr ?? error).trim();
  }
  process.stdout.write(reason ? `engine tmpfs NOT RUN: ${reason}\n` : 'engine tmpfs\n');
  if (reason && isDemanded('tmpfs'))
    it('tmpfs is here', () => expect.fail(`no disk can be mounted: ${reason}`));
  return reason === '';
}
