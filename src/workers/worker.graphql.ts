import { Arg, Args, Ctx, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import { liveConnection, liveConnectionType, type LiveConnection } from '../graphql/connection.js';
import { argsType, operationInput } from '../graphql/input-type.js';
import type { RequestContext } from '../graphql/request-context.js';
import { describe } from '../lib/operation.js';
import { cancelWorkerDrain } from './cancel-worker-drain.js';
import { drainWorker } from './drain-worker.js';
import { getWorker, getWorkerByName } from './get-worker.js';
import { listWorkerTransitions } from './list-transitions.js';
import { listWorkers } from './list-workers.js';
import { registerWorker } from './register-worker.js';
import { reportWorker } from './report-worker.js';
import { transitionWorker } from './transition-worker.js';
import { updateWorker } from './update-worker.js';
import { watchWorkers } from './watch-workers.js';
import { Worker, WorkerChange, WorkerPayload, WorkerTransition } from './worker.types.graphql.js';

const WorkerConnection = liveConnectionType('Worker', () => Worker);
const WorkerArgs = argsType('WorkerArgs', getWorker.request);
const WorkerByNameArgs = argsType('WorkerByNameArgs', getWorkerByName.request);
const WorkersArgs = argsType('WorkersArgs', listWorkers.request);
const WorkerChangesArgs = argsType('WorkerChangesArgs', watchWorkers.request);
const RegisterWorkerInput = operationInput(registerWorker);
const TransitionWorkerInput = operationInput(transitionWorker);
const DrainWorkerInput = operationInput(drainWorker);
const CancelWorkerDrainInput = operationInput(cancelWorkerDrain);
const ReportWorkerInput = operationInput(reportWorker);
const UpdateWorkerInput = operationInput(updateWorker);

@Resolver()
export class WorkerResolver {
  @Query(() => Worker, { nullable: true, description: describe(getWorker) })
  worker(@Args(() => WorkerArgs) args: object, @Ctx() context: RequestContext): Promise<Worker> {
    return context.run(getWorker, args);
  }

  @Query(() => Worker, { nullable: true, description: describe(getWorkerByName) })
  workerByName(@Args(() => WorkerByNameArgs) args: object, @Ctx() context: RequestContext): Promise<Worker> {
    return context.run(getWorkerByName, args);
  }

  @Query(() => WorkerConnection, { nullable: true, description: describe(listWorkers) })
  workers(
    @Args(() => WorkersArgs) args: object,
    @Ctx() context: RequestContext,
  ): Promise<LiveConnection<Worker>> {
    return context.run(listWorkers, args).then((page) => liveConnection(page, (worker) => worker));
  }

  @Query(() => [WorkerTransition], { nullable: true, description: describe(listWorkerTransitions) })
  workerTransitions(@Ctx() context: RequestContext): Promise<readonly WorkerTransition[]> {
    return context.run(listWorkerTransitions, {});
  }

  @Mutation(() => WorkerPayload, { nullable: true, description: describe(registerWorker) })
  registerWorker(
    @Arg('input', () => RegisterWorkerInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<WorkerPayload> {
    return context.run(registerWorker, input);
  }

  @Mutation(() => WorkerPayload, { nullable: true, description: describe(transitionWorker) })
  transitionWorker(
    @Arg('input', () => TransitionWorkerInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<WorkerPayload> {
    return context.run(transitionWorker, input);
  }

  @Subscription(() => WorkerChange, {
    description: describe(watchWorkers),
    subscribe: ({ args, context }) => (context as RequestContext).subscribe(watchWorkers, args),
  })
  workerChanges(@Root() change: WorkerChange, @Args(() => WorkerChangesArgs) _args: object): WorkerChange {
    return change;
  }

  @Mutation(() => WorkerPayload, { nullable: true, description: describe(drainWorker) })
  drainWorker(
    @Arg('input', () => DrainWorkerInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<WorkerPayload> {
    return context.run(drainWorker, input);
  }

  @Mutation(() => WorkerPayload, { nullable: true, description: describe(cancelWorkerDrain) })
  cancelWorkerDrain(
    @Arg('input', () => CancelWorkerDrainInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<WorkerPayload> {
    return context.run(cancelWorkerDrain, input);
  }

  @Mutation(() => WorkerPayload, { nullable: true, description: describe(reportWorker) })
  reportWorker(
    @Arg('input', () => ReportWorkerInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<WorkerPayload> {
    return context.run(reportWorker, input);
  }

  @Mutation(() => WorkerPayload, { nullable: true, description: describe(updateWorker) })
  updateWorker(
    @Arg('input', () => UpdateWorkerInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<WorkerPayload> {
    return context.run(updateWorker, input);
  }
}
