/** Lab files from `s3:`, read from a server of the tests' own that checks every signature, and from MinIO if it is here. */
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ArtifactReaderOptions } from '../src/definitions/artifact-reader.js';
import { outcomeOf } from './support/artifact-runs.js';
import { isHere } from './support/backends.js';
import { certificateAuthority, type Authority } from './support/certificates.js';
import { startMinio, type RunningEngine } from './support/engines.js';
import { ACCOUNT, startObjectStore, type Misbehaviour, type ObjectStore } from './support/object-store.js';

const BUCKET = 'lablet-artifacts';
const OBJECTS = {
  'labs/x.yaml': 'nodes: ☂\n',
  "labs/a b/100% ü+&=~!'()*.yaml": 'named',
  'labs/%2e%2e/x.yaml': 'percent',
  'labs/empty.yaml': '',
  'labs/limit.yaml': 'x'.repeat(1000),
  'labs/above.yaml': 'x'.repeat(1001),
};

const open: ObjectStore[] = [];
let authority: Authority;

beforeAll(() => {
  authority = certificateAuthority();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const store of open.splice(0)) {
    await store.allClosed();
    await store.close();
  }
});

afterAll(() => authority.remove());

async function start(misbehave?: Misbehaviour, tls?: { key: string; cert: string }): Promise<ObjectStore> {
  const store = await startObjectStore(
    { [BUCKET]: OBJECTS },
    { ...(misbehave ? { misbehave } : {}), ...(tls ? { tls } : {}) },
  );
  open.push(store);
  return store;
}

interface Changes {
  readonly account?: Partial<typeof ACCOUNT>;
  readonly buckets?: readonly string[];
  readonly tls?: boolean;
  readonly ca?: readonly string[];
  readonly host?: string;
  readonly listed?: boolean;
  readonly allowPrivate?: boolean;
  readonly timeoutMs?: number;
}

function options({ port }: ObjectStore, changes: Changes = {}): Omit<ArtifactReaderOptions, 'fileRoot'> {
  const { account, buckets = [BUCKET], tls = false, ca, host = '127.0.0.1', listed = true } = changes;
  const endpoint = { host, port };
  return {
    network: { hosts: listed ? [endpoint] : [], allowPrivate: changes.allowPrivate ?? true, ca },
    s3: { access: { endpoint, tls, ...ACCOUNT, ...account }, buckets },
    maxBytes: 1000,
    timeoutMs: changes.timeoutMs ?? 10_000,
  };
}

const read = (store: ObjectStore, changes?: Changes, uri = `s3://${BUCKET}/labs/x.yaml`) =>
  outcomeOf(uri, options(store, changes));

describe('a lab file in a bucket', () => {
  it('is read with one signed request', async () => {
    const store = await start();
    expect(await read(store)).toBe('read nodes: ☂\n');
    expect(store.seen).toEqual([`GET /${BUCKET}/labs/x.yaml?x-id=GetObject`]);
    expect(store.headers['accept-encoding']).toBe('identity');
    expect(store.connections).toBe(1);
  });

  it.each([
    ['labs/empty.yaml', ''],
    ['labs/limit.yaml', 'x'.repeat(1000)],
    ["labs/a b/100%25 ü+&=~!'()*.yaml", 'named'],
    ['labs/a%20b/100%25%20%C3%BC%2B%26%3D~%21%27%28%29%2A.yaml', 'named'],
    ['labs/%252e%252e/x.yaml', 'percent'],
  ])('has the key that the URI names: %s', async (path, text) => {
    expect(await read(await start(), {}, `s3://${BUCKET}/${path}`)).toBe(`read ${text}`);
  });

  it('is read over TLS from a server whose certificate the authority has signed', async () => {
    const store = await start(undefined, authority.issue('IP:127.0.0.1'));
    expect(await read(store, { tls: true, ca: [authority.ca] })).toBe('read nodes: ☂\n');
  });

  it('is read with what the settings say, whatever the environment says', async () => {
    const elsewhere = 'http://127.0.0.1:1';
    for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3', 'HTTP_PROXY', 'HTTPS_PROXY'])
      vi.stubEnv(name, elsewhere);
    for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'])
      vi.stubEnv(name, 'ambient');
    for (const name of ['AWS_USE_FIPS_ENDPOINT', 'AWS_USE_DUALSTACK_ENDPOINT', 'AWS_S3_USE_ARN_REGION'])
      vi.stubEnv(name, 'nonsense');
    for (const name of ['AWS_MAX_ATTEMPTS', 'AWS_RETRY_MODE', 'AWS_DEFAULTS_MODE', 'AWS_SDK_UA_APP_ID'])
      vi.stubEnv(name, 'nonsense');
    for (const name of ['AWS_REQUEST_CHECKSUM_CALCULATION', 'AWS_RESPONSE_CHECKSUM_VALIDATION'])
      vi.stubEnv(name, 'nonsense');
    for (const name of ['AWS_AUTH_SCHEME_PREFERENCE', 'AWS_SIGV4A_SIGNING_REGION_SET', 'AWS_PROFILE'])
      vi.stubEnv(name, 'nonsense');
    const store = await start();
    expect(await read(store)).toBe('read nodes: ☂\n');
    const { authorization, 'user-agent': agent } = store.headers;
    expect(`${authorization} ${agent}`).not.toMatch(/ambient|nonsense/);
    expect(store.headers).not.toHaveProperty('x-amz-security-token');
  });
});

