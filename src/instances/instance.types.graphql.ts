import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { enumType } from '../graphql/input-type.js';
import { DateTime, LiveRevision, Port, SemVer } from '../graphql/scalars.js';
import { LiveEventKindEnum, Node, PortKindEnum, PortProtocolEnum } from '../graphql/shared-types.js';

/** Object types of instances, own fields only. */

export const InstanceStateEnum = enumType(
  'InstanceState',
  'State of an instance, from request to clean-up.',
  {
    PENDING: 'Asked for, no worker yet.',
    SCHEDULED: 'Worker and ports fixed, waiting for its time.',
    INSTANTIATING: 'Lab being imported and started.',
    RUNNING: 'Usable by its owner.',
    COLLECTING: 'Evidence being read from the nodes.',
    GRADING: 'Evidence being scored outside.',
    STOPPING: 'Lab being stopped.',
    STOPPED: 'Lab stopped, room still held.',
    ARCHIVED: 'Results stored, ready for clean-up.',
    TERMINATED: 'Everything released, final.',
  },
);

export const InstanceOrderFieldEnum = enumType('InstanceOrderField', 'Orders of a list of instances.', {
  START: 'By the start of the slot.',
  CREATED_AT: 'By the time they were asked for.',
});

const PortStatusEnum = enumType('PortStatus', 'How far a controller has come with a port.', {
  ALLOCATED: 'The number is held.',
  CONFIGURED: 'The controller has set it up.',
  REACHABLE: 'It answers.',
});

@ObjectType({ description: 'One move of an instance.' })
class InstanceHistoryEntry {
  @Field(() => Int, { description: 'Number of the entry, from 1.' })
  sequence!: number;

  @Field(() => InstanceStateEnum, { nullable: true, description: 'State before; null in the first entry.' })
  from!: string | null;

  @Field(() => InstanceStateEnum, { description: 'State after.' })
  to!: string;

  @Field(() => DateTime, { description: 'When.' })
  at!: string;

  @Field(() => String, { description: 'Who: a subject, or `system:<part>`.' })
  by!: string;

  @Field(() => String, { nullable: true, description: 'Why.' })
  reason!: string | null;
}

@ObjectType({ description: 'A port with the number it got.' })
class AllocatedPort {
  @Field(() => String, { description: 'Name from the port template.' })
  name!: string;

  @Field(() => PortProtocolEnum, { description: 'Transport protocol.' })
  protocol!: string;

  @Field(() => PortKindEnum, { description: 'What is behind it.' })
  kind!: string;

  @Field(() => Port, { description: 'The number, unique on its worker.' })
  number!: number;

  @Field(() => PortStatusEnum, { description: 'How far a controller has come with it.' })
  status!: string;
}

@ObjectType({ description: 'A port number held by a claim.' })
class ClaimedPort {
  @Field(() => String, { description: 'Name from the port template.' })
  name!: string;

  @Field(() => Port, { description: 'The number.' })
  number!: number;
}

@ObjectType({ description: 'The room an instance holds, or held, on its worker.' })
class InstanceClaim {
  @Field(() => ID, { description: 'The worker.' })
  workerId!: string;

  @Field(() => Int, { description: 'CPU cores.' })
  cpuCores!: number;

  @Field(() => Int, { description: 'Memory in GiB.' })
  memoryGb!: number;

  @Field(() => Int, { description: 'Storage in GiB.' })
  storageGb!: number;

  @Field(() => Int, { description: 'CML nodes.' })
  nodes!: number;

  @Field(() => [ClaimedPort], { description: 'Port numbers.' })
  ports!: ClaimedPort[];

  @Field(() => DateTime, { description: 'Since when.' })
  claimedAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'Until when; null while it is held.' })
  releasedAt!: string | null;
}

@ObjectType({ description: 'Points of one criterion.' })
class ScoreLine {
  @Field(() => String, { description: 'What was scored.' })
  criterion!: string;

  @Field(() => Float, { description: 'Points given.' })
  points!: number;

  @Field(() => Float, { description: 'Points possible.' })
  max!: number;
}

@ObjectType({ description: 'Result of grading.' })
class GradingScore {
  @Field(() => Float, { description: 'Points given.' })
  total!: number;

  @Field(() => Float, { description: 'Points possible.' })
  max!: number;

  @Field(() => Boolean, { description: 'Whether it is a pass.' })
  passed!: boolean;

  @Field(() => [ScoreLine], { description: 'Points by criterion.' })
  breakdown!: ScoreLine[];

  @Field(() => DateTime, { description: 'When it was recorded.' })
  gradedAt!: string;
}

@ObjectType({ description: 'A request to end an instance whose lab has to be stopped first.' })
class TerminationRequest {
  @Field(() => DateTime, { description: 'When.' })
  at!: string;

  @Field(() => String, { description: 'Who.' })
  by!: string;

  @Field(() => String, { nullable: true, description: 'Why.' })
  reason!: string | null;
}

@ObjectType({ description: 'A failed start that a controller reported.' })
class StartFailure {
  @Field(() => String, { description: 'Code of the controller.' })
  code!: string;

