import 'reflect-metadata';
import { parse, type OperationDefinitionNode } from 'graphql';
import { Arg, buildSchemaSync, ID, Query, Resolver } from 'type-graphql';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isLabletError, LabletError } from '../errors.js';
import * as field from '../lib/fields.js';
import { operationInput } from './input-type.js';
import { variableFaults } from './variable-faults.js';

const VariableInput = operationInput({
  name: 'variable',
  allow: { roles: ['ADMIN'] },
  request: z.strictObject({
    name: field.slug.describe('A name.'),
    count: field.whole(1, 9).nullish().describe('A count.'),
    bytes: field
      .whole(1, 2 ** 40)
      .nullish()
      .describe('More than an Int of GraphQL holds.'),
  }),
});

const ADMIN = { actor: { subject: 'root', roles: ['ADMIN' as const], expiresAt: 0 }, refusal: null };

@Resolver()
class VariableResolver {
  @Query(() => String)
  probe(
    @Arg('input', () => VariableInput) _input: object,
    @Arg('id', () => ID, { nullable: true }) _id: string | null,
    @Arg('ids', () => [ID], { nullable: true }) _ids: string[] | null,
  ): string {
    return '';
  }
}
const schema = buildSchemaSync({ resolvers: [VariableResolver], validate: false });

/** The faults of a document's variables as `path RULE`; null when there are none. */
function faults(definitions: string, variables: Record<string, unknown>) {
  const document = parse(`query (${definitions}) { probe }`);
  const error = variableFaults(schema, document.definitions[0] as OperationDefinitionNode, variables, ADMIN);
  if (error === null) return null;
  if (!isLabletError(error, 'VALIDATION_FAILED')) throw error;
  return error.details.fields.map(({ path, rule }) => `${path} ${rule}`);
}

describe('variables', () => {
  it('that fit are no fault', () => {
    expect(faults('$input: VariableInput!', { input: { name: 'a', count: 3 } })).toBeNull();
    expect(faults('$id: ID, $ids: [ID!]', { id: null, ids: ['a'] })).toBeNull();
    expect(
      variableFaults(schema, parse('{ probe }').definitions[0] as OperationDefinitionNode, {}, ADMIN),
    ).toBeNull();
  });

  it('that may be absent are no fault when they are', () => {
    expect(faults('$id: ID, $other: ID = "x", $must: ID! = "x"', {})).toBeNull();
  });

  it('that are missing are told, all at once', () => {
    expect(faults('$ids: [ID!]!, $id: ID!', {})).toEqual(['ids REQUIRED', 'id REQUIRED']);
  });

  it('of the wrong type name the place, without the value', () => {
    expect(faults('$ids: [ID!]', { ids: ['a', { secret: 1 }, null] })).toEqual([
      'ids.1 INVALID_TYPE',
      'ids.2 INVALID_TYPE',
    ]);
    expect(faults('$id: ID!', { id: null })).toEqual(['id INVALID_TYPE']);
  });

  it('of an input are checked by its own request, so that the list is complete', () => {
    expect(faults('$input: VariableInput!', { input: { count: 10, hue: 1, tint: 2 } })).toEqual([
      'name REQUIRED',
      'count TOO_BIG',
      'hue UNKNOWN_FIELD',
      'tint UNKNOWN_FIELD',
    ]);
  });

  it('that only break rules beyond their types are left to the operation', () => {
    expect(faults('$input: VariableInput', { input: { name: 'NOT A SLUG' } })).toBeNull();
  });

  it('whose type nobody knows or that is no input are left to the validation', () => {
    expect(faults('$x: Nope!, $y: Query', { x: 1, y: 2 })).toBeNull();
  });

  it('that fit their own request but not their type name the place all the same', () => {
    const input = { name: 'a', bytes: 2 ** 33 };
    expect(faults('$input: VariableInput!', { input })).toEqual(['input.bytes INVALID_TYPE']);
    expect(faults('$inputs: [VariableInput!]', { inputs: [{ name: 7 }] })).toEqual([
      'inputs.0.name INVALID_TYPE',
    ]);
  });

  it('name the input itself when it is missing', () => {
    expect(faults('$input: VariableInput!', {})).toEqual(['input REQUIRED']);
  });

  it('carry no value into the message', () => {
    const document = parse('query ($id: ID!) { probe }');
    const given = { id: { password: 'hunter2' } };
    const error = variableFaults(schema, document.definitions[0] as OperationDefinitionNode, given, ADMIN);
    expect(JSON.stringify([error?.message, error?.details])).not.toMatch(/hunter2|password/);
  });

  it('named like something every object has are absent when they are not given', () => {
    expect(faults('$toString: ID, $constructor: [ID!]', {})).toBeNull();
  });

  it('are not looked at for a caller who may not call the command', () => {
    const document = parse('query ($input: VariableInput!) { probe }');
    const operation = document.definitions[0] as OperationDefinitionNode;
    const ask = (caller: Parameters<typeof variableFaults>[3]) =>
      variableFaults(schema, operation, { input: { hue: 1 } }, caller)?.code;
    const expired = new LabletError('UNAUTHENTICATED', 'expired', { reason: 'EXPIRED' });
    expect(ask({ actor: { ...ADMIN.actor, roles: ['USER'] }, refusal: null })).toBe('FORBIDDEN');
    expect(ask({ actor: null, refusal: null })).toBe('UNAUTHENTICATED');
    expect(ask({ actor: null, refusal: expired })).toBe('UNAUTHENTICATED');
    expect(ask(ADMIN)).toBe('VALIDATION_FAILED');
  });
});
