import { Args, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { refusal, type Fit, type FitReason } from '../claims/fits.js';
import type { IneligibilityReason, Shortfall } from '../errors.js';
import { argsType, enumType } from '../graphql/input-type.js';
import type { RequestContext } from '../graphql/request-context.js';
import { DateTime, LiveRevision, Port, SemVer } from '../graphql/scalars.js';
import { ErrorCodeEnum, PortRange } from '../graphql/shared-types.js';
import { describe } from '../lib/operation.js';
import { getWorkerPort } from './get-worker-port.js';
import { placementPreview } from './placement-preview.js';
import type { WorkerState } from './worker-state.js';
import { PortNumber, Worker, WorkerStatusEnum } from './worker.types.graphql.js';

const CapacityDimensionEnum = enumType<Shortfall['dimension']>(
  'CapacityDimension',
  'What a worker has too little of.',
  {
    CPU_CORES: 'CPU cores.',
    MEMORY_GB: 'Memory, GiB.',
    STORAGE_GB: 'Storage, GiB.',
    NODES: 'CML nodes that count against a licence.',
    CLAIM_BYTES: 'Bytes to store its claims in.',
  },
);

const IneligibilityKindEnum = enumType<IneligibilityReason['kind']>(
  'IneligibilityKind',
  'Which fact of a worker excludes a definition.',
  {
    LICENSE: 'Its licence is not among those of the definition.',
    NODE_LIMIT: 'Its licence never allows so many nodes.',
    IMAGE_NAME: 'The name of its image.',
    IMAGE_VERSION: 'Its version of CML.',
    NODE_DEFINITIONS: 'A node definition is not installed.',
  },
);

@ObjectType({
  description: 'One reason why a worker cannot take an instance; `code` says which fields are set.',
})
class PlacementReason {
  @Field(() => ErrorCodeEnum, {
    description:
      'The error that scheduling would answer: WORKER_NOT_ACCEPTING, WORKER_NOT_ELIGIBLE, CAPACITY_EXCEEDED or ' +
      'PORTS_EXHAUSTED.',
  })
  code!: string;

  @Field(() => String, { description: 'For people.' })
  message!: string;

  @Field(() => WorkerStatusEnum, { nullable: true, description: 'WORKER_NOT_ACCEPTING: its status.' })
  status!: string | null;

  @Field(() => IneligibilityKindEnum, { nullable: true, description: 'WORKER_NOT_ELIGIBLE: which fact.' })
  kind!: string | null;

  @Field(() => String, { nullable: true, description: 'WORKER_NOT_ELIGIBLE: what the definition asks for.' })
  required!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'WORKER_NOT_ELIGIBLE: what the worker has; null: not reported.',
  })
  actual!: string | null;

  @Field(() => CapacityDimensionEnum, { nullable: true, description: 'CAPACITY_EXCEEDED: what is short.' })
  dimension!: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'CAPACITY_EXCEEDED, PORTS_EXHAUSTED: how much is needed.',
  })
  need!: number | null;

  @Field(() => Int, { nullable: true, description: 'CAPACITY_EXCEEDED, PORTS_EXHAUSTED: how much is free.' })
  free!: number | null;

  @Field(() => PortRange, { nullable: true, description: 'PORTS_EXHAUSTED: the range of the worker.' })
  range!: PortRange | null;
}

@ObjectType({ description: 'A worker that could take an instance.' })
class EligibleWorker {
  @Field(() => Worker, { description: 'The worker.' })
  worker!: Worker;

  @Field(() => [PortNumber], { description: 'The numbers an instance would get now.' })
  ports!: PortNumber[];
}

@ObjectType({ description: 'A worker that cannot take an instance.' })
class RejectedWorker {
  @Field(() => Worker, { description: 'The worker.' })
  worker!: Worker;

  @Field(() => [PlacementReason], {
    description: 'Every reason, the one that scheduling would answer first.',
  })
  reasons!: PlacementReason[];
}

@ObjectType({
  description: 'Where an instance of a definition could run now; every worker is in one of the lists.',
})
class PlacementPreview {
  @Field(() => ID, { description: 'The version that was placed.' })
  definitionId!: string;

  @Field(() => SemVer, { description: 'Its version.' })
  definitionVersion!: string;

  @Field(() => [EligibleWorker], { description: 'Workers that could take it, oldest first.' })
  eligible!: EligibleWorker[];

  @Field(() => [RejectedWorker], { description: 'All other workers, oldest first.' })
  rejected!: RejectedWorker[];

  @Field(() => LiveRevision, { description: 'Live revision that the answer is true at.' })
  liveRevision!: string;
}

@ObjectType({ description: 'The claim that holds a port number.' })
class PortHolder {
  @Field(() => ID, { description: 'The instance.' })
  instanceId!: string;

  @Field(() => String, { description: 'Name of the port in its template.' })
  name!: string;

  @Field(() => DateTime, { description: 'Since when.' })
  claimedAt!: string;
}

@ObjectType({ description: 'A port number of a worker.' })
class WorkerPort {
  @Field(() => Worker, { description: 'The worker.' })
  worker!: Worker;

  @Field(() => Port, { description: 'The number.' })
  number!: number;

  @Field(() => PortHolder, { nullable: true, description: 'Who holds it; null: it is free.' })
  holder!: PortHolder | null;

  @Field(() => LiveRevision, { description: 'Live revision that the answer is true at.' })
  liveRevision!: string;
}

const PlacementPreviewArgs = argsType('PlacementPreviewArgs', placementPreview.request);
const WorkerPortArgs = argsType('WorkerPortArgs', getWorkerPort.request);

@Resolver()
export class PlacementResolver {
  @Query(() => PlacementPreview, { nullable: true, description: describe(placementPreview) })
  placementPreview(
    @Args(() => PlacementPreviewArgs) args: object,
    @Ctx() context: RequestContext,
  ): Promise<PlacementPreview> {
    return context.run(placementPreview, args).then(({ definition, judged, liveRevision }) => ({
      definitionId: definition.id,
      definitionVersion: definition.version,
      eligible: judged.flatMap(toEligible),
      rejected: judged.flatMap(toRejected),
      liveRevision,
    }));
  }

  @Query(() => WorkerPort, { nullable: true, description: describe(getWorkerPort) })
  workerPort(@Args(() => WorkerPortArgs) args: object, @Ctx() context: RequestContext): Promise<WorkerPort> {
    return context.run(getWorkerPort, args);
  }
}

interface Judged {
  readonly worker: WorkerState;
  readonly fit: Fit;
}

function toEligible({ worker, fit }: Judged): EligibleWorker[] {
  if (!fit.fits) return [];
  return [{ worker, ports: Object.entries(fit.ports).map(([name, number]) => ({ name, number })) }];
}

function toRejected({ worker, fit }: Judged): RejectedWorker[] {
  return fit.fits ? [] : [{ worker, reasons: fit.reasons.map(toReason) }];
}

const NOTHING = {
  status: null,
  kind: null,
  required: null,
  actual: null,
  dimension: null,
  need: null,
  free: null,
  range: null,
};

function toReason(reason: FitReason): PlacementReason {
  const { message } = refusal([reason]);
  if (reason.code !== 'WORKER_NOT_ELIGIBLE') return { ...NOTHING, message, ...reason };
  const { need: required, ...rest } = reason;
  return { ...NOTHING, message, ...rest, required };
}
