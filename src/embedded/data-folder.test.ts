import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { CommitFailed, FolderClosed, FolderInUse, openDataFolder } from './data-folder.js';

const parent = mkdtempSync(join(tmpdir(), 'lablet-folder-'));
const children: ChildProcess[] = [];
let folders = 0;

const freshFolder = (): string => join(parent, `folder.${(folders += 1)}`);

/** Opens the folder in a process of its own; its first line is `open` or the error's message. */
async function openElsewhere(folder: string): Promise<{ child: ChildProcess; said: string }> {
  const script = `
    import { openDataFolder } from ${JSON.stringify(new URL('data-folder.ts', import.meta.url).href)};
    try {
      await openDataFolder(${JSON.stringify(folder)});
      console.log('open');
      setInterval(() => undefined, 1000);
    } catch (error) {
      console.log(error.message);
    }`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [said] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, said };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

afterEach(async () => {
  await Promise.all(children.splice(0).map(kill));
});

process.on('exit', () => rmSync(parent, { recursive: true, force: true }));

describe('a data folder', () => {
  it('is made for its owner alone and keeps its id', async () => {
    const path = freshFolder();
    const first = await openDataFolder(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(first.folderId).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
    await first.close();
    const second = await openDataFolder(path);
    expect(second.folderId).toBe(first.folderId);
    await second.close();
    const other = await openDataFolder(freshFolder());
    expect(other.folderId).not.toBe(first.folderId);
    await other.close();
  });

  it('is refused to a second user with its path and the pid of the first', async () => {
    const path = freshFolder();
    const folder = await openDataFolder(path);
    const refusal = openDataFolder(path);
    await expect(refusal).rejects.toBeInstanceOf(FolderInUse);
    await expect(refusal).rejects.toThrow(path);
    await expect(refusal).rejects.toThrow(`process ${process.pid}`);
    expect((await openElsewhere(path)).said).toContain(`process ${process.pid}`);
    await folder.close();
    expect((await openElsewhere(path)).said).toBe('open');
  }, 30_000);

  it('is free again when its holder was killed, and not while it is only frozen', async () => {
    const path = freshFolder();
    const { child, said } = await openElsewhere(path);
    expect(said).toBe('open');
    child.kill('SIGSTOP');
    await expect(openDataFolder(path)).rejects.toThrow(`process ${child.pid}`);
    await kill(child);
    const folder = await openDataFolder(path);
    expect(readdirSync(path).filter((name) => name.startsWith('lock-'))).toHaveLength(1);
    await folder.close();
    expect(readdirSync(path).filter((name) => name.startsWith('lock-'))).toEqual([]);
  }, 30_000);

  it('has one holder when several processes start at once, also after a holder that died', async () => {
    const path = freshFolder();
    for (let round = 0; round < 3; round += 1) {
      const started = await Promise.all([1, 2, 3, 4].map(() => openElsewhere(path)));
      const holders = started.filter(({ said }) => said === 'open');
      expect(holders).toHaveLength(1);
      const refusal = `in use by process ${holders[0]!.child.pid}`;
      expect(started.filter(({ said }) => said.includes('in use by process'))).toHaveLength(3);
      expect((await openElsewhere(path)).said).toContain(refusal);
      await Promise.all(started.map(({ child }) => kill(child)));
    }
  }, 60_000);

  it('has one holder when one process opens it many times at once', async () => {
    const path = freshFolder();
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => openDataFolder(path)));
    const [folder, ...others] = attempts.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
    expect(others).toEqual([]);
    const table = folder!.root.openDB<number, string>({ name: 'table' });
    await folder!.commit(() => table.putSync('a', 1));
    expect(table.get('a')).toBe(1);
    await folder!.close();
  });

  it('says so when its path is too long for the socket in it', async () => {
    const path = join(parent, 'x'.repeat(60), 'y'.repeat(60));
    await expect(openDataFolder(path)).rejects.toThrow('too long');
  });

  it('lets work in flight end before it closes, and refuses more', async () => {
    const folder = await openDataFolder(freshFolder());
    const table = folder.root.openDB<string, string>({ name: 'table' });
    const writing = folder.commit(() => table.putSync('key', 'value'));
    let read: unknown = null;
    const reading = folder.use(async () => {
      await vi.waitFor(() => expect(table.get('key')).toBe('value'));
      read = table.get('key');
    });
    await folder.close();
    await Promise.all([writing, reading]);
    expect(read).toBe('value');
    await expect(folder.commit(() => undefined)).rejects.toBeInstanceOf(FolderClosed);
    await expect(folder.use(() => undefined)).rejects.toBeInstanceOf(FolderClosed);
    await folder.close();
  });

  it('keeps the writes of others when one change throws before it writes', async () => {
    const folder = await openDataFolder(freshFolder());
    const table = folder.root.openDB<number, string>({ name: 'table' });
    const results = await Promise.allSettled([
      folder.commit(() => table.putSync('a', 1)),
      folder.commit(() => {
        throw new RangeError('no');
      }),
      folder.commit(() => table.putSync('b', 2)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect([table.get('a'), table.get('b')]).toEqual([1, 2]);
    await folder.close();
  });

  it('tells why a commit failed', async () => {
    const folder = await openDataFolder(freshFolder());
    // What lmdb does when the disk is full.
    const reason = Promise.reject(new Error('No space left on device'));
    vi.spyOn(folder.root, 'transaction').mockRejectedValue(
      Object.assign(new Error('Commit failed'), { commitError: reason }),
    );
    const failure = folder.commit(() => undefined);
    await expect(failure).rejects.toBeInstanceOf(CommitFailed);
    await expect(failure).rejects.toThrow('No space left on device');
    await folder.close();
  });
});
