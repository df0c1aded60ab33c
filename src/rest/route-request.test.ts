import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LabletError } from '../errors.js';
import { commandFields, id, whole } from '../lib/fields.js';
import { command, parseInput } from '../lib/operation.js';
import type { RestOperation } from './route.js';
import { revisionOf, routeRequest, type Parts } from './route-request.js';

const operation = command({
  name: 'changeThing',
  summary: 'Changes a thing.',
  request: z.strictObject({
    fromId: id('def').describe('The thing.'),
    filter: z
      .strictObject({
        range: z
          .strictObject({ from: whole(1, 9).nullish(), to: whole(1, 9).nullish() })
          .refine(({ from, to }) => (from ?? 0) <= (to ?? 9), { message: 'must rise' })
          .nullish(),
        names: z.array(z.enum(['A', 'B'])).nullish(),
        open: z.boolean().nullish(),
      })
      .nullish(),
    note: z.string().max(3).nullish(),
    ...commandFields,
  }),
  allow: { roles: ['ADMIN'] },
  handle: async () => null,
  reread: async () => null,
}) as unknown as RestOperation;

const THING = `def_${'0'.repeat(26)}`;
const mapping = {
  path: '/things/{id}/change',
  operation,
  params: { id: 'fromId' },
  query: { from: 'filter.range.from', to: 'filter.range.to', name: 'filter.names', open: 'filter.open' },
  takesBody: true,
} as const;
const request = routeRequest(mapping);
const parts = (given: Partial<Parts>): Parts => ({
  params: { id: THING },
  query: {},
  headers: {},
  body: undefined,
  ...given,
});
const read = (given: Partial<Parts>) => parseInput(request, parts(given));

function faults(given: Partial<Parts>): string[] {
  try {
    read(given);
  } catch (error) {
    const { fields } = (error as LabletError<'VALIDATION_FAILED'>).details;
    return fields.map(({ path, rule }) => `${path} ${rule}`).sort();
  }
  return [];
}

describe('the request of a route', () => {
  it('is put together from path, query, headers and body', () => {
    expect(
      read({
        query: { from: '2', name: ['A', 'B'], open: 'false' },
        headers: { 'idempotency-key': 'k', 'if-match': '"7-1700"' },
        body: { note: 'x' },
      }),
    ).toEqual({
      fromId: THING,
      filter: { range: { from: 2 }, names: ['A', 'B'], open: false },
      note: 'x',
      expectedRevision: 7,
      idempotencyKey: 'k',
    });
    expect(read({ query: { name: 'A,B' } })).toEqual({ fromId: THING, filter: { names: ['A', 'B'] } });
  });

  it('names every fault as the route does', () => {
    expect(
      faults({
        params: { id: 'x' },
        query: { from: '0', to: 'x', name: 'A,C', open: '1', more: 'x' },
        headers: { 'idempotency-key': '', 'if-match': '7' },
        body: { note: 'long', extra: 1 },
      }),
    ).toEqual([
      'Idempotency-Key TOO_SMALL',
      'If-Match CUSTOM',
      'extra UNKNOWN_FIELD',
      'from TOO_SMALL',
      'id CUSTOM',
      'more UNKNOWN_FIELD',
      'name.1 INVALID_VALUE',
      'note TOO_BIG',
      'open INVALID_TYPE',
      'to INVALID_TYPE',
    ]);
    expect(faults({ query: { from: '8', to: '3' } })).toEqual(['from CUSTOM']);
  });

  it('lets nothing be said twice', () => {
    expect(faults({ body: { fromId: THING } })).toEqual(['fromId UNKNOWN_FIELD']);
    expect(faults({ query: { from: ['1', '2'] } })).toEqual(['from INVALID_TYPE']);
    const headers = { 'idempotency-key': 'k', 'if-match': '"7"' };
    expect(faults({ headers, body: { idempotencyKey: 'l', expectedRevision: 8 } })).toEqual([
      'Idempotency-Key CUSTOM',
      'If-Match CUSTOM',
    ]);
    expect(faults({ headers, body: { idempotencyKey: 'k', expectedRevision: 7 } })).toEqual([]);
  });

  it('has no body but an object, and none where the route takes none', () => {
    for (const body of [[], 'x', 7, true]) expect(faults({ body })).toEqual([' CUSTOM']);
    const { takesBody: _body, ...without } = mapping;
    expect(() => parseInput(routeRequest(without), parts({ body: {} }))).toThrow(LabletError);
  });
});

it.each([
  ['"3"', 3],
  [' "3" ', 3],
  ['"3-1700000000000"', 3],
  ['W/"3"', null],
  ['3', null],
  ['"3", "4"', null],
  ['"-3"', null],
  ['""', null],
])('the entity tag %s is of the revision %s', (tag, revision) => {
  expect(revisionOf(tag)).toBe(revision);
});
