import { Field, Int, ObjectType } from 'type-graphql';
import type { Page } from '../db/paging.js';
import { LiveRevision } from './scalars.js';

@ObjectType({ description: 'Where a page lies in its list.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more follows this page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether something precedes this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first item; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last item; null on an empty page.' })
  endCursor!: string | null;
}

export interface Connection<T> {
  readonly edges: { cursor: string; node: T }[];
  nodes: T[];
  pageInfo: PageInfo;
  count: () => Promise<number>;
}

export interface LiveConnection<T> extends Connection<T> {
  liveRevision: string;
}

type NodeClass = new () => object;

/** The Relay connection type of an object type: `<name>Connection` with `<name>Edge`. */
export function connectionType(name: string, node: () => NodeClass): NodeClass {
  @ObjectType(`${name}Edge`, { description: `One ${name} of a page.` })
  class Edge {
    @Field(() => String, { description: 'Position of the item, for `after` and `before`.' })
    cursor!: string;

    @Field(() => node(), { description: 'The item.' })
    node!: object;
  }

  @ObjectType(`${name}Connection`, { description: `A page of a list of ${name}.` })
  class ConnectionOf {
    @Field(() => [Edge], { description: 'The items with their cursors.' })
    edges!: Edge[];

    @Field(() => [node()], { description: 'The items.' })
    nodes!: object[];

    @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
    pageInfo!: PageInfo;

    /** Not a field: counting costs a call to the store. */
    count!: () => Promise<number>;

    @Field(() => Int, { description: 'Number of all matches; counted only when asked for.' })
    totalCount(): Promise<number> {
      return this.count();
    }
  }
  return ConnectionOf;
}

/** The connection type of objects that can be followed live. */
export function liveConnectionType(name: string, node: () => NodeClass): NodeClass {
  const Plain = connectionType(name, node);

  @ObjectType(`${name}Connection`, { description: `A page of a list of ${name}.` })
  class LiveConnectionOf extends Plain {
    @Field(() => LiveRevision, {
      description: 'Live revision before the page was read; subscribing with it leaves no gap.',
    })
    liveRevision!: string;
  }
  return LiveConnectionOf;
}

/** A page with its live revision in the form of a connection. */
export function liveConnection<T, U>(
  page: Page<T> & { readonly liveRevision: string },
  toNode: (item: T) => U,
): LiveConnection<U> {
  return Object.assign(connection(page, toNode), { liveRevision: page.liveRevision });
}

/** A page in the form of a connection; cursors and edges are made when they are asked for. */
export function connection<T, U>(page: Page<T>, toNode: (item: T) => U): Connection<U> {
  return new PageConnection(
    page,
    page.items.map(({ item }) => toNode(item)),
  );
}

/** A class, since a literal with getters is another hidden class each time, and lives until V8 collects all of them. */
class PageConnection<U> implements Connection<U> {
  readonly pageInfo: PageInfo;
  readonly count: () => Promise<number>;

  constructor(
    private readonly page: Page<unknown>,
    readonly nodes: U[],
  ) {
    this.pageInfo = new InfoOfPage(page);
    this.count = page.totalCount;
  }

  get edges(): LazyEdge<U>[] {
    return this.page.items.map((each, index) => new LazyEdge(each, this.nodes[index] as U));
  }
}

class InfoOfPage implements PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;

  constructor(private readonly page: Page<unknown>) {
    this.hasNextPage = page.hasNextPage;
    this.hasPreviousPage = page.hasPreviousPage;
  }

  get startCursor(): string | null {
    return this.page.items[0]?.cursor ?? null;
  }

  get endCursor(): string | null {
    return this.page.items.at(-1)?.cursor ?? null;
  }
}

class LazyEdge<U> {
  constructor(
    private readonly place: { readonly cursor: string },
    readonly node: U,
  ) {}

  get cursor(): string {
    return this.place.cursor;
  }
}
