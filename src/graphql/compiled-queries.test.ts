import fc from 'fast-check';
import {
  buildSchema,
  execute,
  getOperationAST,
  GraphQLError,
  GraphQLScalarType,
  isEnumType,
  isObjectType,
  Kind,
  parse,
  type ExecutionResult,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { randomDocument } from '../../tests/support/random-documents.js';
import { LabletError, notFound } from '../errors.js';
import { compiledQueries, type CompiledQuery } from './compiled-queries.js';

const SDL = `
  scalar Upper
  enum Colour { RED GREEN BLUE }
  interface Node { id: ID! }
  interface Named implements Node { id: ID! name: String peer: Node }
  union Any = Lab | Rack
  input Deep { text: String = "given" colour: Colour = GREEN number: Int! = 3 list: [Int!] inner: Inner upper: Upper }
  input Inner { texts: [String!]! = ["a"] at: Colour }
  input Endless { text: String again: Endless }
  type Lab implements Named & Node {
    id: ID! name: String size: Int! colour: Colour! colours: [Colour!] upper: Upper
    peer: Node rack: Rack! racks: [Rack!]! maybe: [Rack] matrix: [[Int!]] any(first: Int = 2): [Any!]
    echo(deep: Deep, list: [Int] = [1, 2], upper: Upper, colour: Colour! = RED, number: Float): String
    endless(of: Endless): String
  }
  type Rack implements Named & Node { id: ID! name: String peer: Node! width: Float! lab(id: ID): Lab labs: [Lab!] }
  type Query { lab(id: ID!): Lab labs(first: Int = 2): [Lab!] node(id: ID): Node named: [Named] any: Any count: Int! }
  type Mutation { rename(id: ID!, deep: Deep): Lab paint(colour: Colour!): Lab! }
`;

interface Seeded {
  readonly seed: number;
}

/** Where in the answer, as a number that is the same for both executors. */
function chance({ seed }: Seeded, { path }: GraphQLResolveInfo, of: number): number {
  const keys: (string | number)[] = [];
  for (let at: typeof path | undefined = path; at; at = at.prev) keys.push(at.key);
  return (
    createHash('md5')
      .update(`${seed} ${keys.join('.')}`)
      .digest()
      .readUInt32LE() % of
  );
}

const FAILURES = [
  () => notFound('Lab', 'lab_1'),
  () => new GraphQLError('own code', { extensions: { code: 'TEAPOT', more: [1] } }),
  () => new Error('plain'),
  () => new LabletError('TIMEOUT', 'late', { limitMs: 5 }),
];

const plainLab = (n: number) => ({
  kind: 'Lab',
  ...{ id: `lab_${n}`, name: n % 3 === 0 ? null : `lab ${n}`, size: n, colour: 2, colours: [0, 1] },
  upper: n % 4 === 0 ? null : 'abc',
  matrix: [[1, 2], null, []],
});
const plainRack = (n: number) => ({ kind: 'Rack', id: n, name: `rack ${n}`, width: n / 2 });

/** Values of composite fields, which come from resolvers that succeed, fail or give nothing, at once or later. */
const VALUES: Readonly<Record<string, (n: number) => unknown>> = {
  lab: plainLab,
  labs: (n) => [plainLab(n), plainLab(n + 1)],
  peer: (n) => (n % 2 ? plainLab(n) : plainRack(n)),
  node: (n) => (n % 2 ? plainLab(n) : plainRack(n)),
  rack: plainRack,
  racks: (n) => [plainRack(n), Promise.resolve(plainRack(n + 1))],
  maybe: (n) => [plainRack(n), null, n % 5 === 0 ? new Error('in a list') : plainRack(n)],
  named: (n) => new Set([plainLab(n), plainRack(n)]),
  any: (n) => [plainLab(n), plainRack(n)],
  count: (n) => n,
  rename: plainLab,
  paint: plainLab,
};

function testSchema(): GraphQLSchema {
  const schema = buildSchema(SDL);
  const kindOf = (value: { kind: string }) => value.kind;
  for (const type of Object.values(schema.getTypeMap())) {
    if ('resolveType' in type) type.resolveType = kindOf;
    if (isEnumType(type) && type.name === 'Colour') {
      type.getValues().forEach((value, index) => Object.assign(value, { value: index }));
      Object.assign(type, { _valueLookup: null });
    }
    if (type instanceof GraphQLScalarType && type.name === 'Upper') {
      type.serialize = (value) => String(value).toLowerCase();
      type.parseValue = (value) => upper(value);
      type.parseLiteral = (node) => upper(node.kind === Kind.STRING ? node.value : null);
    }
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const [name, field] of Object.entries(type.getFields())) {
      const value = VALUES[name];
      if (name === 'echo' || name === 'endless')
        field.resolve = (_root, args) => JSON.stringify(sorted(args));
      else if (value) {
        field.resolve = (_root, args, context: Seeded, info) => {
          const dice = chance(context, info, 40);
          const give = () => {
            if (dice === 0) throw FAILURES[chance(context, info, 4)]?.() ?? new Error();
            if (dice === 1) return null;
            const made = value(dice);
            return type.name === 'Query' && name === 'any' ? (made as unknown[])[0] : made;
          };
          void args;
          return dice % 3 === 0 ? give() : Promise.resolve().then(give);
        };
      }
    }
  }
  return schema;
}

