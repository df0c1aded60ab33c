import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { createClient, type LabletClient } from '../../src/client/index.js';
import { readConfig } from '../../src/config.js';
import type { Overrides } from '../../src/context.js';
import type { Role } from '../../src/lib/actor.js';
import { startServer, type RunningServer } from '../../src/server.js';

export interface TestServer {
  readonly server: RunningServer;
  readonly url: string;
  readonly dataDir: string;
  /** A client with a token of these roles; closed with the server. */
  client(roles: Role | readonly Role[], subject?: string): Promise<LabletClient>;
  /** A client with this token, or none. */
  clientWith(token: string | null): LabletClient;
  token(roles: Role | readonly Role[], subject?: string, hours?: number): Promise<string>;
  /** Stops it and keeps its data. */
  stop(): Promise<void>;
  /** Stops it and removes its data. */
  close(): Promise<void>;
}

export interface TestServerOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly dataDir?: string;
  readonly overrides?: Overrides;
}

const DAY = String(24 * 60 * 60);

/** Settings of a server that asks its stores nothing of its own accord, for tests that count calls. */
export const QUIET = {
  OUTBOX_SWEEP_SECONDS: DAY,
  TICK_SECONDS: DAY,
  LEADER_TTL_SECONDS: DAY,
  REPAIR_SECONDS: DAY,
  REPAIR_POLL_MS: '86400000',
  EPOCH_CHECK_MS: '86400000',
};

/** The real server on a free port, on embedded stores in a fresh folder unless `env` names others. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'lablet-'));
  const fixed = {
    PORT: '0',
    LOG_LEVEL: 'silent',
    DATA_DIR: dataDir,
    SHUTDOWN_NOTICE_MS: '0',
    MAX_SOCKETS_PER_USER: '10000',
  };
  const env = { ...fixed, ...options.env };
  const server = await startServer(readConfig(env), options.overrides);
  const clients: LabletClient[] = [];
  let stopped = false;

  async function stop(): Promise<void> {
    if (stopped) return;
    stopped = true;
    await Promise.all(clients.map((client) => client.close()));
    await server.close();
  }

  function clientWith(token: string | null): LabletClient {
    const client = createClient({ url: server.url, token, webSocketImpl: WebSocket });
    clients.push(client);
    return client;
  }

  async function token(roles: Role | readonly Role[], subject = 'tester', hours?: number): Promise<string> {
    if (!server.tokens) throw new Error('the server takes tokens of an identity provider');
    return server.tokens.sign(subject, typeof roles === 'string' ? [roles] : roles, hours);
  }

  return {
    server,
    url: server.url,
    dataDir,
    clientWith,
    token,
    client: async (roles, subject) => clientWith(await token(roles, subject)),
    stop,
    async close() {
      await stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
