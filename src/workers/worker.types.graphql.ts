import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { enumType } from '../graphql/input-type.js';
import { DateTime, LiveRevision, Port } from '../graphql/scalars.js';
import { Capacity, LicenseTypeEnum, LiveEventKindEnum, Node, PortRange } from '../graphql/shared-types.js';

/** Object types of workers, own fields only. */

export const WorkerStatusEnum = enumType(
  'WorkerStatus',
  'Status of a worker; only RUNNING takes new claims.',
  {
    PENDING: 'Asked for.',
    PROVISIONING: 'Machine starting, CML not ready.',
    RUNNING: 'Ready; the only status that takes new claims.',
    DRAINING: 'Finishes what it has and takes nothing new.',
    STOPPING: 'Being stopped.',
    STOPPED: 'Off, disk kept.',
    FAILED: 'Unreachable or broken; may come back.',
    TERMINATED: 'Gone, final.',
  },
);

export const WorkerWarningEnum = enumType('WorkerWarning', 'What an operator should look at.', {
  PORT_RANGE_ABOVE_CML_DEFAULT: 'The port range passes 7999, where that of CML ends.',
  REPORT_OVERDUE: 'RUNNING, but no report for 5 minutes.',
});

@ObjectType({ description: 'One move of a worker.' })
class WorkerHistoryEntry {
  @Field(() => Int, { description: 'Number of the entry, from 1.' })
  sequence!: number;

  @Field(() => WorkerStatusEnum, { nullable: true, description: 'Status before; null in the first entry.' })
  from!: string | null;

  @Field(() => WorkerStatusEnum, { description: 'Status after.' })
  to!: string;

  @Field(() => DateTime, { description: 'When.' })
  at!: string;

  @Field(() => String, { description: 'Who: a subject, or `system:<part>`.' })
  by!: string;

  @Field(() => String, { nullable: true, description: 'Why.' })
  reason!: string | null;
}

@ObjectType({ description: 'Latest load that a controller reported.' })
class Telemetry {
  @Field(() => Float, { nullable: true, description: 'CPU in use, percent.' })
  cpuPercent!: number | null;

  @Field(() => Float, { nullable: true, description: 'Memory in use, percent.' })
  memoryPercent!: number | null;

  @Field(() => Float, { nullable: true, description: 'Storage in use, percent.' })
  storagePercent!: number | null;

  @Field(() => Int, { nullable: true, description: 'Labs on the controller.' })
  labs!: number | null;
}

@ObjectType({ implements: Node, description: 'One CML controller endpoint and the machines behind it.' })
export class Worker extends Node {
  @Field(() => String, { description: 'Unique name.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Template its values were copied from.' })
  templateName!: string | null;

  @Field(() => String, { description: 'Region.' })
  region!: string;

  @Field(() => String, { description: 'Machine type.' })
  instanceType!: string;

  @Field(() => LicenseTypeEnum, { description: 'Licence of its CML controller.' })
  licenseType!: string;

  @Field(() => String, { nullable: true, description: 'Id of the machine in the cloud.' })
  cloudInstanceId!: string | null;

  @Field(() => String, { nullable: true, description: 'Image the machine runs.' })
  amiName!: string | null;

  @Field(() => String, { nullable: true, description: 'Version of CML.' })
  cmlVersion!: string | null;

  @Field(() => [String], { nullable: true, description: 'Node definitions it offers; null: not reported.' })
  nodeDefinitions!: string[] | null;

  @Field(() => String, { nullable: true, description: 'https address of its CML controller.' })
  endpointUrl!: string | null;

  @Field(() => String, { nullable: true, description: 'Host where owners reach ports.' })
  host!: string | null;

  @Field(() => WorkerStatusEnum, { description: 'Where it is in its life.' })
  status!: string;

  @Field(() => Int, { description: 'Number of the latest history entry.' })
  sequence!: number;

  @Field(() => [WorkerHistoryEntry], { description: 'Every move, oldest first.' })
  history!: WorkerHistoryEntry[];

  @Field(() => Int, { description: 'Longest drain in hours.' })
  drainTimeoutHours!: number;

  @Field(() => DateTime, { nullable: true, description: 'Since when it drains.' })
  drainStartedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Latest report of a controller.' })
  lastReportedAt!: string | null;

