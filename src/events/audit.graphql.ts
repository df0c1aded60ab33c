import { Args, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { connection, connectionType, type Connection } from '../graphql/connection.js';
import { argsType, enumType } from '../graphql/input-type.js';
import type { RequestContext } from '../graphql/request-context.js';
import { DateTime } from '../graphql/scalars.js';
import { describe } from '../lib/operation.js';
import { EventField } from './event.graphql.js';
import { AUDIT_TARGETS, listAuditRecords } from './list-audit-records.js';

const AuditTargetEnum = enumType<keyof typeof AUDIT_TARGETS>('AuditTarget', 'What a change can be about.', {
  DEFINITION: 'A `LabletDefinition`.',
  INSTANCE: 'A `LabletInstance`.',
  WORKER: 'A `Worker`.',
  TEMPLATE: 'A `WorkerTemplate`.',
  CONTROL_PLANE: 'No single object: a repair that was asked for, a file of templates that was loaded again.',
});

@ObjectType({ description: 'One change, kept 365 days.' })
class AuditRecord {
  @Field(() => ID, { description: 'Prefix `evt_` and a ULID; that of the event, where it is one.' })
  id!: string;

  @Field(() => DateTime, { description: 'When.' })
  at!: string;

  @Field(() => String, { description: 'Who: a subject, or `system:<part>` for automatic moves.' })
  caller!: string;

  @Field(() => String, {
    nullable: true,
    description: 'By which operation of the API; null for automatic moves and for changes of older servers.',
  })
  operation!: string | null;

  @Field(() => String, { description: 'What happened, for example `InstanceScheduled`.' })
  change!: string;

  @Field(() => AuditTargetEnum, { description: 'What kind of object it is about.' })
  targetType!: string;

  @Field(() => ID, { description: 'The object that changed; of a repair its report.' })
  targetId!: string;

  @Field(() => Int, { description: 'Revision of the object after the change.' })
  revision!: number;

  @Field(() => String, { nullable: true, description: 'The request that caused it; the log has it too.' })
  requestId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Where the command came from: an address or `system:<part>`.',
  })
  source!: string | null;

  @Field(() => [EventField], {
    description: 'What it says, value by value; the tokens of claims are left out.',
  })
  details!: EventField[];
}

const API_TARGETS = new Map<string, string>(
  Object.entries(AUDIT_TARGETS).map(([api, stored]) => [stored, api]),
);

const AuditRecordConnection = connectionType('AuditRecord', () => AuditRecord);
const AuditRecordsArgs = argsType('AuditRecordsArgs', listAuditRecords.request);

@Resolver()
export class AuditResolver {
  @Query(() => AuditRecordConnection, { nullable: true, description: describe(listAuditRecords) })
  auditRecords(
    @Args(() => AuditRecordsArgs) args: object,
    @Ctx() context: RequestContext,
  ): Promise<Connection<AuditRecord>> {
    return context.run(listAuditRecords, args).then((page) =>
      connection(page, ({ by, type, aggregateType, aggregateId, ...event }) => ({
        ...event,
        caller: by,
        change: type,
        targetType: API_TARGETS.get(aggregateType) ?? '',
        targetId: aggregateId,
      })),
    );
  }
}
