import { Arg, Args, Ctx, Field, ID, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { connection, connectionType, type Connection } from '../graphql/connection.js';
import { argsType, enumType, operationInput } from '../graphql/input-type.js';
import type { RequestContext } from '../graphql/request-context.js';
import { DateTime, LiveRevision } from '../graphql/scalars.js';
import { Node } from '../graphql/shared-types.js';
import { describe } from '../lib/operation.js';
import { getRepairReport } from './get-repair-report.js';
import { listRepairReports } from './list-repair-reports.js';
import { runRepair } from './run-repair.js';

const FindingKindEnum = enumType('RepairFindingKind', 'What repair found.', {
  WORKER_GONE: 'An instance on a worker that is STOPPED or TERMINATED.',
  ORPHAN_CLAIM: 'A claim that no document supports.',
  MISSING_CLAIM: 'A document records a claim that is in no key.',
  CLAIM_LOST: 'The same, and its room or a number is taken by another one; only reported.',
  PARTIAL_CLAIM: 'A claim that is in some of its keys only.',
  STALE_STATE: 'A live state that is older than the document, or missing.',
  AHEAD_STATE: 'A live state that is newer than the document, or a key without a document.',
  STALE_CONFIG: 'Limits or openness of a worker differ from its document, or its claim keys are missing.',
  UNFINISHED_SYNC: 'A version that a sync replaced and that is still ACTIVE.',
  MALFORMED_KEY: 'A key that cannot be read.',
  UNPUBLISHED_EVENT: 'An event that waits in its document.',
});

const FindingActionEnum = enumType('RepairAction', 'What was done about a finding.', {
  REPAIRED: 'Mended.',
  REPORTED: 'Left as it is.',
});

const ReportStatusEnum = enumType('RepairReportStatus', 'How far a pass of repair is.', {
  REQUESTED: 'Waits for the leader.',
  RUNNING: 'Under way.',
  DONE: 'Finished.',
  FAILED: 'Ended early, by a store for instance; ask again.',
});

const ReportTriggerEnum = enumType('RepairTrigger', 'What started a pass of repair.', {
  LEAD: 'A process took the lead.',
  SWEEP: 'The interval of the leader.',
  REQUEST: '`runRepair`.',
});

const WithheldEnum = enumType('RepairWithheld', 'Why a pass mended nothing.', {
  DRY_RUN: 'It was asked to report only.',
  THRESHOLD: 'It would have taken away too much; `force` does it.',
  DOCUMENTS_WENT_BACK: 'The documents are older than the live store; `force` accepts them.',
});

@ObjectType({ description: 'One difference between documents and live keys, or work left half done.' })
class RepairFinding {
  @Field(() => FindingKindEnum, { description: 'What it is.' })
  kind!: string;

  @Field(() => ID, { description: 'Id of the instance, worker, definition or template.' })
  entityId!: string;

  @Field(() => ID, { nullable: true, description: 'The worker it is about, if any.' })
  workerId!: string | null;

  @Field(() => String, { description: 'What the documents say.' })
  expected!: string;

  @Field(() => String, { description: 'What was found.' })
  actual!: string;

  @Field(() => FindingActionEnum, { description: 'What was done about it.' })
  action!: string;
}

@ObjectType({ implements: Node, description: 'A pass of repair.' })
class RepairReport extends Node {
  @Field(() => ReportStatusEnum, { description: 'How far it is.' })
  status!: string;

  @Field(() => ReportTriggerEnum, { description: 'What started it.' })
  trigger!: string;

  @Field(() => String, { description: 'Who asked for it; `system:repair` for those of the leader.' })
  requestedBy!: string;

  @Field(() => Boolean, { description: 'Whether it was only to report.' })
  dryRun!: boolean;

  @Field(() => Boolean, { description: 'Whether it was to mend what a pass by itself withholds.' })
  force!: boolean;

  @Field(() => DateTime, { description: 'When it started; while REQUESTED, when it was asked for.' })
  startedAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'When it ended.' })
  finishedAt!: string | null;

  @Field(() => Int, { description: 'Number of all findings.' })
  found!: number;

  @Field(() => Int, { description: 'How many of them were mended.' })
  repaired!: number;

  @Field(() => WithheldEnum, {
    nullable: true,
    description: 'Why it mended nothing; null where it was free to.',
  })
  withheld!: string | null;

  @Field(() => [RepairFinding], { description: 'The first 1000 findings.' })
  findings!: readonly RepairFinding[];
}

@ObjectType({ description: 'Answer of `runRepair`.' })
class RepairPayload {
  @Field(() => RepairReport, { description: 'The report; RUNNING or REQUESTED when it takes longer.' })
  report!: RepairReport;

  @Field(() => LiveRevision, { nullable: true, description: 'Position of the live feed after the command.' })
  liveRevision!: string | null;
}

const RepairReportConnection = connectionType('RepairReport', () => RepairReport);
const RunRepairInput = operationInput(runRepair);
const RepairReportArgs = argsType('RepairReportArgs', getRepairReport.request);
const RepairReportsArgs = argsType('RepairReportsArgs', listRepairReports.request);

@Resolver()
export class RepairResolver {
  @Query(() => RepairReport, { nullable: true, description: describe(getRepairReport) })
  repairReport(
    @Args(() => RepairReportArgs) args: object,
    @Ctx() context: RequestContext,
  ): Promise<RepairReport> {
    return context.run(getRepairReport, args);
  }

  @Query(() => RepairReportConnection, { nullable: true, description: describe(listRepairReports) })
  repairReports(
    @Args(() => RepairReportsArgs) args: object,
    @Ctx() context: RequestContext,
  ): Promise<Connection<RepairReport>> {
    return context.run(listRepairReports, args).then((page) => connection(page, (report) => report));
  }

  @Mutation(() => RepairPayload, { nullable: true, description: describe(runRepair) })
  runRepair(
    @Arg('input', () => RunRepairInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<RepairPayload> {
    return context.run(runRepair, input);
  }
}
