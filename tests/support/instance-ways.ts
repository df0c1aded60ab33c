import type { Role } from '../../src/lib/actor.js';
import { API } from '../../src/rest/route.js';
import { send, sendGraphql } from './answers.js';
import { openSocket } from './raw-socket.js';
import type { TestServer } from './server.js';

/** An instance that somebody asks for. */
export interface Target {
  readonly id: string;
  readonly ownerId: string;
  readonly reservationId: string;
  readonly definitionId: string;
  /** A later version of that definition. */
  readonly otherId: string;
  readonly workerId: string;
  readonly templateName: string;
}

export interface Asker {
  readonly url: string;
  readonly token: string;
}

export async function asker(server: TestServer, role: Role, subject: string): Promise<Asker> {
  return { url: server.url, token: await server.token(role, subject) };
}

/** One way to an instance, as text of the whole answer; in it, `trace` stands only where the caller sees it. */
export interface Way {
  readonly ask: (asker: Asker, target: Target) => Promise<string>;
  readonly trace: (target: Target) => string;
  /** Who may go this way at all; everybody where it is not said. */
  readonly roles?: readonly Role[];
}

const OPERATORS: readonly Role[] = ['ADMIN', 'MANAGER', 'SERVICE'];
const byId = ({ id }: Target) => `"id":"${id}"`;

const graphql = (query: (target: Target) => string, more: Omit<Partial<Way>, 'ask'> = {}): Way => ({
  ask: async ({ url, token }, target) =>
    (await sendGraphql(url, { query: query(target) }, { authorization: `Bearer ${token}` })).text,
  trace: byId,
  ...more,
});

const rest = (
  method: string,
  path: (target: Target) => string,
  { headers = {}, ...more }: Omit<Partial<Way>, 'ask'> & { headers?: object } = {},
): Way => ({
  async ask({ url, token }, target) {
    const given = { authorization: `Bearer ${token}`, ...headers };
    const { status, text } = await send(url, { method, path: API + path(target), headers: given });
    return `${status} ${text}`;
  },
  trace: byId,
  ...more,
});

/** Revisions that no test reaches: whoever sees the object is told that it has another one, and nothing happens. */
const STALE = 999;
const conflict = () => 'REVISION_CONFLICT';

/** All ways to an instance. Those that change something are refused before they do. */
export const INSTANCE_WAYS: Readonly<Record<string, Way>> = {
  instance: graphql(({ id }) => `{ instance(id: "${id}") { id } }`),
  instanceByReservation: graphql(
    ({ reservationId }) => `{ instanceByReservation(reservationId: "${reservationId}") { id } }`,
  ),
  node: graphql(({ id }) => `{ node(id: "${id}") { id } }`),
  nodes: graphql(({ id }) => `{ nodes(ids: ["${id}"]) { id } }`),
  instances: graphql(({ ownerId }) => `{ instances(filter: { ownerId: "${ownerId}" }) { nodes { id } } }`),
  'instances by edges': graphql(() => '{ instances(first: 200) { edges { node { id } } } }'),
  'a count of instances': graphql(
    ({ ownerId }) => `{ instances(filter: { ownerId: "${ownerId}" }) { totalCount } }`,
    { trace: () => '"totalCount":1' },
  ),
  'definition.instances': graphql(
    ({ definitionId }) => `{ definition(id: "${definitionId}") { instances { id } } }`,
  ),
  'definitionDifference.unfinishedInstances': graphql(
    ({ definitionId, otherId }) =>
      `{ definitionDifference(fromId: "${definitionId}", toId: "${otherId}") {
        older { id } unfinishedInstances { totalCount nodes { id } } } }`,
  ),
  'worker.instances': graphql(({ workerId }) => `{ worker(id: "${workerId}") { instances { id } } }`, {
    roles: OPERATORS,
  }),
  'template.workers.instances': graphql(
    ({ templateName }) => `{ templateByName(name: "${templateName}") { workers { instances { id } } } }`,
    { roles: OPERATORS },
  ),
  'createInstance of its reservation': graphql(
    ({ reservationId, definitionId }) => `mutation { createInstance(input: {
      definitionId: "${definitionId}", reservationId: "${reservationId}" }) { liveRevision } }`,
    { trace: ({ id }) => `"existingId":"${id}"` },
  ),
  terminateInstance: graphql(
    ({ id }) => `mutation { terminateInstance(input: { id: "${id}", expectedRevision: ${STALE} }) {
      liveRevision } }`,
    { trace: conflict },
  ),
  'terminateInstance with a key': graphql(
    ({ id }) => `mutation { terminateInstance(input: { id: "${id}", expectedRevision: ${STALE},
      idempotencyKey: "way-${id}" }) { liveRevision } }`,
    { trace: conflict },
  ),
  scheduleInstance: graphql(
    ({ id, workerId }) => `mutation { scheduleInstance(input: { id: "${id}", workerId: "${workerId}",
      expectedRevision: ${STALE} }) { liveRevision } }`,
    { trace: conflict, roles: OPERATORS },
  ),
  transitionInstance: graphql(
    ({ id }) => `mutation { transitionInstance(input: { id: "${id}", to: INSTANTIATING,
      expectedRevision: ${STALE} }) { liveRevision } }`,
    { trace: conflict, roles: ['ADMIN', 'SERVICE'] },
  ),
  approachingInstances: graphql(() => '{ approachingInstances(first: 200) { nodes { id } } }', {
    roles: OPERATORS,
  }),
  events: graphql(({ id }) => `{ events(filter: { aggregateId: "${id}" }) { nodes { aggregateId } } }`, {
    trace: ({ id }) => `"aggregateId":"${id}"`,
    roles: OPERATORS,
  }),
  instanceChanges: {
    async ask({ url, token }, { id }) {
      const socket = await openSocket(url, { token });
      socket.subscribe(
        'way',
        `subscription { instanceChanges(filter: { ids: ["${id}"] }) { kind instanceId } }`,
      );
      await socket.log.until(({ payload }) => payload?.data?.instanceChanges.kind === 'SYNCED');
      socket.close();
      return JSON.stringify(socket.log.seen);
    },
    trace: ({ id }) => `"instanceId":"${id}"`,
  },
  'GET /instances/{id}': rest('GET', ({ id }) => `/instances/${id}`),
  'GET /instances': rest('GET', ({ ownerId }) => `/instances?ownerId=${ownerId}&totalCount=true`),
  'DELETE /instances/{id}': rest('DELETE', ({ id }) => `/instances/${id}`, {
    headers: { 'if-match': `"${STALE}"` },
    trace: conflict,
  }),
};

/** Fields of the schema that lead to instances, and the way that goes through each. */
export const INSTANCE_FIELDS: Readonly<Record<string, string>> = {
  'DefinitionDifference.unfinishedInstances': 'definitionDifference.unfinishedInstances',
  'InstanceChange.instance': 'instanceChanges',
  'InstancePayload.instance': 'terminateInstance',
  'LabletDefinition.instances': 'definition.instances',
  'LabletInstanceConnection.edges': 'instances by edges',
  'LabletInstanceConnection.nodes': 'instances',
  'LabletInstanceEdge.node': 'instances by edges',
  'Query.approachingInstances': 'approachingInstances',
  'Query.instance': 'instance',
  'Query.instanceByReservation': 'instanceByReservation',
  'Query.instances': 'instances',
  'Query.node': 'node',
  'Query.nodes': 'nodes',
  'Worker.instances': 'worker.instances',
};
