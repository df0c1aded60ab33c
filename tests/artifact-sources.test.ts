/** Lab files from all sources, through the whole server. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { refusal } from './support/answers.js';
import { certificateAuthority, type Authority } from './support/certificates.js';
import { startFileHost, type FileHost } from './support/file-host.js';
import { ACCOUNT, startObjectStore, type ObjectStore } from './support/object-store.js';
import { startTestServer, type TestServer } from './support/server.js';
import { exampleDefinition, required } from './support/story.js';

const LAB = 'nodes:\n  - {label: r1, node_definition: iosv, tags: ["serial:${PORT_SERIAL_1}"]}\n';

let authority: Authority;
let host: FileHost;
let store: ObjectStore;
let env: Record<string, string>;
const servers: TestServer[] = [];

beforeAll(async () => {
  authority = certificateAuthority();
  const tls = authority.issue('DNS:localhost');
  host = await startFileHost(
    ({ url }, response) => void response.writeHead(url === '/x.yaml' ? 200 : 404).end(LAB),
    {
      tls,
    },
  );
  store = await startObjectStore({ 'lablet-artifacts': { 'labs/x.yaml': LAB } }, { tls });
  env = {
    ARTIFACT_HOSTS: `LOCALHOST:${host.port},localhost.:${store.port}`,
    ARTIFACT_ALLOW_PRIVATE: 'true',
    ARTIFACT_CA_FILE: authority.caFile,
    S3_ENDPOINT: `localhost:${store.port}`,
    S3_REGION: ACCOUNT.region,
    S3_ACCESS_KEY: ACCOUNT.accessKey,
    S3_SECRET_KEY: ACCOUNT.secretKey,
  };
});

afterAll(async () => {
  for (const server of servers) await server.close();
  await host.close();
  await store.close();
  authority.remove();
});

async function start(changes: Record<string, string> = {}) {
  const server = await startTestServer({ env: { ...env, ...changes } });
  servers.push(server);
  const author = await server.client('AUTHOR');
  let number = 0;
  return async (labArtifactUri: string) => {
    const input = { ...exampleDefinition(), name: `Lab ${++number}`, labArtifactUri };
    const { createDefinition } = await author.request(api.CreateDefinitionDocument, { input });
    return required(createDefinition).definition;
  };
}

describe('a definition', () => {
  it('takes its lab file from a listed host and from a listed bucket', async () => {
    const define = await start();
    const fromHost = await define(`https://localhost:${host.port}/x.yaml`);
    const fromBucket = await define('s3://lablet-artifacts/labs/x.yaml');
    for (const read of [fromHost, fromBucket])
      expect(read).toMatchObject({ topologySource: 'EXTRACTED', nodeCount: 1 });
    expect(fromHost.labYamlHash).toBe(fromBucket.labYamlHash);
  });

  it('says why its lab file was not read, and no more', async () => {
    const define = await start();
    const tries = [
      ['s3://elsewhere/labs/x.yaml', 'ARTIFACT_NOT_ALLOWED', { rule: 'BUCKET_NOT_LISTED' }],
      ['s3://lablet-artifacts/labs/y.yaml', 'ARTIFACT_UNAVAILABLE', { cause: 'NOT_FOUND' }],
      [`https://localhost:${host.port}/y.yaml`, 'ARTIFACT_UNAVAILABLE', { cause: 'HTTP_404' }],
      [`https://127.0.0.1:${host.port}/x.yaml`, 'ARTIFACT_NOT_ALLOWED', { rule: 'HOST_NOT_LISTED' }],
    ] as const;
    for (const [uri, code, details] of tries) {
      const error = await refusal(define(uri));
      expect(error).toMatchObject({ code, details });
      expect(JSON.stringify(error.errors)).not.toMatch(
        new RegExp(`${ACCOUNT.accessKey}|${ACCOUNT.secretKey}`),
      );
    }
  });

  it('is not read from private addresses unless the settings say so, and nobody is asked', async () => {
    const define = await start({ ARTIFACT_ALLOW_PRIVATE: 'false' });
    const before = host.connections + store.connections;
    for (const uri of [`https://localhost:${host.port}/x.yaml`, 's3://lablet-artifacts/labs/x.yaml'])
      expect(await refusal(define(uri))).toMatchObject({ details: { rule: 'PRIVATE_ADDRESS' } });
    expect(host.connections + store.connections).toBe(before);
  });

  it('is not read from an endpoint of S3 that is no listed host', async () => {
    const define = await start({ ARTIFACT_HOSTS: `localhost:${host.port}` });
    const before = store.connections;
    expect(await refusal(define('s3://lablet-artifacts/labs/x.yaml'))).toMatchObject({
      code: 'ARTIFACT_NOT_ALLOWED',
      details: { rule: 'HOST_NOT_LISTED' },
    });
    expect(store.connections).toBe(before);
  });

  it('obeys the limits that the settings give', async () => {
    const define = await start({ ARTIFACT_MAX_BYTES: '1024' });
    expect(await define(`https://localhost:${host.port}/x.yaml`)).toMatchObject({ nodeCount: 1 });
    const big = await startFileHost((_, response) => void response.end('x'.repeat(1025)), {
      tls: authority.issue('DNS:localhost'),
    });
    const other = await start({ ARTIFACT_MAX_BYTES: '1024', ARTIFACT_HOSTS: `localhost:${big.port}` });
    expect(await refusal(other(`https://localhost:${big.port}/`))).toMatchObject({
      code: 'ARTIFACT_TOO_LARGE',
      details: { limitBytes: 1024 },
    });
    await big.close();
  });
});

describe('the keys of S3', () => {
  it('are not shown with the settings', () => {
    const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
    const shown = execFileSync(process.execPath, ['--import', 'tsx', main, 'config'], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    expect(shown).toContain(`S3_ENDPOINT=${String(env['S3_ENDPOINT'])}`);
    expect(shown).toMatch(/^S3_ACCESS_KEY=\*\*\*$/m);
    expect(shown).toMatch(/^S3_SECRET_KEY=\*\*\*$/m);
    expect(shown).not.toMatch(new RegExp(`${ACCOUNT.accessKey}|${ACCOUNT.secretKey.replace('+', '\\+')}`));
  });
});
