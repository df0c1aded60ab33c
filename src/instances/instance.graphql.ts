import { Arg, Args, Ctx, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import { liveConnection, liveConnectionType, type LiveConnection } from '../graphql/connection.js';
import { argsType, operationInput } from '../graphql/input-type.js';
import type { RequestContext } from '../graphql/request-context.js';
import { describe } from '../lib/operation.js';
import { approachingInstances } from './approaching-instances.js';
import { createInstance } from './create-instance.js';
import { getInstance, getInstanceByReservation } from './get-instance.js';
import {
  InstanceChange,
  InstancePayload,
  InstanceTransition,
  LabletInstance,
} from './instance.types.graphql.js';
import { listInstances } from './list-instances.js';
import { listInstanceTransitions } from './list-transitions.js';
import { recordGradingScore } from './record-grading-score.js';
import { reportInstance } from './report-instance.js';
import { scheduleInstance } from './schedule-instance.js';
import { terminateInstance } from './terminate-instance.js';
import { transitionInstance } from './transition-instance.js';
import { watchInstances } from './watch-instances.js';

export const InstanceConnection = liveConnectionType('LabletInstance', () => LabletInstance);
const InstanceArgs = argsType('InstanceArgs', getInstance.request);
const InstanceByReservationArgs = argsType('InstanceByReservationArgs', getInstanceByReservation.request);
const InstancesArgs = argsType('InstancesArgs', listInstances.request);
const ApproachingInstancesArgs = argsType('ApproachingInstancesArgs', approachingInstances.request);
const InstanceChangesArgs = argsType('InstanceChangesArgs', watchInstances.request);
const CreateInstanceInput = operationInput(createInstance);
const ScheduleInstanceInput = operationInput(scheduleInstance);
const TransitionInstanceInput = operationInput(transitionInstance);
const RecordGradingScoreInput = operationInput(recordGradingScore);
const ReportInstanceInput = operationInput(reportInstance);
const TerminateInstanceInput = operationInput(terminateInstance);

@Resolver()
export class InstanceResolver {
  @Query(() => LabletInstance, { nullable: true, description: describe(getInstance) })
  instance(@Args(() => InstanceArgs) args: object, @Ctx() context: RequestContext): Promise<LabletInstance> {
    return context.run(getInstance, args);
  }

  @Query(() => LabletInstance, { nullable: true, description: describe(getInstanceByReservation) })
  instanceByReservation(
    @Args(() => InstanceByReservationArgs) args: object,
    @Ctx() context: RequestContext,
  ): Promise<LabletInstance> {
    return context.run(getInstanceByReservation, args);
  }

  @Query(() => InstanceConnection, { nullable: true, description: describe(listInstances) })
  instances(
    @Args(() => InstancesArgs) args: object,
    @Ctx() context: RequestContext,
  ): Promise<LiveConnection<LabletInstance>> {
    return context.run(listInstances, args).then((page) => liveConnection(page, (instance) => instance));
  }

  @Query(() => InstanceConnection, { nullable: true, description: describe(approachingInstances) })
  approachingInstances(
    @Args(() => ApproachingInstancesArgs) args: object,
    @Ctx() context: RequestContext,
  ): Promise<LiveConnection<LabletInstance>> {
    return context
      .run(approachingInstances, args)
      .then((page) => liveConnection(page, (instance) => instance));
  }

  @Query(() => [InstanceTransition], { nullable: true, description: describe(listInstanceTransitions) })
  instanceTransitions(@Ctx() context: RequestContext): Promise<readonly InstanceTransition[]> {
    return context.run(listInstanceTransitions, {});
  }

  @Mutation(() => InstancePayload, { nullable: true, description: describe(createInstance) })
  createInstance(
    @Arg('input', () => CreateInstanceInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<InstancePayload> {
    return context.run(createInstance, input);
  }

  @Mutation(() => InstancePayload, { nullable: true, description: describe(scheduleInstance) })
  scheduleInstance(
    @Arg('input', () => ScheduleInstanceInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<InstancePayload> {
    return context.run(scheduleInstance, input);
  }

  @Mutation(() => InstancePayload, { nullable: true, description: describe(transitionInstance) })
  transitionInstance(
    @Arg('input', () => TransitionInstanceInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<InstancePayload> {
    return context.run(transitionInstance, input);
  }

  @Mutation(() => InstancePayload, { nullable: true, description: describe(recordGradingScore) })
  recordGradingScore(
    @Arg('input', () => RecordGradingScoreInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<InstancePayload> {
    return context.run(recordGradingScore, input);
  }

  @Mutation(() => InstancePayload, { nullable: true, description: describe(reportInstance) })
  reportInstance(
    @Arg('input', () => ReportInstanceInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<InstancePayload> {
    return context.run(reportInstance, input);
  }

  @Mutation(() => InstancePayload, { nullable: true, description: describe(terminateInstance) })
  terminateInstance(
    @Arg('input', () => TerminateInstanceInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<InstancePayload> {
    return context.run(terminateInstance, input);
  }

  @Subscription(() => InstanceChange, {
    description: describe(watchInstances),
    subscribe: ({ args, context }) => (context as RequestContext).subscribe(watchInstances, args),
  })
  instanceChanges(
    @Root() change: InstanceChange,
    @Args(() => InstanceChangesArgs) _args: object,
  ): InstanceChange {
    return change;
  }
}
