/** One of the servers that the benchmark of GraphQL compares, in a process of its own. */
import { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify from 'fastify';
import { mercurius } from 'mercurius';
import { readFileSync } from 'node:fs';
import { Arg, buildSchemaSync, Int, Query, Resolver } from 'type-graphql';
import type { Context } from '../src/context.js';
import { buildGraphqlSchema } from '../src/graphql/schema.js';
import { InstanceConnection } from '../src/instances/instance.graphql.js';
import { viewInstance } from '../src/instances/view-instance.js';
import { stockUp } from '../tests/support/eight-operations.js';
import { QUIET, startTestServer } from '../tests/support/server.js';

export type Kind = 'ours' | 'mercurius' | 'apollo';

/** What a child says once it serves, and after each round. */
export interface Ready {
  readonly url: string;
  readonly token: string;
}

const STORED = { instances: 100, workers: 0 };
const VIEWER = { subject: 'tester', roles: ['ADMIN'], expiresAt: '2030-01-01T00:00:00.000Z' };

/** The page as a short program reads it: from the same store, with no right, limit, cursor or total. */
async function plainPage({ collections }: Context, limit: number) {
  const found = await collections.instances.find({ finished: false }, { index: 'finished_createdAt', limit });
  return { nodes: found.map(viewInstance), edges: [], liveRevision: '' };
}

async function serveMercurius(context: Context): Promise<string> {
  const app = Fastify();
  const schema = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');
  const resolvers = {
    Query: {
      viewer: () => VIEWER,
      instances: (_root: unknown, { first }: { first: number }) => plainPage(context, first),
    },
  };
  await app.register(mercurius, { schema, resolvers, jit: 1, subscription: false } as never);
  return app.listen({ port: 0, host: '127.0.0.1' });
}

async function serveApollo(context: Context): Promise<string> {
  // Made after another schema, as the types there are the same; its fields keep the functions of the library.
  const { TypeGraphQLMetadataStorage: storage } = globalThis as unknown as {
    TypeGraphQLMetadataStorage: { objectTypes: { name: string; target: never; simpleResolvers?: boolean }[] };
  };
  for (const type of storage.objectTypes) delete type.simpleResolvers;
  const viewerType = storage.objectTypes.find(({ name }) => name === 'Viewer')?.target as never;

  @Resolver()
  class Plain {
    @Query(() => InstanceConnection)
    instances(@Arg('first', () => Int) first: number): Promise<object> {
      return plainPage(context, first);
    }

    @Query(() => viewerType)
    viewer(): object {
      return VIEWER;
    }
  }
  const apollo = new ApolloServer({ schema: buildSchemaSync({ resolvers: [Plain], validate: false }) });
  await apollo.start();
  const app = Fastify();
  app.post('/graphql', fastifyApolloHandler(apollo));
  return app.listen({ port: 0, host: '127.0.0.1' });
}

async function serve(kind: Kind): Promise<Ready> {
  buildGraphqlSchema();
  const server = await startTestServer({ env: QUIET });
  const { context } = server.server;
  await stockUp(context, await server.client('ADMIN'), STORED);
  const token = await server.token('ADMIN');
  process.on('disconnect', () => void server.close().then(() => process.exit(0)));
  const servers = {
    ours: async () => server.url,
    mercurius: () => serveMercurius(context),
    apollo: () => serveApollo(context),
  };
  return { url: await servers[kind](), token };
}

process.on('message', () => process.send?.(process.cpuUsage()));
process.send?.(await serve(process.argv[2] as Kind));