describe('what S3 refuses', () => {
  it.each<[string, Changes, string, string]>([
    ['an access key that nobody knows', { account: { accessKey: 'OTHER' } }, 'labs/x.yaml', 'DENIED'],
    ['a wrong secret key', { account: { secretKey: 'other' } }, 'labs/x.yaml', 'DENIED'],
    ['another region', { account: { region: 'us-east-1' } }, 'labs/x.yaml', 'HTTP_400'],
    ['a key that is not there', {}, 'labs/y.yaml', 'NOT_FOUND'],
  ])('%s', async (_, changes, key, cause) => {
    const store = await start();
    expect(await read(store, changes, `s3://${BUCKET}/${key}`)).toBe(`ARTIFACT_UNAVAILABLE ${cause}`);
    expect(store.requests).toBe(1);
  });

  it('a bucket that is listed but not there', async () => {
    const store = await start();
    expect(await read(store, { buckets: ['absent'] }, 's3://absent/x.yaml')).toBe(
      'ARTIFACT_UNAVAILABLE NOT_FOUND',
    );
  });
});

describe('what a server of S3 may do wrong', () => {
  it.each<[string, Misbehaviour, string]>([
    [
      'send more than the limit without saying so',
      (_, response) => void response.writeHead(200).end('x'.repeat(5000)),
      'ARTIFACT_TOO_LARGE 1000',
    ],
    [
      'announce more than the limit',
      (_, response) => void response.writeHead(200, { 'content-length': '1001' }).flushHeaders(),
      'ARTIFACT_TOO_LARGE 1000',
    ],
    [
      'redirect',
      (_, response) => void response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
      'ARTIFACT_NOT_ALLOWED REDIRECT',
    ],
    [
      'name another region',
      (_, response) => void response.writeHead(301, { 'x-amz-bucket-region': 'eu-west-1' }).end(),
      'ARTIFACT_NOT_ALLOWED REDIRECT',
    ],
    [
      'send a part',
      (_, response) => void response.writeHead(206).end('nodes'),
      'ARTIFACT_UNAVAILABLE HTTP_206',
    ],
    [
      'be at its limit, and is not asked again',
      (_, response) => void response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>'),
      'ARTIFACT_UNAVAILABLE HTTP_503',
    ],
    [
      'refuse without end',
      (_, response) => {
        response.writeHead(500);
        const more = () => void response.write('x'.repeat(100_000), more);
        more();
      },
      'ARTIFACT_UNAVAILABLE HTTP_500',
    ],
    [
      'send the file packed',
      (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
      'ARTIFACT_UNAVAILABLE CONTENT_ENCODING',
    ],
    ['close the connection', (request) => void request.destroy(), 'ARTIFACT_UNAVAILABLE UNREACHABLE'],
  ])('%s', async (_, misbehave, outcome) => {
    const store = await start(misbehave);
    expect(await read(store)).toBe(outcome);
    expect(store.requests).toBe(1);
  });

  it('answer too slowly', async () => {
    const store = await start(() => {});
    expect(await read(store, { timeoutMs: 300 })).toBe('ARTIFACT_UNAVAILABLE TIMEOUT');
  });

  it('have a certificate of an authority that nobody trusts, or for another host', async () => {
    const stranger = await start(undefined, authority.issue('IP:127.0.0.1'));
    expect(await read(stranger, { tls: true })).toBe('ARTIFACT_UNAVAILABLE CERTIFICATE');
    const other = await start(undefined, authority.issue('DNS:other.example.org'));
    expect(await read(other, { tls: true, ca: [authority.ca] })).toBe('ARTIFACT_UNAVAILABLE CERTIFICATE');
    expect(stranger.requests + other.requests).toBe(0);
  });
});

describe('what is refused before any connection', () => {
  it.each<[string, Changes, string]>([
    [`s3://elsewhere/x.yaml`, {}, 'BUCKET_NOT_LISTED'],
    [`s3://LABLET-ARTIFACTS/x.yaml`, {}, 'BUCKET_NOT_LISTED'],
    [`s3://lablet-artifacts.evil/x.yaml`, {}, 'BUCKET_NOT_LISTED'],
    [`s3://${BUCKET}/labs/x.yaml`, { listed: false }, 'HOST_NOT_LISTED'],
    [`s3://${BUCKET}/labs/x.yaml`, { allowPrivate: false }, 'PRIVATE_ADDRESS'],
    [`s3://key:secret@${BUCKET}/x.yaml`, {}, 'USER_PART'],
    [`s3://${BUCKET}:9000/x.yaml`, {}, 'URI_MALFORMED'],
    [`s3://${BUCKET}`, {}, 'URI_MALFORMED'],
    [`s3://${BUCKET}/`, {}, 'URI_MALFORMED'],
    [`s3:///x.yaml`, {}, 'URI_MALFORMED'],
    [`s3:${BUCKET}/x.yaml`, {}, 'URI_MALFORMED'],
    [`s3://${BUCKET}/labs/../x.yaml`, {}, 'URI_MALFORMED'],
    [`s3://${BUCKET}/labs/%2e%2e/x.yaml`, {}, 'URI_MALFORMED'],
    [`s3://${BUCKET}/labs/..%2fx.yaml`, {}, 'URI_MALFORMED'],
    [`s3://${BUCKET}/labs/./x.yaml`, {}, 'URI_MALFORMED'],
    [`s3://${BUCKET}//x.yaml`, {}, 'URI_MALFORMED'],
    [`s3://${BUCKET}/x.yaml%0d%0aHost:%20evil`, {}, 'URI_MALFORMED'],
    [`s3://${BUCKET}/100%.yaml`, {}, 'URI_MALFORMED'],
    [`s3://${BUCKET}/x.yaml?versionId=1`, {}, 'URI_MALFORMED'],
    [`s3://${BUCKET}/x.yaml#top`, {}, 'URI_MALFORMED'],
    [`s3://arn:aws:s3:::${BUCKET}/x.yaml`, {}, 'URI_MALFORMED'],
  ])('%s %j: %s', async (uri, changes, rule) => {
    const store = await start();
    expect(await read(store, changes, uri)).toBe(`ARTIFACT_NOT_ALLOWED ${rule}`);
    expect(store.connections).toBe(0);
  });

  it('every bucket while no endpoint is set', async () => {
    expect(await outcomeOf(`s3://${BUCKET}/x.yaml`, { s3: { access: null, buckets: [BUCKET] } })).toBe(
      'ARTIFACT_NOT_ALLOWED NO_S3_ENDPOINT',
    );
  });
});

const MINIO_ACCOUNT = { accessKey: 'lablettest', secretKey: 'lablet/test+secret' };
const MINIO_KEYS = ['labs/x.yaml', "labs/a b/100% ü+&=~!'()*.yaml", 'labs/%2e%2e/x.yaml', '☂/🦊.yaml'];

if (isHere('minio')) {
  describe('a lab file in a bucket of MinIO', () => {
    let minio: RunningEngine;

    beforeAll(async () => {
      minio = await startMinio(MINIO_ACCOUNT);
      const client = new S3Client({
        endpoint: minio.url,
        region: 'us-east-1',
        forcePathStyle: true,
        credentials: { accessKeyId: MINIO_ACCOUNT.accessKey, secretAccessKey: MINIO_ACCOUNT.secretKey },
      });
      await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
      const put = (Key: string, Body: string) =>
        client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
      for (const key of MINIO_KEYS) await put(key, `text of ${key}`);
      await put('limit.yaml', 'x'.repeat(1000));
      await put('above.yaml', 'x'.repeat(1001));
      client.destroy();
    });

    afterAll(() => minio?.stop());

    const readThere = (path: string, account: Partial<typeof MINIO_ACCOUNT & { region: string }> = {}) => {
      const endpoint = { host: '127.0.0.1', port: minio.port };
      const access = { endpoint, tls: false, region: 'us-east-1', ...MINIO_ACCOUNT, ...account };
      return outcomeOf(`s3://${path}`, {
        network: { hosts: [endpoint], allowPrivate: true },
        s3: { access, buckets: [BUCKET, 'absent'] },
        maxBytes: 1000,
      });
    };

    it.each(MINIO_KEYS)('is read by its key: %s', async (key) => {
      const text = `read text of ${key}`;
      expect(await readThere(`${BUCKET}/${key.replaceAll('%', '%25')}`)).toBe(text);
      expect(await readThere(`${BUCKET}/${key.split('/').map(encodeURIComponent).join('/')}`)).toBe(text);
    });

    it('has the limits of every lab file', async () => {
      expect(await readThere(`${BUCKET}/limit.yaml`)).toBe(`read ${'x'.repeat(1000)}`);
      expect(await readThere(`${BUCKET}/above.yaml`)).toBe('ARTIFACT_TOO_LARGE 1000');
    });

    it('is refused with the cause', async () => {
      expect(await readThere(`${BUCKET}/labs/y.yaml`)).toBe('ARTIFACT_UNAVAILABLE NOT_FOUND');
      expect(await readThere('absent/labs/x.yaml')).toBe('ARTIFACT_UNAVAILABLE NOT_FOUND');
      expect(await readThere(`${BUCKET}/labs/x.yaml`, { accessKey: 'nobody' })).toBe(
        'ARTIFACT_UNAVAILABLE DENIED',
      );
      expect(await readThere(`${BUCKET}/labs/x.yaml`, { secretKey: 'wrong-one' })).toBe(
        'ARTIFACT_UNAVAILABLE DENIED',
      );
    });
  });
}
