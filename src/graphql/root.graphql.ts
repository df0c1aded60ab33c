import { Args, Ctx, Field, ObjectType, Query, Resolver } from 'type-graphql';
import { z } from 'zod';
import { getViewer } from '../auth/get-viewer.js';
import { ANYONE } from '../auth/policies.js';
import { ERROR_CODES, notFound } from '../errors.js';
import { anyId } from '../lib/fields.js';
import { describe, query } from '../lib/operation.js';
import { getLiveRevision } from '../live/get-live-revision.js';
import { argsType } from './input-type.js';
import type { RequestContext } from './request-context.js';
import { DateTime, LiveRevision } from './scalars.js';
import { ErrorCodeEnum, Node, RoleEnum, typeOfId } from './shared-types.js';

const MAX_NODES = 200;

const getNode = query({
  name: 'node',
  summary: 'Any object by its id.',
  request: z.strictObject({ id: anyId.describe('Id of any object.') }),
  allow: { roles: ANYONE, note: 'as for the single query of its type' },
  handle: async (_deps: object, { id }) => [id],
});

const getNodes = query({
  name: 'nodes',
  summary: `Up to ${MAX_NODES} objects by id; null for what is missing or hidden.`,
  request: z.strictObject({ ids: z.array(anyId).max(MAX_NODES).describe('Ids of any objects.') }),
  allow: { roles: ANYONE, note: 'as for the single query of each type' },
  handle: async (_deps: object, { ids }) => ids,
});

const NodeArgs = argsType('NodeArgs', getNode.request);
const NodesArgs = argsType('NodesArgs', getNodes.request);

@ObjectType({ description: 'The caller.' })
class Viewer {
  @Field(() => String, { description: 'Identity of the caller: the `sub` of the token.' })
  subject!: string;

  @Field(() => [RoleEnum], { description: 'Roles; their rights add up.' })
  roles!: string[];

  @Field(() => DateTime, { description: 'Until when the token is accepted.' })
  expiresAt!: string;
}

@Resolver()
export class RootResolver {
  @Query(() => Viewer, { nullable: true, description: describe(getViewer) })
  viewer(@Ctx() context: RequestContext): Promise<Viewer> {
    return context.run(getViewer, {});
  }

  @Query(() => LiveRevision, { nullable: true, description: describe(getLiveRevision) })
  liveRevision(@Ctx() context: RequestContext): Promise<string> {
    return context.run(getLiveRevision, {});
  }

  @Query(() => [ErrorCodeEnum], { description: 'Every code that an operation can answer with. Roles: all.' })
  errorCodes(): string[] {
    return Object.keys(ERROR_CODES);
  }

  @Query(() => Node, { nullable: true, description: describe(getNode) })
  node(@Args(() => NodeArgs) args: object, @Ctx() context: RequestContext): Promise<object> {
    return context
      .run(getNode, args)
      .then((ids) => load(context, ids))
      .then(([found]) => found ?? Promise.reject(notFound('Node', (args as { id: string }).id)));
  }

  @Query(() => [Node], { nullable: 'itemsAndList', description: describe(getNodes) })
  nodes(@Args(() => NodesArgs) args: object, @Ctx() context: RequestContext): Promise<(object | null)[]> {
    return context.run(getNodes, args).then((ids) => load(context, ids));
  }
}

/** Each object through the loader of its type, which knows what the caller may see. */
function load({ loaders }: RequestContext, ids: readonly string[]): Promise<(object | null)[]> {
  const byType: Readonly<Record<string, { load(id: string): Promise<object | null> }>> = {
    LabletDefinition: loaders.definition,
    LabletInstance: loaders.instance,
    Worker: loaders.worker,
    WorkerTemplate: loaders.template,
    RepairReport: loaders.repairReport,
  };
  return Promise.all(ids.map(async (id) => byType[typeOfId(id) ?? '']?.load(id) ?? null));
}
