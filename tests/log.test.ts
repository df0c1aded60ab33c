/** What a server process writes to its log: a line for each operation, and no secret whatever comes in. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openSocket } from './support/raw-socket.js';
import { startServerProcess } from './support/server-process.js';

/** A store for lab files that nobody serves, and passwords. */
const SETTINGS = {
  S3_ENDPOINT: '127.0.0.1:1',
  S3_TLS: 'false',
  ARTIFACT_HOSTS: '127.0.0.1:1',
  ARTIFACT_ALLOW_PRIVATE: 'true',
  S3_ACCESS_KEY: 'AKIAVERYSECRETNAME',
  S3_SECRET_KEY: 'very-secret-key-of-the-store',
  ETCD_PASSWORD: 'very-secret-password-of-etcd',
};

interface Line {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly requestId?: string;
  readonly caller?: string | null;
  readonly operation?: string;
  readonly code?: string;
  readonly ms?: number;
}

it('a log has a line of JSON for each operation, with its request, and no token, cookie, body or password', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'lablet-log-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const server = await startServerProcess({ ...SETTINGS, DATA_DIR: dataDir, LOG_LEVEL: 'debug' });
  const bearer = { authorization: `Bearer ${server.token}` };
  const said: { requestId: string; operation: string; code: string; caller: string | null }[] = [];

  /** Asks GraphQL and remembers what the log has to say of it. */
  async function ask(
    operation: string,
    code: string,
    query: string,
    headers: Record<string, string> = bearer,
    variables: object = {},
  ): Promise<void> {
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const { errors } = (await answer.json()) as { errors?: { extensions: { code: string } }[] };
    expect([operation, errors?.[0]?.extensions.code ?? 'OK']).toEqual([operation, code]);
    const caller = code === 'UNAUTHENTICATED' ? null : 'developer';
    said.push({ requestId: answer.headers.get('x-request-id') ?? '', operation, code, caller });
  }

  await ask('viewer', 'OK', '{ viewer { subject } }');
  const session = await fetch(`${server.url}/session`, { method: 'POST', headers: bearer });
  const [cookie = ''] = (session.headers.get('set-cookie') ?? '').split(';');
  expect(cookie).toMatch(/^ccm_auth=eyJ/);
  await ask('viewer', 'OK', '{ viewer { roles } }', { cookie, origin: server.url });
  await ask('viewer', 'UNAUTHENTICATED', '{ viewer { subject } }', {
    authorization: 'Bearer eyJhbGciOiJub25lIn0.stolen-token-of-somebody.',
  });
  await ask('viewer', 'UNAUTHENTICATED', '{ viewer { subject } }', {
    cookie: 'ccm_auth=forged-cookie-of-somebody',
    origin: server.url,
  });
  const definition = {
    name: 'Kept secret title',
    version: '1.0.0',
    labArtifactUri: 's3://lablet-artifacts/labs/secret-lab.yaml',
    extractTopology: true,
    resourceRequirements: { cpuCores: 1, memoryGb: 1, storageGb: 1 },
    ownerNotification: { email: 'private-mail@example.org' },
  };
  const create =
    'mutation Create($input: CreateDefinitionInput!) { createDefinition(input: $input) { definition { id } } }';
  await ask('createDefinition', 'ARTIFACT_UNAVAILABLE', create, bearer, { input: definition });
  const rest = await fetch(`${server.url}/api/v1/instances/ins_${'0'.repeat(26)}?secret=in-the-address`, {
    headers: bearer,
  });
  expect(rest.status).toBeGreaterThanOrEqual(400);
  const socket = await openSocket(server.url, { token: server.token });
  socket.subscribe('changes', 'subscription { instanceChanges { kind } }');
  await socket.answer('changes');
  socket.close();
  const { stdout } = await server.kill('SIGTERM');

  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  for (const { level, time, msg } of lines) {
    expect(level).toMatch(/^(debug|info|warn|error)$/);
    expect(time).toBe(new Date(time).toISOString());
    expect(msg).not.toBe('');
  }
  for (const { requestId, ...facts } of said) {
    const told = lines.filter((line) => line.requestId === requestId && line.msg === 'operation');
    expect(told).toMatchObject([{ ...facts, level: 'info', ms: expect.any(Number) }]);
  }
  expect(lines.filter(({ operation }) => operation === 'instanceChanges')).toMatchObject([
    { code: 'OK', caller: 'developer', requestId: expect.stringMatching(/^[0-9A-Z]{26}$/) },
  ]);
  const [, payload = '', signature = ''] = server.token.split('.');
  const forbidden = [
    ...[server.token, payload, signature, cookie, 'stolen-token', 'forged-cookie', 'Bearer'],
    ...['secret title', 'secret-lab', 'private-mail', 'in-the-address', 'AKIA', 'very-secret'],
  ];
  expect(forbidden.filter((text) => stdout.includes(text))).toEqual([]);
  expect(lines.find(({ msg }) => msg === 'stopping')).toBeDefined();
}, 120_000);
