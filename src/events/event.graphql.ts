import { Args, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { connection, connectionType, type Connection } from '../graphql/connection.js';
import { argsType, enumType } from '../graphql/input-type.js';
import type { RequestContext } from '../graphql/request-context.js';
import { DateTime } from '../graphql/scalars.js';
import { describe } from '../lib/operation.js';
import { AGGREGATE_TYPES, listEvents } from './list-events.js';

const AggregateTypeEnum = enumType<keyof typeof AGGREGATE_TYPES>(
  'AggregateType',
  'Kinds of objects that change through events.',
  {
    DEFINITION: 'A `LabletDefinition`.',
    INSTANCE: 'A `LabletInstance`.',
    WORKER: 'A `Worker`.',
    TEMPLATE: 'A `WorkerTemplate`.',
  },
);

@ObjectType({ description: 'One value inside the payload of an event.' })
export class EventField {
  @Field(() => String, {
    description: 'Its place, from the outside in: `declaredCapacity.cpuCores`, `ports.0.number`.',
  })
  path!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Texts as they are; numbers, `true` and `false` as JSON writes them; null for null.',
  })
  value!: string | null;
}

@ObjectType({ description: 'One change of one object, kept 365 days.' })
class DomainEvent {
  @Field(() => ID, { description: 'Prefix `evt_` and a ULID; stable, so that duplicates can be told.' })
  id!: string;

  @Field(() => String, { description: 'What happened, for example `InstanceScheduled`.' })
  type!: string;

  @Field(() => AggregateTypeEnum, { description: 'What kind of object changed.' })
  aggregateType!: string;

  @Field(() => ID, { description: 'The object that changed.' })
  aggregateId!: string;

  @Field(() => Int, { description: 'Counts the events of the object from 1.' })
  number!: number;

  @Field(() => Int, {
    description: 'Revision of the object after the commit; events of one commit share it.',
  })
  revision!: number;

  @Field(() => DateTime, { description: 'When.' })
  at!: string;

  @Field(() => String, { description: 'Who: a subject, or `system:<part>`.' })
  by!: string;

  @Field(() => String, { nullable: true, description: 'The request that caused it; it is in the log too.' })
  requestId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Where the command came from: an address or `system:<part>`.',
  })
  source!: string | null;

  @Field(() => ID, { nullable: true, description: 'The worker it is about.' })
  workerId!: string | null;

  @Field(() => [EventField], {
    description:
      'What it says, value by value; empty lists hold none, and the tokens of claims are left out.',
  })
  payload!: EventField[];
}

const API_TYPES = new Map<string, string>(
  Object.entries(AGGREGATE_TYPES).map(([api, stored]) => [stored, api]),
);

const DomainEventConnection = connectionType('DomainEvent', () => DomainEvent);
const EventsArgs = argsType('EventsArgs', listEvents.request);

@Resolver()
export class EventResolver {
  @Query(() => DomainEventConnection, { nullable: true, description: describe(listEvents) })
  events(
    @Args(() => EventsArgs) args: object,
    @Ctx() context: RequestContext,
  ): Promise<Connection<DomainEvent>> {
    return context
      .run(listEvents, args)
      .then((page) =>
        connection(page, (event) => ({ ...event, aggregateType: API_TYPES.get(event.aggregateType) ?? '' })),
      );
  }
}
