import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { z } from 'zod';
import type { OpenApiDocument } from '../../src/rest/openapi.js';
import type { OperationObject } from '../../src/rest/openapi-operation.js';
import type { JsonSchema } from '../../src/rest/request-schema.js';
import type { Answer } from './answers.js';

/** The committed description of the REST routes; `npm run check` sees that it is the one that is served. */
export const DOCUMENT = JSON.parse(
  readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8'),
) as OpenApiDocument;

export interface Described {
  readonly method: string;
  /** With parameters in braces. */
  readonly path: string;
  readonly operation: OperationObject;
}

export const OPERATIONS: readonly Described[] = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);

/** The operation that serves this address. */
export function describedAt(method: string, address: string): Described {
  const path = address.split('?')[0] ?? '';
  const fits = (pattern: string) => new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
  const found = OPERATIONS.filter((described) => described.method === method && fits(described.path));
  // A path without parameters comes before one with.
  const [first] = found.sort((a, b) => a.path.split('{').length - b.path.split('{').length);
  if (!first) throw new Error(`the document has no ${method} ${path}`);
  return first;
}

const schemas = new Map<string, z.ZodType>();

export function validatorOf(schema: JsonSchema): z.ZodType {
  const key = JSON.stringify(schema);
  const known = schemas.get(key);
  if (known) return known;
  const text = JSON.stringify({ ...schema, $defs: DOCUMENT.components.schemas });
  const made = z.fromJSONSchema(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as never);
  schemas.set(key, made);
  return made;
}

/** Checks that an answer is one that its operation describes, and names operation and status. */
export function assertDescribed({ operation }: Described, answer: Answer): string {
  const { operationId, responses } = operation;
  const response = responses[String(answer.status)];
  const what = `${operationId} ${answer.status}: ${answer.text.slice(0, 300)}`;
  if (!response) return expect.fail(`the document does not know the answer of ${what}`);
  if (answer.status >= 400) expect(response.description, what).toContain(`\`${answer.fault.code}\``);
  const [[type, { schema }] = ['', { schema: {} }]] = Object.entries(response.content ?? {});
  if (answer.status === 304) expect(answer.text).toBe('');
  else {
    expect(answer.headers['content-type'], what).toContain(type);
    const result = validatorOf(schema).safeParse(answer.json);
    expect(result.error?.issues ?? [], what).toEqual([]);
  }
  for (const name of Object.keys(response.headers ?? {})) {
    if (name !== 'Link' && name !== 'Live-Revision')
      expect(answer.headers, what).toHaveProperty(name.toLowerCase());
  }
  return `${operationId} ${answer.status}`;
}
