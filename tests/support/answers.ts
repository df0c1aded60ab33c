import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { expect } from 'vitest';
import { ApiError, TypedDocumentString } from '../../src/client/index.js';

/** What came back over HTTP, byte by byte. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body; undefined where it is no JSON. */
  readonly json: any;
  /** `extensions` of the first GraphQL error, or the problem itself. */
  readonly fault: any;
}

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  /** The request target as it is written, where that is not the path. */
  readonly target?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

/** Sends exactly this, as no client library would, and checks what must hold for every answer. */
export async function send(url: string, sent: Sent) {
  const { method = 'POST', path = '/graphql', target, headers = {}, body } = sent;
  const written = target === undefined ? {} : { path: target };
  const answer = await new Promise<Answer>((resolve, reject) => {
    const sending = request(new URL(path, url), { method, headers, agent: false, ...written }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString();
        const json = parsed(text);
        const fault = json?.errors?.[0]?.extensions ?? json;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json, fault });
      });
    });
    sending.on('error', reject);
    sending.end(body);
  });
  assertHonest(answer.text, answer.headers['x-request-id']);
  return answer;
}

/** A GraphQL request as JSON. */
export function sendGraphql(url: string, body: unknown, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
  return send(url, {
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** A fetch for the generated client that checks the same for every answer. */
export const honestFetch: typeof fetch = async (...sent) => {
  const response = await fetch(...sent);
  assertHonest(await response.clone().text(), response.headers.get('x-request-id') ?? undefined);
  return response;
};

const INTERNALS = /\n\s+at |node_modules|\.[jt]s:\d+|stacktrace|"stack"|Mongo|mongoose|etcdserver|lmdb|zod/i;

/** No stack or store text, and every error names the request by the id in the header. */
function assertHonest(text: string, requestId: string | string[] | undefined): void {
  expect(requestId).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
  const json = parsed(text);
  const faults = json?.errors?.map((error: any) => error.extensions) ?? (json?.code ? [json] : []);
  if (faults.length === 0) return;
  expect(text).not.toMatch(INTERNALS);
  for (const fault of faults) {
    expect(fault).toMatchObject({ requestId, details: {}, retryable: expect.any(Boolean) });
    expect(fault.httpStatus ?? fault.status).toBeGreaterThanOrEqual(400);
  }
}

function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The error a request is refused with; fails the test when it is granted. */
export async function refusal(request: Promise<unknown>): Promise<ApiError> {
  const outcome = await request.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in outcome) return expect.fail(`it was granted: ${JSON.stringify(outcome.value)}`);
  if (!(outcome.error instanceof ApiError)) throw outcome.error;
  return outcome.error;
}

/** `path` of every fault of a VALIDATION_FAILED, sorted. */
export function faultPaths(error: ApiError): string[] {
  expect(error.code).toBe('VALIDATION_FAILED');
  return (error.details['fields'] as { path: string }[]).map(({ path }) => path).sort();
}

/** A document that the generated client has no typed form of. */
export function rawDocument(text: string): TypedDocumentString<any, Record<string, unknown>> {
  return new TypedDocumentString(text);
}
