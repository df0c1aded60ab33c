import { buildSchema, getOperationAST, GraphQLError, parse, validate, type GraphQLSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { required } from '../../tests/support/story.js';
import { deepFrozen } from '../lib/frozen.js';
import { compiledQueries } from './compiled-queries.js';
import { jsonOf } from './json-parts.js';
import { schemaWithWrittenLists, writeLists } from './written-lists.js';

const SDL = `
  enum Colour { RED GREEN }
  interface Node { id: ID! }
  union Thing = Lab | Part
  type PageInfo { hasNextPage: Boolean! }
  type Part { name: String! size: Int }
  type Lab implements Node {
    id: ID! name: String size: Int! ratio: Float colours: [Colour!]! parts: [Part!] main: Part open: Boolean
    slow: String argued(of: Int): String
  }
  type LabEdge { cursor: String! node: Lab! }
  type LabConnection { nodes: [Lab!]! edges: [LabEdge!]! sparse: [Lab] pageInfo: PageInfo! total: Int! none: Int! }
  type PartConnection { nodes: [Part!]! pageInfo: PageInfo! }
  type Query { labs(first: Int): LabConnection parts: PartConnection fail: LabConnection plain: [Lab!] }
`;

const lab = (n: number, more: object = {}) => ({
  id: `lab_${n}`,
  ...{
    name: n % 2 ? null : `"lab" ${n} \ud800 é`,
    size: n,
    ratio: n / 4,
    colours: ['RED', 'GREEN'],
    open: n > 1,
  },
  parts: n === 2 ? null : [{ name: 'a', size: n }, { name: 'b' }],
  main: n === 3 ? undefined : { name: 'm', size: -0 },
  ...more,
});

function schemaOf(labs: readonly object[]): GraphQLSchema {
  const schema = buildSchema(SDL);
  const page = {
    nodes: labs,
    edges: labs.map((node, at) => ({ cursor: `c${at}`, node })),
    sparse: [null, ...labs],
    pageInfo: { hasNextPage: false },
    total: labs.length,
  };
  const fields = schema.getQueryType()?.getFields() ?? {};
  Object.assign(fields['labs'] ?? {}, { resolve: async () => page });
  Object.assign(fields['parts'] ?? {}, { resolve: () => ({ nodes: [{ name: 'p', size: 1 }] }) });
  const fail = () => Promise.reject(new GraphQLError('no page'));
  Object.assign(fields['fail'] ?? {}, { resolve: fail });
  const slow = schema.getType('Lab') as unknown as { getFields(): Record<string, object> };
  Object.assign(slow.getFields()['slow'] ?? {}, { resolve: async () => 'slow' });
  return schema;
}

const LABS: readonly object[] = [1, 2, 3].map((n) => lab(n));

/** The answer as text, and how many lists were written. */
async function answerOf(text: string, { labs = LABS, variables = {} } = {}) {
  const schema = schemaOf(labs);
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  const operation = required(getOperationAST(document));
  const queries = compiledQueries(schema, 10);
  queries.find(document, operation, variables);
  const query = queries.findWritten(document, operation, variables);
  if (!query) throw new Error('not compiled');
  // Which is tested beside graphql-js itself.
  const expected = await queries.find(document, operation, variables)?.(undefined, {});
  const plain = { data: expected?.data, errors: expected?.errors?.map(String) };
  for (let n = 0; n < 3; n++) {
    const { data, errors } = await query(undefined, {});
    expect(jsonOf({ data, errors: errors?.map(String) })).toBe(JSON.stringify(plain));
  }
  const written = writeLists(schemaWithWrittenLists(schema), document, operation);
  return { lists: Object.keys(written?.plans ?? {}).length, errors: plain.errors };
}

const WRITTEN: readonly (readonly [string, string, number])[] = [
  ['nodes', '{ labs { nodes { id name size ratio colours open } total } }', 1],
  ['objects and lists of them', '{ labs { nodes { main { name size } parts { size name } } } }', 1],
  ['edges', '{ labs { edges { cursor node { id name } } pageInfo { hasNextPage } } }', 1],
  ['both', '{ labs { nodes { id } edges { cursor } } }', 2],
  ['other names', '{ a: labs { b: nodes { c: id __typename d: __typename id } } }', 1],
  ['a name twice', '{ labs { nodes { id id size } } }', 1],
  [
    'fragments',
    '{ labs { ...P } } fragment P on LabConnection { nodes { ...L } } fragment L on Lab { id size }',
    1,
  ],
  ['fragments of interfaces', '{ labs { nodes { size ... on Node { id } ... { name } } } }', 1],
  [
    'fragments of unions',
    '{ labs { nodes { size ... on Thing { ... on Lab { id } ... on Part { name } } } } }',
    1,
  ],
  ['lists of two types', '{ labs { nodes { id } } parts { nodes { name } } }', 2],
  ['variables of its own', 'query ($_plan0: Int) { labs(first: $_plan0) { nodes { id } } }', 1],
];

const LEFT: readonly (readonly [string, string])[] = [
  ['a resolver', '{ labs { nodes { id slow } } }'],
  ['an argument', '{ labs { nodes { id argued(of: 1) } } }'],
  ['a list in two parts', '{ labs { nodes { id } ... { nodes { size } } } }'],
  ['an object in two parts', '{ labs { nodes { main { name } main { size } } } }'],
  ['items that may be null', '{ labs { sparse { id } } }'],
  ['lists of no page', '{ plain { id } }'],
];

describe('lists of pages', () => {
  it.each(WRITTEN)('are written with %s', async (_, text, count) => {
    expect(await answerOf(text)).toEqual({ lists: count, errors: undefined });
  });

  it('are written as conditions have it', async () => {
    const text = 'query ($a: Boolean!) { labs { nodes { id name @skip(if: $a) size @include(if: $a) } } }';
    for (const a of [true, false])
      expect((await answerOf(text, { variables: { a } })).errors).toBeUndefined();
  });

  it.each(LEFT)('are left to the compiler with %s', async (_, text) => {
    const { lists } = await answerOf(text);
    expect(lists).toBe(0);
  });

  it('are left to the compiler where fragments would multiply, also those of another operation', async () => {
    const names = Array.from({ length: 40 }, (_, n) => `F${n}`);
    const bomb = names.map((name, n) => {
      const inner = n + 1 < names.length ? `...${names[n + 1]} ...${names[n + 1]}` : 'id';
      return `fragment ${name} on Lab { ${inner} }`;
    });
    const text = `query A { labs { total } } query B { labs { nodes { ...F0 } } } ${bomb.join(' ')}`;
    const document = parse(text);
    const schema = schemaWithWrittenLists(schemaOf(LABS));
    const [small, large] = ['A', 'B'].map((name) => getOperationAST(document, name));
    expect(writeLists(schema, document, required(small))).toBeNull();
    expect(writeLists(schema, document, required(large))).toBeNull();
  });

  it.each<[string, object, string]>([
    ['null where there may be none', lab(4, { size: null }), 'Cannot return null for non-nullable field'],
    ['a value of no such type', lab(4, { size: 'large' }), 'Int cannot represent non-integer value'],
    ['an unknown value of an enum', lab(4, { colours: ['BLUE'] }), 'cannot represent value'],
    ['a number that JSON has not', lab(4, { ratio: Number.NaN }), 'Float cannot represent non numeric value'],
    ['no list', lab(4, { parts: 5 }), 'Expected Iterable'],
    ['a failure in place of an item', new GraphQLError('no lab'), 'no lab'],
    ['a failure in place of an object', lab(4, { main: new GraphQLError('no part') }), 'no part'],
  ])('with %s are answered with its error', async (_, broken, message) => {
    const fields = 'id size ratio colours parts { name } main { size }';
    const { errors } = await answerOf(`{ labs { nodes { ${fields} } } }`, { labs: [...LABS, broken] });
    expect(errors?.join()).toContain(message);
  });

  it('that cannot be written beside another fault are answered with the first of them', async () => {
    const labs = [lab(4, { size: null })];
    const { errors } = await answerOf('{ labs { nodes { size } none } }', { labs });
    expect(errors?.join()).toContain('Lab.size');
  });

  it('that cannot be written are executed twice once, and not again', async () => {
    let executed = 0;
    const schema = schemaOf([lab(4, { size: null })]);
    const labs = schema.getQueryType()?.getFields()['labs'];
    const resolve = labs?.resolve;
    Object.assign(labs ?? {}, { resolve: (...given: never[]) => (executed++, (resolve as any)(...given)) });
    const document = parse('{ labs { nodes { size } } }');
    const operation = required(getOperationAST(document));
    const queries = compiledQueries(schema, 10);
    queries.find(document, operation, {});
    const counts: number[] = [];
    for (let n = 0; n < 3; n++) {
      await queries.findWritten(document, operation, {})?.(undefined, {});
      counts.push(executed);
    }
    expect(counts).toEqual([2, 3, 4]);
  });

  it('that there are none of are answered with their error', async () => {
    const { errors } = await answerOf('{ fail { nodes { id } } }');
    expect(errors?.join()).toContain('no page');
  });

  it('are read once of objects that nobody can change, and each time of others', async () => {
    const reads = { shared: 0, own: 0 };
    const counted = (name: keyof typeof reads) => ({
      ...lab(1),
      get size() {
        return ++reads[name];
      },
    });
    const [shared, own] = [deepFrozen(counted('shared')), counted('own')];
    const schema = schemaOf([shared, own]);
    const document = parse('{ labs { nodes { size } } }');
    const operation = required(getOperationAST(document));
    const queries = compiledQueries(schema, 10);
    queries.find(document, operation, {});
    const before = { ...reads };
    const answers: string[] = [];
    for (let n = 0; n < 3; n++) {
      const result = await queries.findWritten(document, operation, {})?.(undefined, {});
      answers.push(jsonOf(result?.data));
    }
    expect(reads).toEqual({ shared: before.shared + 1, own: before.own + 3 });
    expect(new Set(answers).size).toBe(3);
  });
});
