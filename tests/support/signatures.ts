/** Checks AWS Signature Version 4 as S3 defines it; written for the tests from the specification, without the SDK. */
import { createHash, createHmac } from 'node:crypto';

export interface SignedRequest {
  readonly method: string;
  /** Path and query exactly as they came. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface Account {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
}

export type SignatureFault =
  | 'AccessDenied'
  | 'InvalidAccessKeyId'
  | 'AuthorizationHeaderMalformed'
  | 'RequestTimeTooSkewed'
  | 'SignatureDoesNotMatch';

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;
const SKEW_MS = 15 * 60_000;

/** What S3 would answer to this request of this account at `now`; null when the signature is good. */
export function signatureFault(request: SignedRequest, account: Account, now: Date): SignatureFault | null {
  const match = AUTHORIZATION.exec(headerOf(request, 'authorization'));
  if (!match) return 'AccessDenied';
  const [, accessKey, day = '', region, signedHeaders = '', signature] = match;
  if (accessKey !== account.accessKey) return 'InvalidAccessKeyId';
  const at = headerOf(request, 'x-amz-date');
  if (region !== account.region || !at.startsWith(day)) return 'AuthorizationHeaderMalformed';
  if (Math.abs(now.getTime() - timeOf(at)) > SKEW_MS) return 'RequestTimeTooSkewed';
  const expected = signatureOf(request, account, signedHeaders.split(';'));
  return signature === expected ? null : 'SignatureDoesNotMatch';
}

/** The signature over the request with these of its headers, 64 hex characters. */
export function signatureOf(
  request: SignedRequest,
  account: Account,
  signedHeaders: readonly string[],
): string {
  const at = headerOf(request, 'x-amz-date');
  const scope = [at.slice(0, 8), account.region, 's3', 'aws4_request'];
  const toSign = ['AWS4-HMAC-SHA256', at, scope.join('/'), sha256(canonicalRequest(request, signedHeaders))];
  const key = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${account.secretKey}`);
  return hmac(key, toSign.join('\n')).toString('hex');
}

function canonicalRequest(request: SignedRequest, signedHeaders: readonly string[]): string {
  const [path = '', query = ''] = request.url.split('?');
  const pairs = query.split('&').filter((pair) => pair !== '');
  return [
    request.method,
    path.split('/').map(recoded).join('/'),
    pairs.map(canonicalPair).sort().join('&'),
    ...signedHeaders.map((name) => `${name}:${headerOf(request, name).trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    headerOf(request, 'x-amz-content-sha256'),
  ].join('\n');
}

function canonicalPair(pair: string): string {
  const [name = '', value = ''] = pair.split('=');
  return `${recoded(name)}=${recoded(value)}`;
}

/** S3 encodes anew what it decoded: every byte but letters, digits and `-._~`, once. */
function recoded(text: string): string {
  return encodeURIComponent(decodeURIComponent(text)).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function headerOf({ headers }: SignedRequest, name: string): string {
  return String(headers[name] ?? '');
}

/** `20130524T000000Z` in milliseconds. */
function timeOf(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
