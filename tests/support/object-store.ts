import type { IncomingMessage, ServerResponse } from 'node:http';
import { startFileHost, type FileHost, type FileHostOptions } from './file-host.js';
import { signatureFault, type Account } from './signatures.js';

/** An S3 of the tests' own: path style, GET of an object, signatures checked. */
export interface ObjectStore extends FileHost {
  readonly account: Account;
  /** `METHOD /path` of every request. */
  readonly seen: readonly string[];
  /** Headers of the latest request. */
  readonly headers: IncomingMessage['headers'];
}

export type Misbehaviour = (request: IncomingMessage, response: ServerResponse) => void;

export const ACCOUNT: Account = {
  accessKey: 'LABLETTESTACCESS',
  secretKey: 'lablet/test+secret',
  region: 'eu-lab-1',
};

const STATUS = {
  AccessDenied: 403,
  InvalidAccessKeyId: 403,
  RequestTimeTooSkewed: 403,
  SignatureDoesNotMatch: 403,
  AuthorizationHeaderMalformed: 400,
  NoSuchBucket: 404,
  NoSuchKey: 404,
} as const;

/**
 * Serves `buckets[bucket][key]`; `misbehave` answers instead where it is given, once the signature has been checked.
 */
export async function startObjectStore(
  buckets: Readonly<Record<string, Readonly<Record<string, string | Buffer>>>>,
  options: FileHostOptions & { misbehave?: Misbehaviour } = {},
): Promise<ObjectStore> {
  const seen: string[] = [];
  let headers: IncomingMessage['headers'] = {};

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '' } = request;
    seen.push(`${method} ${url}`);
    ({ headers } = request);
    const fault = signatureFault({ method, url, headers }, ACCOUNT, new Date());
    if (fault) return refuse(response, fault);
    if (options.misbehave) return options.misbehave(request, response);
    const [bucket = '', ...key] = decodeURIComponent((url.split('?')[0] as string).slice(1)).split('/');
    const objects = Object.hasOwn(buckets, bucket) ? buckets[bucket] : undefined;
    if (!objects) return refuse(response, 'NoSuchBucket');
    const object = Object.hasOwn(objects, key.join('/')) ? objects[key.join('/')] : undefined;
    if (object === undefined) return refuse(response, 'NoSuchKey');
    response.setHeader('etag', '"1"').end(object);
  }

  const host = await startFileHost(answer, options);
  return Object.create(host, {
    account: { value: ACCOUNT },
    seen: { value: seen },
    headers: { get: () => headers },
  }) as ObjectStore;
}

function refuse(response: ServerResponse, code: keyof typeof STATUS): void {
  response.writeHead(STATUS[code], { 'content-type': 'application/xml' });
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>no</Message></Error>`,
  );
}
