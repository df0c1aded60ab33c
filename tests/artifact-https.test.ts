/** Lab files from `https:`, read from servers on loopback that the tests start, with certificates made on the spot. */
import type { RequestListener } from 'node:http';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createArtifactReader, type ArtifactReaderOptions } from '../src/definitions/artifact-reader.js';
import { outcomeOf, resolver } from './support/artifact-runs.js';
import { certificateAuthority, type Authority } from './support/certificates.js';
import { startFileHost, type FileHost } from './support/file-host.js';

const HOST = 'labs.example.org';
const open: FileHost[] = [];
let authority: Authority;
let certificate: { key: string; cert: string };

beforeAll(() => {
  authority = certificateAuthority();
  certificate = authority.issue(`DNS:${HOST}`);
});

/** However a read ends, its connection ends with it. */
afterEach(async () => {
  for (const host of open.splice(0)) {
    await host.allClosed();
    await host.close();
  }
});

afterAll(() => authority.remove());

async function serve(answer: RequestListener, tls = certificate): Promise<FileHost> {
  const host = await startFileHost(answer, { tls });
  open.push(host);
  return host;
}

const uriOf = ({ port }: FileHost, path = '/labs/x.yaml') => `https://${HOST}:${port}${path}`;

function options({ port }: FileHost, changes: Partial<ArtifactReaderOptions['network'] & object> = {}) {
  const { resolve } = resolver({ [HOST]: ['127.0.0.1'] });
  const network = {
    hosts: [{ host: HOST, port }],
    allowPrivate: true,
    ca: [authority.ca],
    resolve,
    ...changes,
  };
  return { network, maxBytes: 1000 };
}

const read = (host: FileHost, changes?: Partial<ArtifactReaderOptions['network'] & object>) =>
  outcomeOf(uriOf(host), options(host, changes));

describe('a lab file from a host', () => {
  it('is asked for plainly, once, on a connection of its own', async () => {
    const seen: unknown[] = [];
    const host = await serve(({ method, url, headers }, response) => {
      seen.push(`${method} ${url}`, headers);
      response.end('nodes: ☂\n');
    });
    const uri = uriOf(host, '/labs/a b/%C3%BC.yaml?version=2&x=%20');
    expect(await outcomeOf(uri, options(host))).toBe('read nodes: ☂\n');
    expect(seen).toEqual([
      'GET /labs/a%20b/%C3%BC.yaml?version=2&x=%20',
      { host: `${HOST}:${host.port}`, 'accept-encoding': 'identity', connection: 'close' },
    ]);
    expect(host.connections).toBe(1);
  });

  it.each([
    ['in capitals', `HTTPS://LABS.Example.ORG`],
    ['with a final dot', `https://labs.example.org.`],
    ['in full-width letters', `https://ｌａｂｓ.example.org`],
  ])('is found when its host is written %s', async (_, start) => {
    const host = await serve((_, response) => void response.end('x'));
    expect(await outcomeOf(`${start}:${host.port}/x.yaml`, options(host))).toBe('read x');
  });

  it('is found on a host whose name has other letters', async () => {
    const host = await serve(
      (_, response) => void response.end('x'),
      authority.issue('DNS:xn--bcher-kva.example'),
    );
    const { asked, resolve } = resolver({ 'xn--bcher-kva.example': ['127.0.0.1'] });
    const changes = { hosts: [{ host: 'xn--bcher-kva.example', port: host.port }], resolve };
    expect(await outcomeOf(`https://BÜCHER.example:${host.port}/`, options(host, changes))).toBe('read x');
    expect(asked).toEqual(['xn--bcher-kva.example']);
  });

  it('is found at the port 443 of a host that is listed without one', async () => {
    const { asked, resolve } = resolver({});
    const network = { hosts: [{ host: HOST, port: 443 }], allowPrivate: false, resolve };
    expect(await outcomeOf(`https://${HOST}/x.yaml`, { network })).toBe('ARTIFACT_UNAVAILABLE UNREACHABLE');
    expect(await outcomeOf(`https://${HOST}:443/x.yaml`, { network })).toBe(
      'ARTIFACT_UNAVAILABLE UNREACHABLE',
    );
    expect(asked).toEqual([HOST, HOST]);
  });

  it('may come in pieces of any size', async () => {
    const text = 'nodes: ☂\n'.repeat(50);
    const host = await serve((_, response) => {
      for (const byte of Buffer.from(text)) response.write(Buffer.of(byte));
      response.end();
    });
    expect(await read(host)).toBe(`read ${text}`);
  });

  it('may have exactly the limit, announced or not', async () => {
    const text = 'x'.repeat(1000);
    const announced = await serve((_, response) => void response.setHeader('content-length', 1000).end(text));
    expect(await read(announced)).toBe(`read ${text}`);
    const chunked = await serve((_, response) => void (response.write(text), response.end()));
    expect(await read(chunked)).toBe(`read ${text}`);
  });
});

