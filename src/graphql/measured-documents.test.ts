import { buildSchema, getOperationAST, parse, type OperationDefinitionNode } from 'graphql';
import { describe, expect, test } from 'vitest';
import { measureDocument } from './document-limits.js';
import { measuredDocuments } from './measured-documents.js';

const schema = buildSchema(`
  interface Node { id: ID! }
  type Lab implements Node { id: ID! labs(first: Int, last: Int): LabConnection }
  type LabConnection { nodes: [Lab!]! }
  type Query { labs(first: Int, last: Int, name: String): LabConnection }
`);
const document = parse(
  'query ($n: Int, $m: Int, $name: String) { labs(first: $n, name: $name) { nodes { id labs(last: $m) { nodes { id } } } } }',
);
const operation = getOperationAST(document) as OperationDefinitionNode;

describe('a document that comes again', () => {
  test.each([
    [{}],
    [{ n: 1, m: 10 }],
    [{ n: 11, m: 0 }],
    [{ n: 200, m: 3 }],
    [{ n: 'many', m: null }],
    [{ n: 1, m: 10, name: 'x' }],
  ])('has the price of its page sizes: %o', (variables) => {
    const measure = measuredDocuments(schema);
    measure(document, operation, { n: 7, m: 7 });
    const expected = measureDocument(schema, document, operation, variables);
    expect(measure(document, operation, variables)).toEqual(expected);
    expect(measure(document, operation, variables)).toEqual(expected);
  });

  test('is measured once for the same page sizes', () => {
    const measure = measuredDocuments(schema);
    const first = measure(document, operation, { n: 5, name: 'a' });
    expect(measure(document, operation, { n: 5, name: 'b' })).toBe(first);
    expect(measure(document, operation, { n: 6 })).not.toBe(first);
  });
});