/** The order of arguments is of no account. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

function upper(value: unknown): string {
  if (typeof value === 'string') return value.toUpperCase();
  throw new GraphQLError('must be text');
}

const schema = testSchema();
const scalars = {
  ID: fc.constantFrom('lab_1', '7'),
  Int: fc.integer({ min: -5, max: 5 }),
  Float: fc.constantFrom(0.5, 3, -1e20),
  String: fc.constantFrom('', 'some text', 'it\'s "quoted"'),
  Boolean: fc.boolean(),
  Upper: fc.constant('abc'),
};

/** The part of the answer that an error emptied, or the error itself where it emptied its own field alone. */
function normal({ data, errors }: ExecutionResult): object {
  const told = (errors ?? []).map((error) => {
    let value: unknown = data;
    for (const [depth, key] of (error.path ?? []).entries()) {
      if (value === null || value === undefined) return `emptied ${error.path?.slice(0, depth).join('.')}`;
      value = (value as Record<string | number, unknown>)[key];
    }
    return JSON.stringify([error.toJSON(), error.originalError?.name]);
  });
  return { text: JSON.stringify(data), errors: [...new Set(told)].sort() };
}

/** As it is once the document was seen before. */
function compiledFor(text: string, variables: Record<string, unknown> = {}): CompiledQuery | null {
  const queries = compiledQueries(schema, 10);
  const find = () => {
    const document = parse(text);
    const operation = getOperationAST(document);
    if (!operation) throw new Error('no operation');
    return queries.find(document, operation, variables);
  };
  find();
  return find();
}

const RUNS = 150;
const RACKS = Array.from('abcdefgh', (name) => `${name}: rack { width }`).join(' ');

describe('compiled queries', () => {
  test.each(['query', 'mutation'] as const)(
    'answer each %s as graphql-js does',
    async (operation) => {
      let compiled = 0;
      const property = fc.asyncProperty(fc.gen(), fc.nat(), async (g, seed) => {
        const random = randomDocument(g, { schema, operation, scalars });
        const query = random && compiledFor(random.text, random.variables);
        if (!query) return;
        compiled++;
        const { text, document, variables: variableValues } = random;
        const expected = await execute({ schema, document, variableValues, contextValue: { seed } });
        expect(normal(await query(undefined, { seed })), text).toEqual(normal(expected));
      });
      const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
      console.log(`SEED=${seed}`);
      await fc.assert(property, { numRuns: RUNS, seed, endOnFailure: true });
      expect(compiled).toBeGreaterThan(RUNS / 5);
    },
    120_000,
  );

  test('are made at the second use, and kept', () => {
    const queries = compiledQueries(schema, 1);
    const find = (text: string) => {
      const document = parse(text);
      return queries.find(document, document.definitions[0] as OperationDefinitionNode, {}) !== null;
    };
    const [first, second] = ['{ count }', '{ again: count }'];
    expect([find(first), find(first), find(first)]).toEqual([false, true, true]);
    expect([find(second), find(first)]).toEqual([false, false]);
  });

  test('hold for what the conditions say', async () => {
    const text =
      'query ($yes: Boolean!) { ...F @include(if: $yes) ...F @skip(if: $yes) }\nfragment F on Query { __typename }';
    for (const yes of [true, false]) {
      const answer = await compiledFor(text, { yes })?.(undefined, { seed: 1 });
      expect(answer).toEqual({ data: { __typename: 'Query' } });
    }
  });

  test.each([
    ['a text that could be taken for code', '{ lab(id: "__MAGIC_DATE__33a9e76d") { id } }'],
    ['a text with quotes', '{ lab(id: "it\'s") { id } }'],
    ['the schema', '{ __schema { types { name } } }'],
    [
      'a type of the schema, within a fragment',
      '{ ...F } fragment F on Query { __type(name: "Lab") { name } }',
    ],
    ['a name that is special in JavaScript', '{ __proto__: count }'],
    [
      'several root fields of a mutation',
      'mutation { a: paint(colour: RED) { id } b: paint(colour: RED) { id } }',
    ],
    ['a variable that is missing within a literal', 'query ($n: Int) { lab(id: "1") { echo(list: [$n]) } }'],
    ['variables that do not fit', 'query ($n: Int!) { labs(first: $n) { id } }'],
    ['fragments within fragments that would grow beyond measure', bomb(12)],
  ])('leave %s to graphql-js', (_what, text) => {
    expect(compiledFor(text)).toBeNull();
  });

  test.each([
    ['fields', `{ lab(id: "lab_1") { ${RACKS} } }`],
    ['a fragment', `{ lab(id: "lab_1") { ...F } } fragment F on Lab { ${RACKS} }`],
    ['inline fragments', `{ lab(id: "lab_1") { ... on Lab { ${RACKS} } ... { z: rack { width } } } }`],
  ])('tell one error of several that empty the same part by %s', async (_what, text) => {
    const query = compiledFor(text);
    for (let seed = 0; seed < 300; seed++) {
      const expected = await execute({ schema, document: parse(text), contextValue: { seed } });
      const answer = await query?.(undefined, { seed });
      expect(answer?.errors?.length, `seed ${seed}`).toBe(expected.errors?.length);
    }
  });

  test('know variables of a type that holds itself', async () => {
    const text = 'query ($of: Endless) { lab(id: "lab_1") { endless(of: $of) } }';
    const variables = { of: { again: { text: 'in' } } };
    const contextValue = { seed: 3 };
    const expected = await execute({
      schema,
      document: parse(text),
      variableValues: variables,
      contextValue,
    });
    expect(expected.errors).toBeUndefined();
    expect(normal((await compiledFor(text, variables)?.(undefined, contextValue)) ?? {})).toEqual(
      normal(expected),
    );
  });
});

/** Each level asks for the next one twice. */
function bomb(levels: number): string {
  const parts = Array.from(
    { length: levels },
    (_, n) => `fragment F${n} on Lab { a: rack { lab { ...F${n + 1} } } b: rack { lab { ...F${n + 1} } } }`,
  );
  return `{ lab(id: "1") { ...F0 } } ${parts.join(' ')} fragment F${levels} on Lab { id }`;
}
