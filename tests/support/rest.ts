import type { OutgoingHttpHeaders } from 'node:http';
import type { Role } from '../../src/lib/actor.js';
import { API } from '../../src/rest/route.js';
import { send, type Answer } from './answers.js';
import { assertDescribed, describedAt } from './openapi.js';
import type { TestServer } from './server.js';

export interface Asked {
  /** Null: without a token. */
  readonly as?: Role | null;
  readonly subject?: string;
  readonly body?: unknown;
  readonly headers?: OutgoingHttpHeaders;
}

export const JSON_TYPE = { 'content-type': 'application/json' };

/** For methods that rarely have a body Node sends no length by itself. */
export const typed = (text: string) => ({ ...JSON_TYPE, 'content-length': Buffer.byteLength(text) });

/** Asks REST as a caller, and checks every answer against the OpenAPI document. */
export function restOf(server: TestServer) {
  const seen = new Set<string>();
  async function ask(method: string, path: string, asked: Asked = {}): Promise<Answer> {
    const { as = 'ADMIN', subject = 'tester', body, headers = {} } = asked;
    const text = body === undefined ? null : JSON.stringify(body);
    const authorization = as === null ? {} : { authorization: `Bearer ${await server.token(as, subject)}` };
    const answer = await send(server.url, {
      method,
      path: API + path,
      headers: { ...authorization, ...(text === null ? {} : typed(text)), ...headers },
      ...(text === null ? {} : { body: text }),
    });
    seen.add(assertDescribed(describedAt(method, API + path), answer));
    return answer;
  }
  return {
    /** `operationId status` of every answer so far. */
    seen,
    ask,
    get: (path: string, asked?: Asked) => ask('GET', path, asked),
    post: (path: string, body?: unknown, asked?: Asked) => ask('POST', path, { ...asked, body }),
    patch: (path: string, body?: unknown, asked?: Asked) => ask('PATCH', path, { ...asked, body }),
    delete: (path: string, asked?: Asked) => ask('DELETE', path, asked),
  };
}

export type Rest = ReturnType<typeof restOf>;
