import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../config.js';
import { artifactOptions } from './artifact-settings.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'artifact-settings-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

const options = (env: Record<string, string>) => artifactOptions(readConfig(env), '/labs');
const S3 = { S3_ENDPOINT: 'minio.example', S3_ACCESS_KEY: 'a', S3_SECRET_KEY: 's' };

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

describe('without settings', () => {
  it('nothing is read from the network, and the limits are those of the format', () => {
    expect(options({})).toEqual({
      fileRoot: '/labs',
      network: { hosts: [], allowPrivate: false, ca: undefined },
      s3: { access: null, buckets: ['lablet-artifacts'] },
      maxBytes: 5 * 1024 * 1024,
      timeoutMs: 10_000,
    });
  });
});

describe('the settings', () => {
  it('list hosts with their ports', () => {
    const { network } = options({ ARTIFACT_HOSTS: 'Labs.example.org, [2001:db8::1]:9000' });
    expect(network?.hosts).toEqual([
      { host: 'labs.example.org', port: 443 },
      { host: '2001:db8::1', port: 9000 },
    ]);
  });

  it.each([
    [{}, 443],
    [{ S3_TLS: 'false' }, 80],
    [{ S3_TLS: 'false', S3_ENDPOINT: 'minio.example:9000' }, 9000],
  ])('give the endpoint of S3 the port that belongs to it: %j', (env, port) => {
    expect(options({ ...S3, ...env }).s3?.access?.endpoint).toEqual({ host: 'minio.example', port });
  });

  it('add an authority to the public ones', () => {
    const [pem = ''] = rootCertificates;
    const { network } = options({ ARTIFACT_CA_FILE: file('ca.pem', pem) });
    expect(network?.ca).toHaveLength(rootCertificates.length + 1);
  });

  it('name a file of certificates that is there and holds one', () => {
    expect(() => options({ ARTIFACT_CA_FILE: join(folder, 'absent.pem') })).toThrow('ENOENT');
    expect(() => options({ ARTIFACT_CA_FILE: file('empty.pem', 'nothing') })).toThrow(
      /ARTIFACT_CA_FILE .* holds no certificate/,
    );
  });
});
