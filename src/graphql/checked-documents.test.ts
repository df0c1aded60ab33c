import { buildSchema, type GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { LabletError } from '../errors.js';
import { checkedDocuments } from './checked-documents.js';

const schema = buildSchema('type Query { one: Int }');
const limits = {
  ...{ tokens: 50, depth: 10, aliases: 30, rootFields: 10, directives: 5, cost: 10_000 },
  ...{ fragments: 5, repeats: 5, values: 3 },
};
const given = { schema, introspection: false, limits };
const codes = (result: unknown) => (result as GraphQLError[]).map(({ extensions }) => extensions['code']);

describe('documents', () => {
  it('of the same text are one object as long as they are among the latest', () => {
    const documentOf = checkedDocuments(given);
    const first = documentOf('{ one }');
    for (let n = 0; n < 499; n++) documentOf(`{ a${n}: one }`);
    expect(documentOf('{ one }')).toBe(first);
    for (let n = 0; n < 500; n++) documentOf(`{ b${n}: one }`);
    expect(documentOf('{ one }')).not.toBe(first);
  });

  it('that are long are not kept', () => {
    const documentOf = checkedDocuments(given);
    const long = `{ one } #${'x'.repeat(10_000)}`;
    expect(documentOf(long)).not.toBe(documentOf(long));
  });

  it('that flood are refused before they are validated', () => {
    const documentOf = checkedDocuments(given);
    const [refusal] = documentOf('{ two two two two two two two }') as GraphQLError[];
    expect((refusal?.originalError as LabletError).code).toBe('QUERY_TOO_COSTLY');
  });

  it('that read the schema are refused where that is off, once for each field, and no name is hinted at', () => {
    const messages = (text: string, introspection: boolean) => {
      const result = checkedDocuments({ ...given, introspection })(text);
      return Array.isArray(result) ? result.map(({ message }) => message) : null;
    };
    const [message = '', ...more] = messages('{ __schema { types { fields { name } } } }', false) ?? [];
    expect([message, more]).toEqual([expect.stringMatching(/^Introspection is off on this server/), []]);
    expect(messages('{ __type(name: "Query") { name } }', false)).toEqual([message]);
    expect(messages('{ one __typename }', false)).toBeNull();
    expect(messages('{ __schema { types { name } } }', true)).toBeNull();
    expect(messages('{ ones }', true)?.join()).toContain('Did you mean "one"?');
    expect(messages('{ ones }', false)).toEqual(['Cannot query field "ones" on type "Query".']);
  });

  it('that are wrong are answered with their faults, time and again', () => {
    const documentOf = checkedDocuments(given);
    for (let n = 0; n < 2; n++) {
      expect(codes(documentOf('{ one'))).toEqual(['GRAPHQL_PARSE_FAILED']);
      expect(codes(documentOf('{ two three }'))).toEqual(Array(2).fill('GRAPHQL_VALIDATION_FAILED'));
      expect(codes(documentOf('{ __schema { types { name } } }'))).toContain('GRAPHQL_VALIDATION_FAILED');
      expect(codes(documentOf(`{ ${'one '.repeat(60)} }`))).toEqual(['GRAPHQL_PARSE_FAILED']);
    }
  });
});
