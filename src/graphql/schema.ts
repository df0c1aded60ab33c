import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
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
import { RootResolver } from './root.graphql.js';

/** The schema, assembled from the features' transport files. */
export function buildGraphqlSchema(): GraphQLSchema {
  return buildSchemaSync({
    resolvers: [
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
    ],
    validate: false,
    // Streams come from the operations; type-graphql asks for a pubSub as soon as there is a subscription.
    pubSub: { publish: () => undefined, subscribe: () => emptyStream() },
  });
}

async function* emptyStream(): AsyncGenerator<never> {
  // Nothing is ever published through the library.
}
