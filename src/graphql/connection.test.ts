import 'reflect-metadata';
import { graphql, printType } from 'graphql';
import { buildSchemaSync, Field, ObjectType, Query, Resolver } from 'type-graphql';
import { describe, expect, it, vi } from 'vitest';
import type { Page, PageItem } from '../db/paging.js';
import { connection, connectionType } from './connection.js';

/** An item of a page; what it is changed to lies at the same place. */
const itemAt = <T>(item: T, cursor: string): PageItem<T> => ({
  item,
  cursor,
  with: (changed) => itemAt(changed, cursor),
});
const page = (names: readonly string[], count = vi.fn(async () => 7)): Page<string> => ({
  items: names.map((item, n) => itemAt(item, `c${n}`)),
  hasNextPage: true,
  hasPreviousPage: false,
  totalCount: count,
});

describe('a connection', () => {
  it('holds the items of a page with their cursors, in order', () => {
    expect(connection(page(['a', 'b']), (name) => name.toUpperCase())).toMatchObject({
      edges: [
        { cursor: 'c0', node: 'A' },
        { cursor: 'c1', node: 'B' },
      ],
      nodes: ['A', 'B'],
      pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: 'c0', endCursor: 'c1' },
    });
  });

  it('of an empty page has no cursors', () => {
    expect(connection(page([]), (name) => name)).toMatchObject({
      edges: [],
      nodes: [],
      pageInfo: { startCursor: null, endCursor: null },
    });
  });
});

describe('the type of a connection', () => {
  @ObjectType({ description: 'A thing.' })
  class Thing {
    @Field(() => String, { description: 'Its name.' })
    name!: string;
  }
  const ThingConnection = connectionType('Thing', () => Thing);
  const count = vi.fn(async () => 7);

  @Resolver()
  class ThingResolver {
    @Query(() => ThingConnection)
    things(): object {
      return connection(page(['a'], count), (name) => Object.assign(new Thing(), { name }));
    }
  }
  const schema = buildSchemaSync({ resolvers: [ThingResolver], validate: false });

  it('is named after what it lists, and described', () => {
    const printed = ['ThingConnection', 'ThingEdge', 'PageInfo'].map((name) =>
      printType(schema.getType(name)!),
    );
    expect(
      printed
        .join(' ')
        .replace(/\s+/g, ' ')
        .replace(/"""[^"]*""" /g, ''),
    ).toBe(
      'type ThingConnection { edges: [ThingEdge!]! nodes: [Thing!]! pageInfo: PageInfo! totalCount: Int! } ' +
        'type ThingEdge { cursor: String! node: Thing! } ' +
        'type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }',
    );
    expect(schema.getType('ThingConnection')?.description).toBe('A page of a list of Thing.');
  });

  it('counts only when asked to', async () => {
    const ask = async (fields: string) => graphql({ schema, source: `{ things { ${fields} } }` });
    expect(await ask('nodes { name } edges { cursor node { name } } pageInfo { endCursor }')).toEqual({
      data: {
        things: {
          nodes: [{ name: 'a' }],
          edges: [{ cursor: 'c0', node: { name: 'a' } }],
          pageInfo: { endCursor: 'c0' },
        },
      },
    });
    expect(count).not.toHaveBeenCalled();
    expect(await ask('totalCount')).toEqual({ data: { things: { totalCount: 7 } } });
    expect(count).toHaveBeenCalledTimes(1);
  });
});
