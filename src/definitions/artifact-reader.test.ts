import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type * as FileSystem from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { isLabletError } from '../errors.js';
import { createArtifactReader, type ArtifactReaderOptions } from './artifact-reader.js';

/** What happens between the steps of a read; set by single tests. */
const steps = vi.hoisted(() => ({
  beforeOpen: (): void => {},
  beforePlace: (): void => {},
  beforeRead: (): Promise<void> | void => {},
  knowsPlaces: true,
}));

vi.mock('node:fs/promises', async (importOriginal) => {
  const fs = await importOriginal<typeof FileSystem>();
  return {
    ...fs,
    open: async (...args: Parameters<typeof fs.open>) => {
      steps.beforeOpen();
      const handle = await fs.open(...args);
      const read = handle.read.bind(handle) as (...args: unknown[]) => Promise<unknown>;
      const delayed = async (...args: unknown[]) => {
        await steps.beforeRead();
        return read(...args);
      };
      return Object.assign(handle, { read: delayed });
    },
    readlink: (path: string) => {
      steps.beforePlace();
      return steps.knowsPlaces ? fs.readlink(path) : Promise.reject(new Error('this system does not know'));
    },
  };
});

const never = new AbortController().signal;
let base: string;
let root: string;

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'lab-files-'));
  root = join(base, 'root');
  mkdirSync(join(root, 'labs', 'deep'), { recursive: true });
  mkdirSync(join(base, 'outside'));
  writeFileSync(join(base, 'outside', 'x.yaml'), 'outside');
  writeFileSync(join(base, 'root-beside'), 'beside');
  writeFileSync(join(root, 'labs', 'x.yaml'), '\ufeffnodes: ☂\r\n');
  writeFileSync(join(root, 'labs', 'a b%ü.yaml'), 'named');
  writeFileSync(join(root, 'labs', 'latin.yaml'), Buffer.from([0x61, 0x0a, 0xfc]));
  writeFileSync(join(root, 'labs', 'limit.yaml'), 'x'.repeat(100_000));
  writeFileSync(join(root, 'labs', 'above.yaml'), 'x'.repeat(100_001));
  writeFileSync(join(root, 'labs', 'empty.yaml'), '');
  symlinkSync('x.yaml', join(root, 'labs', 'link.yaml'));
  symlinkSync(join(base, 'outside', 'x.yaml'), join(root, 'labs', 'out.yaml'));
  symlinkSync('../../outside', join(root, 'labs', 'outdir'));
  symlinkSync(join(base, 'root-beside'), join(root, 'labs', 'beside.yaml'));
  symlinkSync('loop.yaml', join(root, 'labs', 'loop.yaml'));
  symlinkSync('missing', join(root, 'labs', 'dangling.yaml'));
  symlinkSync('root', join(base, 'linked-root'));
  execFileSync('mkfifo', [join(root, 'labs', 'pipe')]);
});

afterAll(() => rmSync(base, { recursive: true }));

afterEach(() => {
  steps.beforeOpen = () => {};
  steps.beforePlace = () => {};
  steps.beforeRead = () => {};
  steps.knowsPlaces = true;
});

const reader = (options: Partial<ArtifactReaderOptions> = {}) =>
  createArtifactReader({ fileRoot: root, maxBytes: 100_000, ...options });

/** `CODE detail` of the error that reading ends with. */
async function faultOf(uri: string, options?: Partial<ArtifactReaderOptions>): Promise<string> {
  try {
    await reader(options).read(uri, never);
  } catch (error) {
    if (!isLabletError(error)) throw error;
    const { rule, cause, limitBytes } = error.details as Record<string, unknown>;
    return `${error.code} ${String(rule ?? cause ?? limitBytes)}`;
  }
  return 'nothing';
}

