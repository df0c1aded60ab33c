import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join, relative } from 'node:path';

/**
 * How a process shows that it uses a data folder: it listens on a socket in it, named after its pid and a
 * random part. The kernel closes the socket with the process, however that ends, so whether somebody answers
 * tells a living holder from a dead one; also where pids mislead, as between containers that share the folder,
 * after a pid was given anew, or for a process that is killed but not yet waited for.
 * A name is never used twice: who is dead stays dead.
 */
export class Presence {
  readonly name: string;
  readonly #folder: string;
  readonly #server: Server;

  private constructor(folder: string, name: string, server: Server) {
    this.#folder = folder;
    this.name = name;
    this.#server = server;
  }

  static async show(folder: string): Promise<Presence> {
    const name = `lock-${process.pid}-${randomBytes(5).toString('hex')}`;
    const server = createServer((visitor) => visitor.destroy());
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(address(folder, name), resolve);
    });
    // Being present must not keep a process alive that has nothing else to do.
    server.unref();
    if (process.platform === 'win32') writeFileSync(join(folder, name), '');
    return new Presence(folder, name, server);
  }

  async end(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(join(this.#folder, this.name), { force: true });
  }
}

/** The process of whoever is present in the folder, or null. */
export async function presentPid(folder: string): Promise<number | null> {
  for (const name of names(folder)) {
    if (await isPresent(folder, name)) return pidOf(name);
  }
  return null;
}

/** Whether the process that showed itself under this name lives. */
export function isPresent(folder: string, name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const visit = connect(address(folder, name));
    visit.once('connect', () => {
      visit.destroy();
      resolve(true);
    });
    // Any other error (a full backlog, a lack of rights) comes from a socket that somebody has.
    visit.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
  });
}

/** Removes what dead processes left in the folder. */
export async function sweep(folder: string): Promise<void> {
  for (const name of names(folder)) {
    if (!(await isPresent(folder, name))) rmSync(join(folder, name), { force: true });
  }
}

export function pidOf(name: string): number {
  return Number(NAME.exec(name)?.[1]);
}

const NAME = /^lock-(\d+)-[0-9a-f]{10}$/;

/** The longest socket path that every system takes. */
const MAX_ADDRESS_BYTES = 103;

function names(folder: string): string[] {
  return readdirSync(folder).filter((name) => NAME.test(name));
}

function address(folder: string, name: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\lablet-${name}`;
  const path = join(folder, name);
  const short = [relative(process.cwd(), path), path].find(
    (it) => Buffer.byteLength(it) <= MAX_ADDRESS_BYTES,
  );
  if (!short) throw new Error(`the path of the data folder is too long: ${folder}`);
  return short;
}