describe('what is not the file', () => {
  it.each<[string, RequestListener, string]>([
    [
      'a redirect',
      (_, res) => void res.writeHead(302, { location: '/y' }).end(),
      'ARTIFACT_NOT_ALLOWED REDIRECT',
    ],
    ['not modified', (_, res) => void res.writeHead(304).end(), 'ARTIFACT_NOT_ALLOWED REDIRECT'],
    ['not authorised', (_, res) => void res.writeHead(401).end(), 'ARTIFACT_UNAVAILABLE DENIED'],
    ['forbidden', (_, res) => void res.writeHead(403).end(), 'ARTIFACT_UNAVAILABLE DENIED'],
    ['not found', (_, res) => void res.writeHead(404).end(), 'ARTIFACT_UNAVAILABLE HTTP_404'],
    ['a server error', (_, res) => void res.writeHead(500).end(), 'ARTIFACT_UNAVAILABLE HTTP_500'],
    ['no content', (_, res) => void res.writeHead(204).end(), 'ARTIFACT_UNAVAILABLE HTTP_204'],
    ['a part', (_, res) => void res.writeHead(206).end('x'), 'ARTIFACT_UNAVAILABLE HTTP_206'],
    [
      'another protocol',
      (req) => void req.socket.end('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n'),
      'ARTIFACT_UNAVAILABLE UNREACHABLE',
    ],
    ['no HTTP at all', (req) => void req.socket.end('hello\r\n\r\n'), 'ARTIFACT_UNAVAILABLE UNREACHABLE'],
    [
      'headers without end',
      (req) => void req.socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`),
      'ARTIFACT_UNAVAILABLE UNREACHABLE',
    ],
    ['nothing', (req) => void req.destroy(), 'ARTIFACT_UNAVAILABLE UNREACHABLE'],
    [
      'a file that breaks off',
      (_, res) => void res.writeHead(200, { 'content-length': '9' }).write('x', () => res.destroy()),
      'ARTIFACT_UNAVAILABLE READ_FAILED',
    ],
    ['a file above the limit', (_, res) => void res.end('x'.repeat(1001)), 'ARTIFACT_TOO_LARGE 1000'],
    [
      'a file announced above the limit',
      (_, res) => void res.writeHead(200, { 'content-length': '1001' }).flushHeaders(),
      'ARTIFACT_TOO_LARGE 1000',
    ],
    [
      'a file without end',
      (_, res) => {
        const more = () => void res.write('x'.repeat(300), more);
        more();
      },
      'ARTIFACT_TOO_LARGE 1000',
    ],
    [
      'a small package of a large file',
      (_, res) => void res.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(50_000))),
      'ARTIFACT_UNAVAILABLE CONTENT_ENCODING',
    ],
    [
      'a package on the way',
      (req) => void req.socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n'),
      'ARTIFACT_UNAVAILABLE CONTENT_ENCODING',
    ],
    ['a file that is not UTF-8', (_, res) => void res.end(Buffer.from([0xff])), 'LAB_YAML_INVALID NOT_UTF8'],
  ])('%s', async (_, answer, outcome) => {
    const host = await serve(answer);
    expect(await read(host)).toBe(outcome);
    expect(host.connections).toBe(1);
  });

  it('what a redirect points at is never asked', async () => {
    const target = await serve((_, response) => void response.end('x'));
    const host = await serve((_, res) => void res.writeHead(301, { location: uriOf(target) }).end());
    const hosts = [host, target].map(({ port }) => ({ host: HOST, port }));
    expect(await read(host, { hosts })).toBe('ARTIFACT_NOT_ALLOWED REDIRECT');
    expect(target.connections).toBe(0);
  });
});

describe('a certificate', () => {
  it('of an authority that nobody trusts', async () => {
    const host = await serve((_, response) => void response.end('x'));
    expect(await read(host, { ca: undefined })).toBe('ARTIFACT_UNAVAILABLE CERTIFICATE');
    expect(host.requests).toBe(0);
  });

  it('for another host', async () => {
    const host = await serve(
      (_, response) => void response.end('x'),
      authority.issue('DNS:other.example.org'),
    );
    expect(await read(host)).toBe('ARTIFACT_UNAVAILABLE CERTIFICATE');
    expect(host.requests).toBe(0);
  });

  it('for another host, after one read from it that was right: sessions are not kept', async () => {
    const host = await serve((_, response) => void response.end('x'));
    expect(await read(host)).toBe('read x');
    const { resolve } = resolver({ 'other.example.org': ['127.0.0.1'] });
    const hosts = [{ host: 'other.example.org', port: host.port }];
    const uri = `https://other.example.org:${host.port}/`;
    expect(await outcomeOf(uri, options(host, { hosts, resolve }))).toBe('ARTIFACT_UNAVAILABLE CERTIFICATE');
  });

  it('none at all: plain HTTP', async () => {
    const host = await startFileHost((_, response) => void response.end('x'));
    open.push(host);
    expect(await read(host)).toBe('ARTIFACT_UNAVAILABLE UNREACHABLE');
    expect(host.requests).toBe(0);
  });
});

describe('time', () => {
  const slow = { timeoutMs: 300 };

  it('bounds a name that is never resolved, and connects to nothing afterwards', async () => {
    const host = await serve((_, response) => void response.end('x'));
    let found = (): void => {};
    const resolve = () =>
      new Promise<{ address: string; family: number }[]>((done) => {
        found = () => done([{ address: '127.0.0.1', family: 4 }]);
      });
    const late = outcomeOf(uriOf(host), { ...options(host, { resolve }), ...slow });
    expect(await late).toBe('ARTIFACT_UNAVAILABLE TIMEOUT');
    found();
    await new Promise((done) => setImmediate(done));
    expect(host.connections).toBe(0);
  });

  it('bounds a handshake that does not go on', async () => {
    const silent = createServer();
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const { port } = silent.address() as { port: number };
    const ended = new Promise((done) =>
      silent.once('connection', (socket) => socket.resume().once('end', done)),
    );
    const uri = `https://${HOST}:${port}/`;
    const host = { port } as FileHost;
    expect(await outcomeOf(uri, { ...options(host), ...slow })).toBe('ARTIFACT_UNAVAILABLE TIMEOUT');
    await ended;
    silent.close();
  });

  it.each<[string, RequestListener]>([
    ['an answer that does not come', () => {}],
    ['an answer that is only announced again and again', (_, res) => drip(() => res.writeProcessing(), res)],
    ['a file that comes byte by byte', (_, res) => drip(() => void res.write('x'), res)],
  ])('bounds %s', async (_, answer) => {
    const host = await serve(answer);
    expect(await outcomeOf(uriOf(host), { ...options(host), ...slow })).toBe('ARTIFACT_UNAVAILABLE TIMEOUT');
    expect(host.connections).toBe(1);
  });

  it('ends when the caller goes, with the reason of the caller', async () => {
    const caller = new AbortController();
    const reason = new Error('gone');
    const host = await serve((_, response) => {
      response.write('x');
      caller.abort(reason);
    });
    const reader = createArtifactReader({ fileRoot: null, ...options(host) });
    await expect(reader.read(uriOf(host), caller.signal)).rejects.toBe(reason);
  });
});

/** Goes on every 20 ms until the other side has gone. */
function drip(more: () => void, response: { on(event: 'close', done: () => void): unknown }): void {
  const timer = setInterval(more, 20);
  response.on('close', () => clearInterval(timer));
}

describe('the address of a host', () => {
  const isOpen = (address: string) => address === '127.0.0.2';

  /** Two servers on one port of two addresses; only the first may be connected to. */
  async function twins() {
    const answer: RequestListener = ({ socket }, response) => void response.end(socket.localAddress);
    const allowed = await startFileHost(answer, { tls: certificate, address: '127.0.0.2' });
    const forbidden = await startFileHost(answer, { tls: certificate, port: allowed.port });
    open.push(allowed, forbidden);
    return { allowed, forbidden };
  }

  it('is the one that was checked, although the name leads elsewhere a moment later', async () => {
    const { allowed, forbidden } = await twins();
    const { asked, resolve } = resolver({ [HOST]: [['127.0.0.2'], ['127.0.0.1']] });
    const network = { allowPrivate: false, permits: isOpen, resolve };
    expect(await read(allowed, network)).toBe('read 127.0.0.2');
    expect(asked).toEqual([HOST]);
    expect(await read(allowed, network)).toBe('ARTIFACT_NOT_ALLOWED PRIVATE_ADDRESS');
    expect([allowed.connections, forbidden.connections]).toEqual([1, 0]);
  });

  it.each([[['127.0.0.2', '127.0.0.1']], [['127.0.0.1', '127.0.0.2']]])(
    'is refused when one of several is not allowed: %j',
    async (addresses) => {
      const { allowed, forbidden } = await twins();
      const { resolve } = resolver({ [HOST]: addresses });
      expect(await read(allowed, { allowPrivate: false, permits: isOpen, resolve })).toBe(
        'ARTIFACT_NOT_ALLOWED PRIVATE_ADDRESS',
      );
      expect([allowed.connections, forbidden.connections]).toEqual([0, 0]);
    },
  );

  it('may be the second one where the first does not answer', async () => {
    const { allowed } = await twins();
    const { resolve } = resolver({ [HOST]: ['127.0.0.3', '127.0.0.2'] });
    expect(await read(allowed, { resolve })).toBe('read 127.0.0.2');
  });
});
