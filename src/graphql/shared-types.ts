import { Field, Int, InterfaceType, ID, ObjectType } from 'type-graphql';
import { ID_PREFIXES } from '../lib/ids.js';
import { ERROR_CODES, type ErrorCode } from '../errors.js';
import { enumType } from './input-type.js';
import { Port } from './scalars.js';

/** Types that several features show. */

export const LicenseTypeEnum = enumType('LicenseType', 'Licence kinds of a CML controller.', {
  PERSONAL: 'At most 20 nodes on a worker, over all its instances together.',
  ENTERPRISE: 'No limit of nodes.',
  EVALUATION: 'At most 5 nodes on a worker, over all its instances together.',
});

export const RoleEnum = enumType('Role', 'What a caller may be; rights of several roles add up.', {
  ADMIN: 'Platform administrator: everything, including repair and archiving.',
  AUTHOR: 'Lab author: creates, versions, syncs and deprecates definitions.',
  MANAGER: 'Operator: workers, templates and all instances.',
  USER: 'Candidate or learner: books, watches and ends own instances.',
  SERVICE: 'Scheduler, controllers, booking and assessment systems.',
});

export const LiveEventKindEnum = enumType('LiveEventKind', 'What a message of a live stream says.', {
  SNAPSHOT: 'An object as it is now; more may follow before SYNCED.',
  SYNCED: 'The snapshot, or what was missed, is complete.',
  CHANGED: 'An object changed, or came to match the filter.',
  REMOVED: 'An object no longer matches the filter.',
  BOOKMARK: 'Nothing happened for a while; the position moved on.',
  RESYNC_REQUIRED: 'The position is too old: a new snapshot follows; drop what it lacks.',
});

export const PortProtocolEnum = enumType('PortProtocol', 'Transport protocol of a port.', {
  TCP: 'Transmission Control Protocol.',
  UDP: 'User Datagram Protocol.',
});

export const PortKindEnum = enumType('PortKind', 'What is behind an outside port.', {
  SERIAL: 'A serial console of a node.',
  VNC: 'The screen of a node.',
  PAT: 'A port of a node, translated.',
  OTHER: 'Anything else.',
});

export const OrderDirectionEnum = enumType('OrderDirection', 'Direction of a list.', {
  ASC: 'Lowest first.',
  DESC: 'Highest first.',
});

const codes = Object.entries(ERROR_CODES).map(([code, { when, retryable }]) => [
  code,
  `${when} ${retryable ? 'The same call may succeed later.' : 'Repeating the call does not help.'}`,
]);
export const ErrorCodeEnum = enumType(
  'ErrorCode',
  'Codes in `errors[].extensions.code`. They never change meaning.',
  Object.fromEntries(codes) as Record<ErrorCode, string>,
);

const TYPE_OF_PREFIX: Readonly<Record<string, string>> = {
  def: 'LabletDefinition',
  ins: 'LabletInstance',
  wrk: 'Worker',
  tpl: 'WorkerTemplate',
  rep: 'RepairReport',
};

/** Name of the object type an id belongs to, or undefined. */
export function typeOfId(id: string): string | undefined {
  const prefix = ID_PREFIXES.find((known) => id.startsWith(`${known}_`));
  return prefix && TYPE_OF_PREFIX[prefix];
}

@InterfaceType({
  description: 'An object with an id that never changes its form.',
  resolveType: (value: { id: string }) => typeOfId(value.id),
})
export abstract class Node {
  @Field(() => ID, { description: 'Type prefix and ULID, for example `ins_01J…`.' })
  id!: string;
}

@ObjectType({ description: 'Room of a worker; `nodes` null means no limit.' })
export class Capacity {
  @Field(() => Int, { description: 'CPU cores.' })
  cpuCores!: number;

  @Field(() => Int, { description: 'Memory in GiB.' })
  memoryGb!: number;

  @Field(() => Int, { description: 'Storage in GiB.' })
  storageGb!: number;

  @Field(() => Int, {
    nullable: true,
    description: 'CML nodes that count against a licence; null: no limit.',
  })
  nodes!: number | null;
}

@ObjectType({ description: 'Port numbers that may be handed out, both ends included.' })
export class PortRange {
  @Field(() => Port, { description: 'Lowest number.' })
  start!: number;

  @Field(() => Port, { description: 'Highest number.' })
  end!: number;
}