  @Field(() => Telemetry, { nullable: true, description: 'Latest load that was reported.' })
  telemetry!: Telemetry | null;

  @Field(() => DateTime, { description: 'When it was registered.' })
  createdAt!: string;

  @Field(() => String, { description: 'Who registered it.' })
  createdBy!: string;

  @Field(() => DateTime, { description: 'Latest change.' })
  updatedAt!: string;

  @Field(() => Int, { description: 'Counts its changes; give it back as `expectedRevision`.' })
  revision!: number;

  @Field(() => Int, { description: 'Revision of the latest change of limits.' })
  configRevision!: number;
}

@ObjectType({ description: 'Room of a worker, from its claims in the live store.' })
export class WorkerCapacity {
  @Field(() => Capacity, { description: 'Total room; `nodes` is the lower of declared and licensed.' })
  declared!: Capacity;

  @Field(() => Capacity, { description: 'Sum of all claims.' })
  allocated!: Capacity;

  @Field(() => Capacity, { description: 'What is left.' })
  available!: Capacity;
}

@ObjectType({ description: 'A port number that is held.' })
export class PortNumber {
  @Field(() => String, { description: 'Name from the port template.' })
  name!: string;

  @Field(() => Port, { description: 'The number.' })
  number!: number;
}

@ObjectType({ description: 'The port numbers one instance holds.' })
class PortAllocation {
  @Field(() => ID, { description: 'The instance.' })
  instanceId!: string;

  @Field(() => [PortNumber], { description: 'Its numbers.' })
  ports!: PortNumber[];

  @Field(() => DateTime, { description: 'Since when.' })
  claimedAt!: string;
}

@ObjectType({ description: 'Port numbers of a worker, from its claims in the live store.' })
export class WorkerPorts {
  @Field(() => PortRange, { description: 'Numbers that may be handed out.' })
  range!: PortRange;

  @Field(() => [Port], { description: 'Numbers that are never handed out.' })
  excluded!: number[];

  @Field(() => [PortAllocation], { description: 'Who holds what.' })
  allocations!: PortAllocation[];

  @Field(() => Int, { description: 'How many numbers are free.' })
  available!: number;
}

@ObjectType({ description: 'One legal move of a worker.' })
export class WorkerTransition {
  @Field(() => Int, { description: 'Number in the table.' })
  number!: number;

  @Field(() => WorkerStatusEnum, { description: 'Status before.' })
  from!: string;

  @Field(() => WorkerStatusEnum, { description: 'Status after.' })
  to!: string;

  @Field(() => String, { description: 'Command that makes it.' })
  command!: string;
}

@ObjectType({ description: 'The move behind a live message.' })
class LiveWorkerTransition {
  @Field(() => WorkerStatusEnum, { nullable: true, description: 'Status before.' })
  from!: string | null;

  @Field(() => WorkerStatusEnum, { description: 'Status after.' })
  to!: string;

  @Field(() => DateTime, { description: 'When.' })
  at!: string;

  @Field(() => Int, { description: 'Number of the history entry; rises, and may skip.' })
  sequence!: number;
}

@ObjectType({ description: 'One message of `workerChanges`.' })
export class WorkerChange {
  @Field(() => LiveEventKindEnum, { description: 'What the message says.' })
  kind!: string;

  @Field(() => LiveRevision, { description: 'Position of the message; give it back as `after`.' })
  liveRevision!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'The worker; null on SYNCED, BOOKMARK, RESYNC_REQUIRED.',
  })
  workerId!: string | null;

  @Field(() => LiveWorkerTransition, {
    nullable: true,
    description: 'The move that was made; null where claims or limits changed.',
  })
  transition!: LiveWorkerTransition | null;

  @Field(() => Worker, {
    nullable: true,
    description: 'The worker, as new as the change or newer; null where it is not shown.',
  })
  worker!: Worker | null;
}

@ObjectType({ description: 'Answer of commands on a worker.' })
export class WorkerPayload {
  @Field(() => Worker, { description: 'The worker after the command.' })
  worker!: Worker;

  @Field(() => LiveRevision, {
    nullable: true,
    description: 'Live revision at which subscribers see it; null if that failed.',
  })
  liveRevision!: string | null;
}