  @Field(() => String, { description: 'For people.' })
  message!: string;

  @Field(() => DateTime, { description: 'When.' })
  at!: string;
}

@ObjectType({ implements: Node, description: 'One run of one definition version, from request to clean-up.' })
export class LabletInstance extends Node {
  @Field(() => ID, { description: 'The definition version it runs; never changes.' })
  definitionId!: string;

  @Field(() => String, { description: 'Name of the definition.' })
  definitionName!: string;

  @Field(() => SemVer, { description: 'Version of the definition.' })
  definitionVersion!: string;

  @Field(() => String, { description: 'Subject of its owner.' })
  ownerId!: string;

  @Field(() => String, { nullable: true, description: 'Reference of an outside booking.' })
  reservationId!: string | null;

  @Field(() => DateTime, { description: 'Start of the slot.' })
  timeslotStart!: string;

  @Field(() => DateTime, { description: 'End of the slot, excluded.' })
  timeslotEnd!: string;

  @Field(() => Boolean, { description: 'Whether no start was asked for.' })
  asSoonAsPossible!: boolean;

  @Field(() => InstanceStateEnum, { description: 'Where it is in its life.' })
  state!: string;

  @Field(() => Int, { description: 'Number of the latest history entry.' })
  sequence!: number;

  @Field(() => [InstanceHistoryEntry], { description: 'Every move, oldest first.' })
  history!: InstanceHistoryEntry[];

  @Field(() => ID, { nullable: true, description: 'Its worker, kept after the end.' })
  workerId!: string | null;

  @Field(() => String, { nullable: true, description: 'Id of the lab in CML.' })
  cmlLabId!: string | null;

  @Field(() => [AllocatedPort], { description: 'Its ports with their numbers, in template order.' })
  allocatedPorts!: AllocatedPort[];

  @Field(() => InstanceClaim, { nullable: true, description: 'The room it holds; null before scheduling.' })
  claim!: InstanceClaim | null;

  @Field(() => GradingScore, { nullable: true, description: 'Result of grading.' })
  gradingScore!: GradingScore | null;

  @Field(() => TerminationRequest, { nullable: true, description: 'Set when its end was asked for.' })
  terminationRequested!: TerminationRequest | null;

  @Field(() => Int, { description: 'Failed starts, at most 3.' })
  retryCount!: number;

  @Field(() => StartFailure, { nullable: true, description: 'The latest failed start.' })
  lastError!: StartFailure | null;

  @Field(() => DateTime, { description: 'When it was asked for.' })
  createdAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'When it got its worker.' })
  scheduledAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When its lab first ran.' })
  startedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When its lab stopped.' })
  endedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When everything was released.' })
  terminatedAt!: string | null;

  @Field(() => Int, { nullable: true, description: 'Seconds from start to end of the lab.' })
  durationSeconds!: number | null;

  @Field(() => DateTime, { description: 'Latest change.' })
  updatedAt!: string;

  @Field(() => Int, { description: 'Counts its changes; give it back as `expectedRevision`.' })
  revision!: number;
}

@ObjectType({ description: 'One legal move of an instance.' })
export class InstanceTransition {
  @Field(() => Int, { description: 'Number in the table.' })
  number!: number;

  @Field(() => InstanceStateEnum, { description: 'State before.' })
  from!: string;

  @Field(() => InstanceStateEnum, { description: 'State after.' })
  to!: string;

  @Field(() => [String], { description: 'Commands that make it.' })
  commands!: readonly string[];

  @Field(() => String, { description: 'Event it raises.' })
  event!: string;
}

@ObjectType({ description: 'The move behind a live message.' })
class LiveInstanceTransition {
  @Field(() => InstanceStateEnum, { nullable: true, description: 'State before.' })
  from!: string | null;

  @Field(() => InstanceStateEnum, { description: 'State after.' })
  to!: string;

  @Field(() => DateTime, { description: 'When.' })
  at!: string;

  @Field(() => Int, { description: 'Number of the history entry; rises, and may skip.' })
  sequence!: number;
}

@ObjectType({ description: 'One message of `instanceChanges`.' })
export class InstanceChange {
  @Field(() => LiveEventKindEnum, { description: 'What the message says.' })
  kind!: string;

  @Field(() => LiveRevision, { description: 'Position of the message; give it back as `after`.' })
  liveRevision!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'The instance; null on SYNCED, BOOKMARK, RESYNC_REQUIRED.',
  })
  instanceId!: string | null;

  @Field(() => LiveInstanceTransition, { nullable: true, description: 'The move that was made.' })
  transition!: LiveInstanceTransition | null;

  @Field(() => LabletInstance, {
    nullable: true,
    description: 'The instance, as new as the move or newer; null where it is not shown.',
  })
  instance!: LabletInstance | null;
}

@ObjectType({ description: 'Answer of commands on an instance.' })
export class InstancePayload {
  @Field(() => LabletInstance, { description: 'The instance after the command.' })
  instance!: LabletInstance;

  @Field(() => LiveRevision, {
    nullable: true,
    description: 'Live revision at which subscribers see it; null if that failed.',
  })
  liveRevision!: string | null;
}
