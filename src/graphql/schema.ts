import 'reflect-metadata';
import type { GraphQLInterfaceType, GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { DefinitionEdges, DifferenceEdges } from '../definitions/definition.edges.js';
import { DefinitionResolver } from '../definitions/definition.graphql.js';
import { AuditResolver } from '../events/audit.graphql.js';
import { EventResolver } from '../events/event.graphql.js';
import { InstanceEdges } from '../instances/instance.edges.js';
import { InstanceResolver } from '../instances/instance.graphql.js';
import { RepairResolver } from '../repair/repair.graphql.js';
import { TemplateEdges } from '../worker-templates/template.edges.js';
import { TemplateResolver } from '../worker-templates/template.graphql.js';
import { PlacementResolver } from '../workers/placement.graphql.js';
import { WorkerEdges } from '../workers/worker.edges.js';
import { WorkerResolver } from '../workers/worker.graphql.js';
import { callDirectly } from './direct-resolvers.js';
import { RootResolver } from './root.graphql.js';
import { typeOfId } from './shared-types.js';

const RESOLVERS = [
  RootResolver,
  DefinitionResolver,
  DefinitionEdges,
  DifferenceEdges,
  InstanceResolver,
  InstanceEdges,
  WorkerResolver,
  WorkerEdges,
  PlacementResolver,
  TemplateResolver,
  TemplateEdges,
  RepairResolver,
  EventResolver,
  AuditResolver,
] as const;

/** The schema, assembled from the features' transport files. */
export function buildGraphqlSchema(): GraphQLSchema {
  readPlainFields();
  const schema = buildSchemaSync({
    resolvers: RESOLVERS,
    validate: false,
    // Streams come from the operations; type-graphql asks for a pubSub as soon as there is a subscription.
    pubSub: { publish: () => undefined, subscribe: () => emptyStream() },
  });
  // The library's own answer is a promise, for which compiled queries do not wait.
  const node = schema.getType('Node') as GraphQLInterfaceType;
  node.resolveType = ({ id }: { id: string }) => typeOfId(id);
  callDirectly(schema, RESOLVERS);
  describeRoots(schema);
  return schema;
}

/** Around a field that is only read the library puts a function of its own, at five times the cost, unless told here. */
function readPlainFields(): void {
  const { TypeGraphQLMetadataStorage: storage } = globalThis as unknown as {
    TypeGraphQLMetadataStorage: { objectTypes: { simpleResolvers?: boolean }[] };
  };
  for (const type of storage.objectTypes) type.simpleResolvers ??= true;
}

/** The library gives no place for these words. */
function describeRoots(schema: GraphQLSchema): void {
  const [query, mutation, stream] = [
    schema.getQueryType(),
    schema.getMutationType(),
    schema.getSubscriptionType(),
  ];
  if (query) query.description = 'What can be read. Each field names the roles that may ask.';
  if (stream) stream.description = 'What can be followed live, from a position on without a gap.';
  if (!mutation) return;
  mutation.description =
    'What can be changed. Each command has one input, and one effect for one `idempotencyKey`.';
  for (const { name, args } of Object.values(mutation.getFields())) {
    for (const argument of args) argument.description ??= `What \`${name}\` needs.`;
  }
}

async function* emptyStream(): AsyncGenerator<never> {
  // Nothing is ever published through the library.
}
