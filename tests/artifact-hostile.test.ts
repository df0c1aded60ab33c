/**
 * Hostile sources: what callers may try, what they get, and who hears of it. One server stands for everything that
 * could be reached; names lead to it or to addresses that must not be reached.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { RequestListener, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createArtifactReader } from '../src/definitions/artifact-reader.js';
import { isLabletError } from '../src/errors.js';
import { outcomeOf, resolver } from './support/artifact-runs.js';
import { certificateAuthority, type Authority } from './support/certificates.js';
import { startFileHost, type FileHost } from './support/file-host.js';
import { readDocument, tableRows } from './support/markdown.js';

const MIB = 1024 * 1024;
const NOT_ALLOWED = 'ARTIFACT_NOT_ALLOWED';
const UNAVAILABLE = 'ARTIFACT_UNAVAILABLE';

let folder: string;
let authority: Authority;
let host: FileHost;
let answer: RequestListener;
let before = { connections: 0, requests: 0 };

beforeAll(async () => {
  // Loading it takes seconds where others use the machine too, and a read ends after two.
  await import('@aws-sdk/client-s3');
  folder = mkdtempSync(join(tmpdir(), 'lablet-hostile-'));
  const root = join(folder, 'root');
  mkdirSync(join(root, 'folder'), { recursive: true });
  writeFileSync(join(folder, 'secret.yaml'), 'secret');
  writeFileSync(join(root, 'limit.yaml'), 'x'.repeat(5 * MIB));
  writeFileSync(join(root, 'above.yaml'), 'x'.repeat(5 * MIB + 1));
  symlinkSync(join(folder, 'secret.yaml'), join(root, 'link.yaml'));
  symlinkSync(folder, join(root, 'up'));
  symlinkSync('/dev/zero', join(root, 'zero'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  authority = certificateAuthority();
  host = await startFileHost((...call) => answer(...call), { tls: authority.issue('DNS:labs.example.org') });
});

beforeEach(() => {
  answer = (_, response) => void response.end('nodes: []');
  before = { connections: host.connections, requests: host.requests };
});

afterAll(async () => {
  await host.allClosed();
  await host.close();
  authority.remove();
  rmSync(folder, { recursive: true });
});

const NAMES = {
  'labs.example.org': ['127.0.0.1'],
  'private.example.org': ['10.0.0.1'],
  'metadata.example.org': ['169.254.169.254'],
  'mapped.example.org': ['::ffff:127.0.0.1'],
  'compatible.example.org': ['::127.0.0.1'],
  'nat64.example.org': ['64:ff9b::7f00:1'],
  '6to4.example.org': ['2002:7f00:1::1'],
  'link.example.org': ['fe80::1'],
  'local.example.org': ['fd00::1'],
  'zero.example.org': ['0.0.0.0'],
  'mixed.example.org': ['8.8.8.8', '192.168.0.1'],
  'unlisted.example.org': ['127.0.0.1'],
};
const LISTED = [
  'labs.example.org',
  'private.example.org',
  'metadata.example.org',
  'mapped.example.org',
  'compatible.example.org',
  'nat64.example.org',
  '6to4.example.org',
  'link.example.org',
  'local.example.org',
  'zero.example.org',
  'mixed.example.org',
  'missing.example.org',
  '127.0.0.1',
  '::ffff:7f00:1',
  '169.254.169.254',
];

/** Outcome, names resolved, connections and requests of one try. `PORT` in a URI is the server's. */
async function attempt(uri: string, allowPrivate: boolean) {
  const { asked, resolve } = resolver(NAMES);
  const { port } = host;
  const hosts = LISTED.map((name) => ({ host: name, port }));
  const access = {
    endpoint: { host: 'private.example.org', port },
    tls: true,
    region: 'r',
    accessKey: 'a',
    secretKey: 's',
  };
  const outcome = await outcomeOf(uri.replace('PORT', String(port)), {
    fileRoot: join(folder, 'root'),
    network: { hosts, allowPrivate, ca: [authority.ca], resolve },
    s3: { access, buckets: ['labs'] },
    timeoutMs: 2000,
  });
  await host.allClosed();
  const { connections, requests } = host;
  return {
    outcome: outcome.slice(0, 60),
    asked: asked.length,
    connections: connections - before.connections,
    requests: requests - before.requests,
  };
}

