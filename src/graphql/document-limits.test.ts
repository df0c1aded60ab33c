import { buildSchema, getOperationAST, parse, type OperationDefinitionNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import { excessOf, measureDocument, tokenExcessOf, type DocumentLimits } from './document-limits.js';

const schema = buildSchema(`
  interface Node { id: ID! }
  type Port { name: String }
  type Lab implements Node { id: ID! labYamlCached: String ports: [Port!]! versions: [Lab!]! runs: [Run!]! }
  type Run implements Node { id: ID! lab: Lab renderedLabYaml: String }
  type LabEdge { node: Lab! }
  type LabConnection { nodes: [Lab!]! edges: [LabEdge!]! totalCount: Int! }
  type Query { lab: Lab labs(first: Int, last: Int): LabConnection node(id: ID): Node nodes(ids: [ID!]): [Node]! }
  type Subscription { labChanges: Lab }
`);
const LIMITS: DocumentLimits = {
  tokens: 2000,
  depth: 10,
  aliases: 30,
  rootFields: 10,
  directives: 5,
  fragments: 50,
  repeats: 30,
  values: 5000,
  cost: 10_000,
};

function measure(text: string, variables: Record<string, unknown> = {}) {
  const document = parse(text);
  return measureDocument(schema, document, getOperationAST(document) as OperationDefinitionNode, variables);
}
const limitOf = (text: string, variables?: Record<string, unknown>) =>
  excessOf(LIMITS, measure(text, variables))?.details;

describe('the price of a document', () => {
  it.each([
    ['{ lab { id } }', 1],
    ['{ lab { ports { name } } }', 1],
    ['{ lab { versions { id } } }', 12],
    ['{ labs { nodes { id } } }', 52],
    ['{ labs(first: 7) { nodes { id } } }', 9],
    ['{ labs(last: 7) { edges { node { id } } } }', 9],
    ['{ labs(first: 7) { totalCount } }', 1],
    ['{ labs(first: 9000) { nodes { id } } }', 202],
    ['{ labs(first: 5) { nodes { runs { lab { id } } } } }', 112],
    ['{ __schema { types { name } } }', 0],
    ['{ nodes(ids: [1, 2, 3]) { id } }', 4],
    ['{ nodes(ids: 1) { id } }', 1],
    ['{ nodes(ids: []) { id } }', 1],
    ['{ node(id: 1) { ... on Lab { versions { id } } } }', 12],
  ])('%s is %i', (text, price) => {
    expect(measure(text).cost).toBe(price);
  });

  it('takes the size of a page from its variable', () => {
    expect(measure('query ($n: Int) { labs(first: $n) { nodes { id } } }', { n: 3 }).cost).toBe(5);
    expect(measure('query ($n: Int) { labs(first: $n) { nodes { id } } }').cost).toBe(52);
  });

  it('takes the number of ids from their variable', () => {
    const text = 'query ($ids: [ID!]) { nodes(ids: $ids) { id ... on Lab { versions { id } } } }';
    expect(measure(text, { ids: ['a', 'b'] }).cost).toBe(2 * 12 + 1);
    expect(measure(text).cost).toBe(12);
  });

  it('counts a fragment with the page that it is spread in', () => {
    const text = 'fragment f on Lab { versions { id } } { labs(first: 2) { nodes { ...f } } lab { ...f } }';
    expect(measure(text).cost).toBe(2 * 12 + 2 + 12);
  });
});

describe('what is counted', () => {
  it('is depth, aliases, root fields and directives, through fragments', () => {
    const text = `query @skip(if: false) {
      a: lab { id } ... { b: lab { c: id @skip(if: true) } } ...f
    }
    fragment f on Query { lab { versions { versions { id } } } }`;
    expect(measure(text)).toMatchObject({ depth: 4, aliases: 3, rootFields: 3, directives: 2 });
  });

  it('is no introspection', () => {
    const deep = '{ __schema { types { fields { type { ofType { ofType { ofType { name } } } } } } } }';
    expect(measure(deep)).toMatchObject({ depth: 0, cost: 0, rootFields: 1, introspectionAliases: 0 });
  });

  it('is what introspection asks for again, and its aliases and directives', () => {
    const text = `{ s: __schema { types { n: name a: fields { name } ...f @skip(if: true) } } b: __type(name: "Lab") { ...f } }
      fragment f on __Type { c: interfaces { d: possibleTypes { name } } }`;
    expect(measure(text)).toMatchObject({
      aliases: 8,
      directives: 1,
      introspectionAliases: 5,
      depth: 0,
      cost: 0,
    });
    expect(measure('{ s: __schema { types { n: name } } }').introspectionAliases).toBe(0);
  });
});

describe('a limit', () => {
  const deep = (levels: number) => `{ lab { ${'versions { '.repeat(levels)} id ${'} '.repeat(levels)} } }`;
  const many = (count: number, field: (index: number) => string) =>
    `{ ${Array.from({ length: count }, (_, index) => field(index)).join(' ')} }`;

  it.each([
    ['depth', `{ lab { runs ${'{ lab { runs '.repeat(4)} { id } ${'} } '.repeat(4)} } }`, 10],
    ['aliases', many(31, (index) => `a${index}: __typename`), 30],
    ['rootFields', many(11, () => 'lab { id }'), 10],
    ['directives', many(6, () => '__typename @skip(if: false)'), 5],
    ['cost', '{ labs(first: 200) { nodes { versions { versions { id } } } } }', 10_000],
  ])('of %s is named with what it is', (limit, text, max) => {
    expect(limitOf(text)).toMatchObject({ limit, max, actual: expect.any(Number) });
  });

  it('is not passed by what it allows', () => {
    expect(measure(deep(8)).depth).toBe(10);
    expect(limitOf(many(10, () => 'lab { id }'))).toBeUndefined();
  });

  it.each([
    '{ labs { nodes { labYamlCached } } }',
    '{ lab { runs { renderedLabYaml } } }',
    '{ labs { edges { node { ...f } } } } fragment f on Lab { labYamlCached }',
  ])('keeps texts of lab files out of lists: %s', (text) => {
    expect(limitOf(text)).toEqual({ limit: 'longTextInList', max: 0, actual: null });
  });

  it('keeps them out of streams', () => {
    expect(limitOf('subscription { labChanges { id labYamlCached } }')).toMatchObject({
      limit: 'longTextInList',
    });
    expect(limitOf('subscription { labChanges { id } }')).toBeUndefined();
  });

  it('allows the text of one lab file', () => {
    expect(limitOf('{ lab { labYamlCached } }')).toBeUndefined();
  });

  it('of tokens is told from other faults of the syntax', () => {
    const fault = (text: string, maxTokens: number) => {
      try {
        parse(text, { maxTokens });
        return null;
      } catch (error) {
        return tokenExcessOf(error as Error)?.details ?? 'SYNTAX';
      }
    };
    expect(fault('{ a b c }', 3)).toEqual({ limit: 'tokens', max: 3, actual: null });
    expect(fault('{ a b', 30)).toBe('SYNTAX');
  });
});

describe('a document bomb', () => {
  const chain = (length: number) =>
    Array.from({ length }, (_, n) => `fragment f${n} on Lab { versions { ...f${n + 1} ...f${n + 1} } }`).join(
      '\n',
    );

  it('of sixty fragments that each spread the next one twice is measured at once', () => {
    const text = `{ labs(first: 200) { nodes { ...f0 } } } ${chain(60)} fragment f60 on Lab { id }`;
    expect(limitOf(text)).toMatchObject({ limit: 'depth' });
  });

  it('of fragments in a circle ends', () => {
    const text =
      '{ lab { ...a } } fragment a on Lab { versions { ...b } } fragment b on Lab { versions { ...a } }';
    expect(measure(text).depth).toBeLessThan(10);
  });
});
