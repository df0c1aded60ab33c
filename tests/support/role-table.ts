import {
  getNamedType,
  isInputObjectType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationTypeNode,
} from 'graphql';
import type { Role } from '../../src/lib/actor.js';
import { sendGraphql } from './answers.js';
import { openSocket } from './raw-socket.js';

const ALL: readonly Role[] = ['ADMIN', 'AUTHOR', 'MANAGER', 'USER', 'SERVICE'];
const AUTHORS: readonly Role[] = ['ADMIN', 'AUTHOR'];
const REPORTERS: readonly Role[] = ['ADMIN', 'SERVICE'];
const MANAGERS: readonly Role[] = ['ADMIN', 'MANAGER'];
const OPERATORS: readonly Role[] = ['ADMIN', 'MANAGER', 'SERVICE'];

/** Who may call what, as section 12 of the specification says; also for what a later phase adds to the schema. */
export const ROLE_TABLE: Readonly<
  Record<'query' | 'mutation' | 'subscription', Readonly<Record<string, readonly Role[]>>>
> = {
  query: {
    definition: ALL,
    definitionByName: ALL,
    definitions: ALL,
    definitionVersions: ALL,
    definitionDifference: ALL,
    inspectLabYaml: AUTHORS,
    instance: ALL,
    instanceByReservation: ALL,
    instances: ALL,
    approachingInstances: OPERATORS,
    worker: OPERATORS,
    workerByName: OPERATORS,
    workers: OPERATORS,
    workerPort: OPERATORS,
    placementPreview: OPERATORS,
    template: ALL,
    templateByName: ALL,
    templates: ALL,
    selectTemplate: ALL,
    templateReport: MANAGERS,
    instanceTransitions: ALL,
    workerTransitions: ALL,
    viewer: ALL,
    events: OPERATORS,
    auditRecords: ['ADMIN'],
    repairReport: MANAGERS,
    repairReports: MANAGERS,
    liveRevision: ALL,
    node: ALL,
    nodes: ALL,
  },
  mutation: {
    createDefinition: AUTHORS,
    createDefinitionVersion: AUTHORS,
    deprecateDefinition: AUTHORS,
    archiveDefinition: ['ADMIN'],
    syncDefinition: ['ADMIN', 'AUTHOR', 'SERVICE'],
    createInstance: ALL,
    scheduleInstance: OPERATORS,
    transitionInstance: REPORTERS,
    recordGradingScore: REPORTERS,
    reportInstance: REPORTERS,
    terminateInstance: ALL,
    registerWorker: MANAGERS,
    updateWorker: MANAGERS,
    transitionWorker: OPERATORS,
    drainWorker: OPERATORS,
    cancelWorkerDrain: MANAGERS,
    reportWorker: REPORTERS,
    createTemplate: MANAGERS,
    updateTemplate: MANAGERS,
    reloadTemplates: MANAGERS,
    runRepair: ['ADMIN'],
  },
  subscription: { instanceChanges: ALL, workerChanges: OPERATORS },
};

/** The table of codes tells nothing that the schema does not tell, so it asks nobody who they are. */
export const PUBLIC: readonly string[] = ['errorCodes'];

/** Root fields of the schema that the table has no row for: nobody has said who may call them. */
export function unruled(schema: GraphQLSchema): string[] {
  return (['query', 'mutation', 'subscription'] as const).flatMap((kind) =>
    Object.keys(schema.getRootType(kind as OperationTypeNode)?.getFields() ?? {})
      .filter((name) => !(name in ROLE_TABLE[kind]) && !PUBLIC.includes(name))
      .map((name) => `${kind} ${name}`),
  );
}

/** A document that calls the field with the least it takes, whatever the values mean. */
export function sampleCall(kind: string, { name, args, type }: GraphQLField<unknown, unknown>): string {
  const given = args.filter(isRequiredArgument).map((arg) => `${arg.name}: ${literal(arg.type)}`);
  const inner = given.length > 0 ? `(${given.join(', ')})` : '';
  return `${kind} { ${name}${inner} ${isLeafType(getNamedType(type)) ? '' : '{ __typename }'} }`;
}

/** The code that the call is answered with, `OK` for data; a subscription is asked for over a socket. */
export async function codeOf(
  url: string,
  kind: string,
  query: string,
  token: string | null,
): Promise<string> {
  if (kind !== 'subscription') {
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    return ((await sendGraphql(url, { query }, headers)).fault.code as string | undefined) ?? 'OK';
  }
  const socket = await openSocket(url, { token });
  socket.subscribe('call', query);
  const answer = await socket.answer('call');
  socket.close();
  return (answer.code as string | undefined) ?? 'OK';
}

const SCALARS: Readonly<Record<string, string>> = {
  ID: `"ins_${'0'.repeat(26)}"`,
  String: '"sample"',
  Int: '1',
  Float: '1.5',
  Boolean: 'true',
  SemVer: '"1.0.0"',
  Port: '2000',
  Decimal: '1',
  DateTime: '"2027-02-10T08:30:00.000Z"',
  LiveRevision: '"sample"',
};

function literal(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(type.ofType);
  if (isListType(type)) return `[${literal(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]?.name ?? '';
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(isRequiredInputField);
    return `{ ${fields.map((field) => `${field.name}: ${literal(field.type)}`).join(', ')} }`;
  }
  const scalar = SCALARS[type.name];
  if (scalar === undefined) throw new Error(`there is no sample of ${type.name}`);
  return scalar;
}