/** Source; outcome; names resolved. Nothing is connected to. */
const REFUSED_UNHEARD: readonly (readonly [string, string, number])[] = [
  ['http://labs.example.org:PORT/x', `${NOT_ALLOWED} SCHEME_NOT_ALLOWED`, 0],
  ['gopher://labs.example.org:PORT/x', `${NOT_ALLOWED} SCHEME_NOT_ALLOWED`, 0],
  ['data:text/plain,nodes', `${NOT_ALLOWED} SCHEME_NOT_ALLOWED`, 0],
  ['//labs.example.org:PORT/x', `${NOT_ALLOWED} SCHEME_NOT_ALLOWED`, 0],
  [' https://labs.example.org:PORT/x', `${NOT_ALLOWED} SCHEME_NOT_ALLOWED`, 0],
  ['https://unlisted.example.org:PORT/x', `${NOT_ALLOWED} HOST_NOT_LISTED`, 0],
  ['https://labs.example.org/x', `${NOT_ALLOWED} HOST_NOT_LISTED`, 0],
  ['https://labs.example.org:1/x', `${NOT_ALLOWED} HOST_NOT_LISTED`, 0],
  ['https://labs.example.org.evil.example:PORT/x', `${NOT_ALLOWED} HOST_NOT_LISTED`, 0],
  ['https://evil-labs.example.org:PORT/x', `${NOT_ALLOWED} HOST_NOT_LISTED`, 0],
  ['https://evil.example/labs.example.org:PORT', `${NOT_ALLOWED} HOST_NOT_LISTED`, 0],
  ['https://evil.example:PORT?labs.example.org', `${NOT_ALLOWED} HOST_NOT_LISTED`, 0],
  ['https://localhost:PORT/x', `${NOT_ALLOWED} HOST_NOT_LISTED`, 0],
  ['https://[::1]:PORT/x', `${NOT_ALLOWED} HOST_NOT_LISTED`, 0],
  ['https://xn--lbs-0na.example.org:PORT/x', `${NOT_ALLOWED} HOST_NOT_LISTED`, 0],
  ['https://user@labs.example.org:PORT/x', `${NOT_ALLOWED} USER_PART`, 0],
  ['https://labs.example.org:PORT@evil.example/x', `${NOT_ALLOWED} USER_PART`, 0],
  ['https://@labs.example.org:PORT/x', `${NOT_ALLOWED} USER_PART`, 0],
  ['https://evil.example#@labs.example.org:PORT/x', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['https://evil.example\\@labs.example.org:PORT/x', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['https:labs.example.org:PORT/x', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['https:///labs.example.org:PORT/x', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['https:\\\\labs.example.org:PORT/x', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['https://labs%2eexample.org:PORT/x', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['https://labs.example.org:PORT/x\r\nhost: evil', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['https://labs.\texample.org:PORT/x', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['https://labs.example.org:PORT/x#top', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['https://127.1:PORT/x', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['https://0x7f.1:PORT/x', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['https://0177.0.0.1:PORT/x', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['https://2130706433:PORT/x', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['https://①②⑦.0.0.1:PORT/x', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['https://127.0.0.1:PORT/x', `${NOT_ALLOWED} PRIVATE_ADDRESS`, 0],
  ['https://169.254.169.254:PORT/latest/meta-data', `${NOT_ALLOWED} PRIVATE_ADDRESS`, 0],
  ['https://[::ffff:127.0.0.1]:PORT/x', `${NOT_ALLOWED} PRIVATE_ADDRESS`, 0],
  ['https://labs.example.org:PORT/x', `${NOT_ALLOWED} PRIVATE_ADDRESS`, 1],
  ['https://LABS.example.org.:PORT/x', `${NOT_ALLOWED} PRIVATE_ADDRESS`, 1],
  ['https://private.example.org:PORT/x', `${NOT_ALLOWED} PRIVATE_ADDRESS`, 1],
  ['https://metadata.example.org:PORT/x', `${NOT_ALLOWED} PRIVATE_ADDRESS`, 1],
  ['https://mapped.example.org:PORT/x', `${NOT_ALLOWED} PRIVATE_ADDRESS`, 1],
  ['https://compatible.example.org:PORT/x', `${NOT_ALLOWED} PRIVATE_ADDRESS`, 1],
  ['https://nat64.example.org:PORT/x', `${NOT_ALLOWED} PRIVATE_ADDRESS`, 1],
  ['https://6to4.example.org:PORT/x', `${NOT_ALLOWED} PRIVATE_ADDRESS`, 1],
  ['https://link.example.org:PORT/x', `${NOT_ALLOWED} PRIVATE_ADDRESS`, 1],
  ['https://local.example.org:PORT/x', `${NOT_ALLOWED} PRIVATE_ADDRESS`, 1],
  ['https://zero.example.org:PORT/x', `${NOT_ALLOWED} PRIVATE_ADDRESS`, 1],
  ['https://mixed.example.org:PORT/x', `${NOT_ALLOWED} PRIVATE_ADDRESS`, 1],
  ['https://missing.example.org:PORT/x', `${UNAVAILABLE} UNREACHABLE`, 1],
  ['s3://labs/x.yaml', `${NOT_ALLOWED} PRIVATE_ADDRESS`, 1],
  ['s3://other/x.yaml', `${NOT_ALLOWED} BUCKET_NOT_LISTED`, 0],
  ['s3://a:b@labs/x.yaml', `${NOT_ALLOWED} USER_PART`, 0],
  ['s3://labs/../other/x.yaml', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['file:///../secret.yaml', `${NOT_ALLOWED} OUTSIDE_ROOT`, 0],
  ['file:///%2e%2e/secret.yaml', `${NOT_ALLOWED} OUTSIDE_ROOT`, 0],
  ['file:///folder/..%2f..%2fsecret.yaml', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['file:///%2e%2e%2fsecret.yaml', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['file:///..%5csecret.yaml', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['file:////etc/passwd', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['file:///etc/passwd', `${UNAVAILABLE} NOT_FOUND`, 0],
  ['file:///C:/Windows/win.ini', `${UNAVAILABLE} NOT_FOUND`, 0],
  ['file://C:/Windows/win.ini', `${NOT_ALLOWED} HOST_NOT_ALLOWED`, 0],
  ['file:\\\\server\\share', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['file://server/share', `${NOT_ALLOWED} HOST_NOT_ALLOWED`, 0],
  ['file:///limit.yaml%00.txt', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['file:///limit.yaml\0', `${NOT_ALLOWED} URI_MALFORMED`, 0],
  ['file:///link.yaml', `${NOT_ALLOWED} OUTSIDE_ROOT`, 0],
  ['file:///up/secret.yaml', `${NOT_ALLOWED} OUTSIDE_ROOT`, 0],
  ['file:///zero', `${NOT_ALLOWED} OUTSIDE_ROOT`, 0],
  ['file:///pipe', `${NOT_ALLOWED} NOT_A_FILE`, 0],
  ['file:///folder', `${NOT_ALLOWED} NOT_A_FILE`, 0],
  ['file:///above.yaml', `ARTIFACT_TOO_LARGE ${5 * MIB}`, 0],
  ['file:///limit.yaml', `read ${'x'.repeat(55)}`, 0],
];

/** What the listed server answers, to a reader that may go to private addresses; outcome. */
const REFUSED_HEARD: readonly (readonly [string, RequestListener, string])[] = [
  ['the file', (_, response) => void response.end('nodes: []'), 'read nodes: []'],
  ['exactly 5 MiB', (_, response) => void response.end('x'.repeat(5 * MIB)), `read ${'x'.repeat(55)}`],
  [
    '5 MiB and one byte',
    (_, response) => void response.end('x'.repeat(5 * MIB + 1)),
    `ARTIFACT_TOO_LARGE ${5 * MIB}`,
  ],
  [
    '5 MiB and one byte, unannounced',
    (_, response) => void (response.write('x'.repeat(5 * MIB)), response.end('x')),
    `ARTIFACT_TOO_LARGE ${5 * MIB}`,
  ],
  [
    'a redirect to itself',
    (_, response) => void response.writeHead(302, { location: '/y' }).end(),
    `${NOT_ALLOWED} REDIRECT`,
  ],
  [
    'a redirect to metadata',
    (_, response) => void response.writeHead(307, { location: 'http://169.254.169.254/' }).end(),
    `${NOT_ALLOWED} REDIRECT`,
  ],
  ['404', (_, response) => void response.writeHead(404).end(), `${UNAVAILABLE} HTTP_404`],
  ['403', (_, response) => void response.writeHead(403).end(), `${UNAVAILABLE} DENIED`],
  [
    'a small package of a large file',
    (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
    `${UNAVAILABLE} CONTENT_ENCODING`,
  ],
  ['nothing', () => {}, `${UNAVAILABLE} TIMEOUT`],
  ['one byte a second', (_, response) => oneByteASecond(response), `${UNAVAILABLE} TIMEOUT`],
];

function oneByteASecond(response: ServerResponse): void {
  const timer = setInterval(() => response.write('x'), 1000);
  response.write('x');
  response.on('close', () => clearInterval(timer));
}

describe('a hostile source', () => {
  it.each(REFUSED_UNHEARD)('%j is %s after %i names, unheard by anybody', async (uri, outcome, asked) => {
    expect(await attempt(uri, false)).toEqual({ outcome, asked, connections: 0, requests: 0 });
  });

  it.each(REFUSED_HEARD)('that answers %s is heard once and no more', async (_, listener, outcome) => {
    answer = listener;
    expect(await attempt('https://labs.example.org:PORT/x', true)).toEqual({
      outcome,
      asked: 1,
      connections: 1,
      requests: 1,
    });
  });

  it('says nothing of addresses and keys to the caller', async () => {
    const { resolve } = resolver(NAMES);
    const hosts = LISTED.map((name) => ({ host: name, port: 443 }));
    const access = { endpoint: { host: 'private.example.org', port: 443 }, tls: true, region: 'r' };
    const reader = createArtifactReader({
      fileRoot: null,
      network: { hosts, allowPrivate: false, resolve },
      s3: { access: { ...access, accessKey: 'key-of-access', secretKey: 'very-secret' }, buckets: ['labs'] },
    });
    for (const uri of ['https://metadata.example.org/', 'https://missing.example.org/', 's3://labs/x']) {
      const error = await reader.read(uri, new AbortController().signal).catch((reason: unknown) => reason);
      if (!isLabletError(error)) throw error;
      expect(`${error.message} ${JSON.stringify(error.details)}`).not.toMatch(
        /\d+\.\d+\.\d+|private|key|secret/,
      );
    }
  });
});

describe('the page on hostile sources', () => {
  const page = readDocument('docs/hostile-sources.md');
  const shown = (outcome: string) => (outcome.startsWith('read ') ? 'read' : outcome);

  it('lists each of them with what it got, and how many names were resolved', () => {
    expect(tableRows(page, 'Address')).toEqual(
      REFUSED_UNHEARD.map(([uri, outcome, asked]) => [
        `\`${JSON.stringify(uri).slice(1, -1)}\``,
        shown(outcome),
        String(asked),
      ]),
    );
    expect(tableRows(page, 'The server answers')).toEqual(
      REFUSED_HEARD.map(([what, , outcome]) => [what, shown(outcome)]),
    );
  });
});

const PIECES = [
  ...[
    'labs.example.org',
    'evil.example',
    '127.0.0.1',
    '[::1]',
    '0x7f.1',
    '2130706433',
    '10.1',
    'localhost',
    'evil',
  ],
  ...[
    '@',
    '#',
    '?',
    '/',
    '\\',
    ':',
    ':443',
    ':80',
    '.',
    '..',
    '%2e',
    '%00',
    '%0a',
    '%',
    '\t',
    '\n',
    '\0',
    ' ',
  ],
  ...['。', '\u00ad', '\u202e', 'ⓔ', 'xn--', '-', '&', ';', ',', '[', ']'],
];

/** Texts that are nearly URIs of the listed host, put together from what parsers quarrel about. */
const nearUri = fc
  .tuple(
    fc.oneof(
      fc.constant('https://'),
      fc.constantFrom('HTTPS:/', 's3://', 'https:\\\\', ' https://', 'https://a:b@'),
    ),
    fc.oneof(fc.constant('labs.example.org'), fc.constantFrom(...PIECES), fc.webAuthority()),
    fc.constantFrom('/', '', ':443/', '?', '.'),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 5 }),
    fc.string({ maxLength: 8 }),
  )
  .map(([start, host, after, middle, end]) => start + host + after + middle.join('') + end);

describe('whatever the URI is', () => {
  it('only a listed host is resolved, and only its addresses are judged', async () => {
    let reached = 0;
    await fc.assert(
      fc.asyncProperty(nearUri, async (uri) => {
        const heard: string[] = [];
        const resolve = (name: string) => {
          heard.push(name);
          return Promise.resolve([{ address: '192.0.2.77', family: 4 }]);
        };
        // Nothing is permitted, so that nothing is connected to; what would have been is known from the question.
        const permits = (address: string) => {
          heard.push(address);
          return false;
        };
        const hosts = [{ host: 'labs.example.org', port: 443 }];
        await outcomeOf(uri, { network: { hosts, allowPrivate: false, resolve, permits } });
        expect(heard.length === 0 || heard.join() === 'labs.example.org,192.0.2.77', heard.join()).toBe(true);
        reached += heard.length;
      }),
      { numRuns: 3000 },
    );
    expect(reached).toBeGreaterThan(100);
  });
});