describe('what can be read', () => {
  it('answers the exact bytes, their hash and their text', async () => {
    const { bytes, hash, text } = await reader().read('file:///labs/x.yaml', never);
    expect(text).toBe('\ufeffnodes: ☂\r\n');
    expect(Buffer.from(text)).toEqual(bytes);
    expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it.each([
    ['percent-encoding', 'file:///labs/a%20b%25%C3%BC.yaml', 'named'],
    ['characters that need none', 'file:///labs/a b%25ü.yaml', 'named'],
    ['a scheme in capitals', 'FILE:///labs/a%20b%25ü.yaml', 'named'],
    ['an empty file', 'file:///labs/empty.yaml', ''],
    ['a link inside the root', 'file:///labs/link.yaml', '\ufeffnodes: ☂\r\n'],
    ['a file of exactly the limit', 'file:///labs/limit.yaml', 'x'.repeat(100_000)],
  ])('%s', async (_, uri, text) => expect((await reader().read(uri, never)).text).toBe(text));

  it('a root that is itself a link', async () => {
    const linked = reader({ fileRoot: join(base, 'linked-root') });
    expect((await linked.read('file:///labs/empty.yaml', never)).bytes).toHaveLength(0);
  });

  it('a system that does not say where an open file is', async () => {
    steps.knowsPlaces = false;
    expect((await reader().read('file:///labs/link.yaml', never)).text).toContain('nodes');
  });
});

describe('what is refused', () => {
  it.each([
    ['ftp://x/y', 'ARTIFACT_NOT_ALLOWED SCHEME_NOT_ALLOWED'],
    ['http://x/y', 'ARTIFACT_NOT_ALLOWED SCHEME_NOT_ALLOWED'],
    ['constructor:x', 'ARTIFACT_NOT_ALLOWED SCHEME_NOT_ALLOWED'],
    ['/labs/x.yaml', 'ARTIFACT_NOT_ALLOWED SCHEME_NOT_ALLOWED'],
    ['', 'ARTIFACT_NOT_ALLOWED SCHEME_NOT_ALLOWED'],
    ['https://labs.example.org/x.yaml', 'ARTIFACT_NOT_ALLOWED HOST_NOT_LISTED'],
    ['s3://lablet-artifacts/x.yaml', 'ARTIFACT_NOT_ALLOWED BUCKET_NOT_LISTED'],
    ['file://localhost/labs/x.yaml', 'ARTIFACT_NOT_ALLOWED HOST_NOT_ALLOWED'],
    ['file://labs/x.yaml', 'ARTIFACT_NOT_ALLOWED HOST_NOT_ALLOWED'],
    ['file:/labs/x.yaml', 'ARTIFACT_NOT_ALLOWED URI_MALFORMED'],
    ['file:labs/x.yaml', 'ARTIFACT_NOT_ALLOWED URI_MALFORMED'],
    ['file:///', 'ARTIFACT_NOT_ALLOWED URI_MALFORMED'],
    ['file:///labs//x.yaml', 'ARTIFACT_NOT_ALLOWED URI_MALFORMED'],
    ['file:///labs/./x.yaml', 'ARTIFACT_NOT_ALLOWED URI_MALFORMED'],
    ['file:///labs/x.yaml?v=1', 'ARTIFACT_NOT_ALLOWED URI_MALFORMED'],
    ['file:///labs/x.yaml#top', 'ARTIFACT_NOT_ALLOWED URI_MALFORMED'],
    ['file:///labs/%ZZ.yaml', 'ARTIFACT_NOT_ALLOWED URI_MALFORMED'],
    ['file:///labs/%FF.yaml', 'ARTIFACT_NOT_ALLOWED URI_MALFORMED'],
    ['file:///labs/x.yaml%00.txt', 'ARTIFACT_NOT_ALLOWED URI_MALFORMED'],
    ['file:///labs%2Fx.yaml', 'ARTIFACT_NOT_ALLOWED URI_MALFORMED'],
    ['file:///labs\\x.yaml', 'ARTIFACT_NOT_ALLOWED URI_MALFORMED'],
    ['file:///labs/../labs/x.yaml', 'ARTIFACT_NOT_ALLOWED OUTSIDE_ROOT'],
    ['file:///../outside/x.yaml', 'ARTIFACT_NOT_ALLOWED OUTSIDE_ROOT'],
    ['file:///%2e%2e/outside/x.yaml', 'ARTIFACT_NOT_ALLOWED OUTSIDE_ROOT'],
    ['file:///labs/out.yaml', 'ARTIFACT_NOT_ALLOWED OUTSIDE_ROOT'],
    ['file:///labs/outdir/x.yaml', 'ARTIFACT_NOT_ALLOWED OUTSIDE_ROOT'],
    ['file:///labs/beside.yaml', 'ARTIFACT_NOT_ALLOWED OUTSIDE_ROOT'],
    ['file:///labs/deep', 'ARTIFACT_NOT_ALLOWED NOT_A_FILE'],
    ['file:///labs/pipe', 'ARTIFACT_NOT_ALLOWED NOT_A_FILE'],
    ['file:///labs/loop.yaml', 'ARTIFACT_NOT_ALLOWED NOT_A_FILE'],
    ['file:///labs/dangling.yaml', 'ARTIFACT_UNAVAILABLE NOT_FOUND'],
    ['file:///labs/missing.yaml', 'ARTIFACT_UNAVAILABLE NOT_FOUND'],
    ['file:///labs/x.yaml/y', 'ARTIFACT_UNAVAILABLE NOT_FOUND'],
    [`file:///labs/${'x'.repeat(300)}`, 'ARTIFACT_UNAVAILABLE NOT_FOUND'],
    ['file:///labs/..%2fx.yaml', 'ARTIFACT_NOT_ALLOWED URI_MALFORMED'],
    ['file:///labs/..%5cx.yaml', 'ARTIFACT_NOT_ALLOWED URI_MALFORMED'],
    ['file:////etc/passwd', 'ARTIFACT_NOT_ALLOWED URI_MALFORMED'],
    ['file:\\\\server\\x.yaml', 'ARTIFACT_NOT_ALLOWED URI_MALFORMED'],
    ['file:///labs/x.yaml\0', 'ARTIFACT_NOT_ALLOWED URI_MALFORMED'],
    ['file:///C:/Windows/win.ini', 'ARTIFACT_UNAVAILABLE NOT_FOUND'],
    ['file:///labs/above.yaml', 'ARTIFACT_TOO_LARGE 100000'],
    ['file:///labs/latin.yaml', 'LAB_YAML_INVALID NOT_UTF8'],
  ])('%s: %s', async (uri, fault) => expect(await faultOf(uri)).toBe(fault));

  it('a path that is longer than the system takes', async () => {
    expect(await faultOf(`file:///${'labs/'.repeat(2000)}x.yaml`)).toBe('ARTIFACT_UNAVAILABLE NOT_FOUND');
  });

  it('a file of 5 MiB and one byte, where no other limit is set', async () => {
    const unset = createArtifactReader({ fileRoot: root });
    writeFileSync(join(root, 'labs', 'five.yaml'), 'x'.repeat(5 * 1024 * 1024));
    expect((await unset.read('file:///labs/five.yaml', never)).bytes).toHaveLength(5_242_880);
    writeFileSync(join(root, 'labs', 'five.yaml'), 'x', { flag: 'a' });
    await expect(unset.read('file:///labs/five.yaml', never)).rejects.toMatchObject({
      code: 'ARTIFACT_TOO_LARGE',
      details: { limitBytes: 5_242_880 },
    });
  });

  it('every file while no root is set', async () => {
    expect(await faultOf('file:///labs/x.yaml', { fileRoot: null })).toBe(
      'ARTIFACT_NOT_ALLOWED NO_FILE_ROOT',
    );
  });

  it('a device below a root that has some', async () => {
    expect(await faultOf('file:///null', { fileRoot: '/dev' })).toBe('ARTIFACT_NOT_ALLOWED NOT_A_FILE');
    expect(await faultOf('file:///dev/null', { fileRoot: '/' })).toBe('ARTIFACT_NOT_ALLOWED NOT_A_FILE');
  });

  it('what grows above the limit while it is read', async () => {
    const path = join(root, 'labs', 'growing.yaml');
    writeFileSync(path, 'x');
    steps.beforeRead = () => writeFileSync(path, 'x'.repeat(70_000), { flag: 'a' });
    expect(await faultOf('file:///labs/growing.yaml')).toBe('ARTIFACT_TOO_LARGE 100000');
  });

  it('what the system denies or fails to read', async () => {
    const fail = (code: string) => {
      steps.beforeOpen = () => {
        throw Object.assign(new Error(code), { code });
      };
      return faultOf('file:///labs/x.yaml');
    };
    expect(await fail('EACCES')).toBe('ARTIFACT_UNAVAILABLE DENIED');
    expect(await fail('EIO')).toBe('ARTIFACT_UNAVAILABLE READ_FAILED');
  });
});

describe('what changes between check and use', () => {
  const labs = () => join(root, 'labs');
  const swapped = () => {
    renameSync(labs(), join(root, 'kept'));
    symlinkSync(join(base, 'outside'), labs());
  };

  const restored = () => {
    rmSync(labs(), { recursive: true });
    renameSync(join(root, 'kept'), labs());
  };

  afterEach(() => {
    if (existsSync(join(root, 'kept'))) restored();
  });

  it.each([true, false])('a folder that becomes a link out of the root (place known: %s)', async (known) => {
    steps.knowsPlaces = known;
    steps.beforeOpen = swapped;
    expect(await faultOf('file:///labs/x.yaml')).toBe('ARTIFACT_NOT_ALLOWED OUTSIDE_ROOT');
  });

  it('a folder that leads outside only while the file is opened', async () => {
    steps.knowsPlaces = false;
    steps.beforeOpen = swapped;
    steps.beforePlace = restored;
    expect(await faultOf('file:///labs/x.yaml')).toBe('ARTIFACT_NOT_ALLOWED OUTSIDE_ROOT');
  });

  it('a file that becomes a pipe does not block', async () => {
    steps.beforeOpen = () => {
      swapped();
      rmSync(labs());
      mkdirSync(labs());
      execFileSync('mkfifo', [join(labs(), 'x.yaml')]);
    };
    expect(await faultOf('file:///labs/x.yaml')).toBe('ARTIFACT_NOT_ALLOWED NOT_A_FILE');
  });
});

describe('time', () => {
  it('ends a read that takes too long, even while the system does not answer', async () => {
    let goOn = (): void => {};
    steps.beforeRead = () => new Promise((resolve) => (goOn = resolve));
    expect(await faultOf('file:///labs/x.yaml', { timeoutMs: 20 })).toBe('ARTIFACT_UNAVAILABLE TIMEOUT');
    goOn();
  });

  it('ends with the reason of the caller', async () => {
    const controller = new AbortController();
    const reason = new Error('the deadline passed');
    steps.beforeRead = () => controller.abort(reason);
    await expect(reader().read('file:///labs/limit.yaml', controller.signal)).rejects.toBe(reason);
    await expect(reader().read('file:///labs/x.yaml', controller.signal)).rejects.toBe(reason);
  });
});
