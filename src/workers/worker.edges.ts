import { Ctx, FieldResolver, ID, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../graphql/request-context.js';
import { LabletInstance } from '../instances/instance.types.graphql.js';
import { WorkerTemplate } from '../worker-templates/template.types.graphql.js';
import { legalTargets, type WorkerStatus } from './transitions.js';
import { workerWarnings, type WorkerWarning } from './warnings.js';
import { claimsOf } from './worker-claims.js';
import type { WorkerState } from './worker-state.js';
import {
  Worker,
  WorkerCapacity,
  WorkerPorts,
  WorkerStatusEnum,
  WorkerWarningEnum,
} from './worker.types.graphql.js';

/** Fields that lead from a worker to other objects, and what follows from its claims. */
@Resolver(() => Worker)
export class WorkerEdges {
  @FieldResolver(() => WorkerTemplate, {
    nullable: true,
    description: 'Template its values were copied from.',
  })
  template(
    @Root() { templateName }: Worker,
    @Ctx() { loaders }: RequestContext,
  ): Promise<WorkerTemplate | null> | null {
    return templateName === null ? null : loaders.templateByName.load(templateName);
  }

  @FieldResolver(() => WorkerCapacity, { description: 'Room, as of the live revision of the answer.' })
  capacity(@Root() worker: WorkerState, @Ctx() { app }: RequestContext): WorkerCapacity {
    return claimsOf(app, worker);
  }

  @FieldResolver(() => WorkerPorts, { description: 'Port numbers, as of the live revision of the answer.' })
  ports(@Root() worker: WorkerState, @Ctx() { app }: RequestContext): WorkerPorts {
    return claimsOf(app, worker).ports;
  }

  @FieldResolver(() => [ID], { description: 'Instances that hold a claim on it.' })
  instanceIds(@Root() worker: WorkerState, @Ctx() { app }: RequestContext): string[] {
    return claimsOf(app, worker).ports.allocations.map(({ instanceId }) => instanceId);
  }

  @FieldResolver(() => [LabletInstance], { description: 'Its unfinished instances.' })
  instances(@Root() { id }: Worker, @Ctx() { loaders }: RequestContext): Promise<LabletInstance[]> {
    return loaders.instancesByWorker.load(id);
  }

  @FieldResolver(() => [WorkerStatusEnum], { description: 'Statuses that a legal move leads to from here.' })
  nextStatuses(@Root() { status }: Worker): WorkerStatus[] {
    return legalTargets(status as WorkerStatus);
  }

  @FieldResolver(() => [WorkerWarningEnum], { description: 'What an operator should look at.' })
  warnings(@Root() worker: WorkerState, @Ctx() { app }: RequestContext): WorkerWarning[] {
    return workerWarnings(worker, app.clock.now());
  }
}
