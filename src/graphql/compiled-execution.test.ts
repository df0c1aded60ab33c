import { ApolloServer } from '@apollo/server';
import { buildSchema } from 'graphql';
import { beforeEach, describe, expect, it } from 'vitest';
import { NOBODY } from '../auth/identify.js';
import { createLogger } from '../logger.js';
import { compiledExecution, type CompiledExecution } from './compiled-execution.js';
import type { DocumentLimits } from './document-limits.js';
import type { RequestContext } from './request-context.js';

const LIMITS: DocumentLimits = {
  ...{ tokens: 1000, depth: 5, aliases: 5, rootFields: 5, directives: 5, fragments: 5, repeats: 5 },
  ...{ values: 3, cost: 10 },
};
const schema = buildSchema(`
  type Query { hello: String!, fails: String, item(id: ID!, size: Int): String }
  type Mutation { change: String! }
`);
Object.assign(schema.getQueryType()?.getFields()['hello'] ?? {}, { resolve: () => `hello ${++calls}` });
Object.assign(schema.getQueryType()?.getFields()['item'] ?? {}, {
  resolve: (_: unknown, { id }: { id: string }) => `item ${id}`,
});
Object.assign(schema.getQueryType()?.getFields()['fails'] ?? {}, {
  resolve: () => {
    throw new Error('secret');
  },
});
Object.assign(schema.getMutationType()?.getFields()['change'] ?? {}, { resolve: () => 'changed' });

let calls = 0;
let compiled: CompiledExecution;
let apollo: ApolloServer<RequestContext>;

const context = () => ({ requestId: 'r', identity: NOBODY }) as RequestContext;
const answer = (body: unknown) => compiled.answer(body, context);

/** As often as Apollo Server has to see it. */
async function seen(query: string, variables: Record<string, unknown> = {}): Promise<void> {
  for (let n = 0; n < 2; n++)
    await apollo.executeOperation({ query, variables }, { contextValue: context() });
}

beforeEach(async () => {
  calls = 0;
  compiled = compiledExecution(LIMITS, createLogger('silent'));
  apollo = new ApolloServer<RequestContext>({ schema, plugins: [compiled.plugin] });
  await apollo.start();
  return () => apollo.stop();
});

describe('a query', () => {
  it('is answered past Apollo Server once that has answered it compiled', async () => {
    expect(await answer({ query: '{ hello }' })).toBeNull();
    await seen('{ hello }');
    expect(await answer({ query: '{ hello }' })).toEqual({
      ...{ errors: undefined, data: { hello: 'hello 3' } },
      extensions: { cost: { price: 0, limit: 10 } },
    });
  });

  it('is known by its text and the name of its operation', async () => {
    const query = 'query A { hello } query B { item(id: 1) }';
    for (let n = 0; n < 2; n++)
      await apollo.executeOperation({ query, operationName: 'A' }, { contextValue: context() });
    expect(await answer({ query, operationName: 'A' })).toMatchObject({ data: { hello: 'hello 3' } });
    expect(await answer({ query, operationName: 'B' })).toBeNull();
    expect(await answer({ query })).toBeNull();
    expect(await answer({ query: `${query} `, operationName: 'A' })).toBeNull();
    await seen('{ hello }');
    expect(await answer({ query: '{ hello }', operationName: '' })).toBeNull();
    const [name, rest] = [query.slice(0, 7), query.slice(7)];
    expect(await answer({ query: rest, operationName: `A${name}` })).toBeNull();
    expect(await answer({ query: `A${query}` })).toBeNull();
    expect(await answer({ query: '{ hello }', operationName: null })).not.toBeNull();
  });

  it('that fails is answered with its errors, masked', async () => {
    await seen('{ fails }');
    const { data, errors } = (await answer({ query: '{ fails }' })) ?? {};
    expect(data).toEqual({ fails: null });
    expect(errors).toMatchObject([{ path: ['fails'], extensions: { code: 'INTERNAL', requestId: 'r' } }]);
    expect(JSON.stringify(errors)).not.toContain('secret');
  });

  it('of more than 8192 characters is left to Apollo Server', async () => {
    const query = `{ hello }${' '.repeat(8192)}`;
    await seen(query);
    expect(await answer({ query })).toBeNull();
  });
});

it('a mutation is left to Apollo Server', async () => {
  await seen('mutation { change }');
  expect(await answer({ query: 'mutation { change }' })).toBeNull();
});

describe('a known query', () => {
  const query = 'query ($id: ID!, $size: Int) { item(id: $id, size: $size) }';
  beforeEach(() => seen(query, { id: 'a' }));

  it('is answered with other variables', async () => {
    expect(await answer({ query, variables: { id: 'b', size: 2 } })).toMatchObject({
      data: { item: 'item b' },
    });
  });

  it.each([
    ['variables that do not fit', { query, variables: { id: 'a', size: 'x' } }],
    ['variables that are missing', { query }],
    ['too many values', { query, variables: { id: 'a', more: [1, 2, 3] } }],
    ['variables in a list', { query, variables: ['a'] }],
    ['variables in a text', { query, variables: '{"id":"a"}' }],
    ['a name that is no text', { query, variables: { id: 'a' }, operationName: 1 }],
    ['extensions', { query, variables: { id: 'a' }, extensions: {} }],
    ['no query', { variables: { id: 'a' } }],
    ['a query that is no text', { query: [query], variables: { id: 'a' } }],
  ])('with %s is left to Apollo Server', async (_, body) => {
    expect(await answer(body)).toBeNull();
  });

  it.each([[null], [undefined], ['text'], [[{ query }]], [7]])(
    'in no body (%j) is left to it',
    async (body) => {
      expect(await answer(body)).toBeNull();
    },
  );
});

it('a query that asks for too much with these variables is left to Apollo Server', async () => {
  const strict = compiledExecution({ ...LIMITS, depth: 0 }, createLogger('silent'));
  const server = new ApolloServer<RequestContext>({ schema, plugins: [strict.plugin] });
  await server.start();
  for (let n = 0; n < 2; n++)
    await server.executeOperation({ query: '{ hello }' }, { contextValue: context() });
  expect(await strict.answer({ query: '{ hello }' }, context)).toBeNull();
  await server.stop();
});
