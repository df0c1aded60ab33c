import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { addMs } from '../src/lib/clock.js';
import { faultPaths, refusal } from './support/answers.js';
import { purePairs } from './support/backends.js';
import { seededRandom } from './support/seeded-random.js';
import { startTestServer, type TestServer } from './support/server.js';
import { honestAdmin, openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

const MINUTE = 60_000;
const ORDERS = (['START', 'CREATED_AT'] as const).flatMap((field) =>
  (['ASC', 'DESC'] as const).map((direction) => ({ field, direction })),
);
type Listed = NonNullable<api.InstancesQuery['instances']>['nodes'][number];

describe.each(purePairs())('lists of instances on $name', (pair) => {
  let server: TestServer;
  let stopEngines: () => Promise<void>;
  let admin: api.LabletClient;
  let tell: ReturnType<typeof story>;
  let now = new Date().toISOString();
  const clock = { now: () => now, monotonic: () => performance.now() };
  const inMinutes = (minutes: number) => addMs(now, minutes * MINUTE);

  beforeAll(async () => {
    const { env, stop } = await pair.start();
    stopEngines = stop;
    server = await startTestServer({ env, overrides: { clock } });
    admin = await honestAdmin(server);
    tell = story(admin);
  });

  afterAll(async () => {
    await server?.close();
    await stopEngines?.();
  });

  async function approaching(variables: api.ApproachingInstancesQueryVariables = {}, client = admin) {
    const answer = await client.request(api.ApproachingInstancesDocument, variables);
    return required(answer.approachingInstances);
  }

  it('I5 lists approaching instances: SCHEDULED within the window and past ones, by start, nothing else', async () => {
    const { id: definitionId } = await tell.definition(plainDefinition('Soon'));
    const { id: workerId } = await openWorker(admin, 'soon');
    const book = async (minutes: number, scheduled = true) => {
      const { id } = await tell.instance({ definitionId, timeslotStart: inMinutes(minutes) });
      if (scheduled) await tell.schedule(id, workerId);
      return id;
    };
    const past = await book(1);
    now = inMinutes(3);
    const [at35, at36, at34] = [await book(35), await book(36), await book(34)];
    await book(10, false);
    const started = await book(5);
    await tell.move(started, 'INSTANTIATING');
    const twin = await book(34);
    const ids = async (variables = {}) => (await approaching(variables)).nodes.map(({ id }) => id);
    const expected = [past, ...[at34, twin].sort(), at35];
    expect(await ids({ windowMinutes: 35 })).toEqual(expected);
    expect(await ids()).toEqual(expected);
    expect(await ids({ windowMinutes: 36 })).toEqual([...expected, at36]);
    expect(await ids({ windowMinutes: 1 })).toEqual([past]);
    const first = await approaching({ first: 2 });
    expect(first).toMatchObject({ totalCount: 4, pageInfo: { hasNextPage: true } });
    const rest = await approaching({ first: 2, after: first.pageInfo.endCursor });
    expect([...first.nodes, ...rest.nodes].map(({ id }) => id)).toEqual(expected);
    now = inMinutes(1);
    expect(await ids()).toEqual([...expected, at36]);
  });

  it('I5 the window is 1 to 120 minutes, and only operators ask for it', async () => {
    for (const windowMinutes of [0, 121, -1]) {
      expect(faultPaths(await refusal(approaching({ windowMinutes })))).toEqual(['windowMinutes']);
    }
    for (const role of ['AUTHOR', 'USER'] as const) {
      const client = await server.client(role);
      expect(await refusal(approaching({}, client))).toMatchObject({ code: 'FORBIDDEN' });
    }
    for (const role of ['MANAGER', 'SERVICE'] as const) await approaching({}, await server.client(role));
  });

  describe('of 200 mixed ones', () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
    const random = seededRandom(seed);
    const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const owners = ['ann', 'ben', 'cho'];
    let definitions: string[];
    let workers: string[];
    let all: Listed[];

    async function mixed(ownerId: string): Promise<void> {
      const timeslotStart = inMinutes(Math.floor(random() * 60));
      const { id } = await tell.instance({ definitionId: oneOf(definitions), ownerId, timeslotStart });
      if (random() < 0.3) return;
      await tell.schedule(id, oneOf(workers));
      if (random() < 0.4) await tell.move(id, 'INSTANTIATING');
      if (random() < 0.3) await tell.terminate(id);
    }

    const list = async (variables: api.InstancesQueryVariables, client = admin) =>
      required((await client.request(api.InstancesDocument, variables)).instances);
    const idsOf = (nodes: readonly { id: string }[]) => nodes.map(({ id }) => id);

    function sorted(nodes: readonly Listed[], { field, direction }: api.InstanceOrder): string[] {
      const key = (node: Listed) => `${field === 'START' ? node.timeslotStart : node.createdAt} ${node.id}`;
      const ascending = [...nodes].sort((a, b) => (key(a) < key(b) ? -1 : 1));
      return idsOf(direction === 'ASC' ? ascending : ascending.reverse());
    }

    beforeAll(async () => {
      definitions = [];
      workers = [];
      for (const name of ['one', 'two', 'three']) {
        definitions.push((await tell.definition(plainDefinition(`Mixed ${name}`, 1))).id);
        workers.push((await openWorker(admin, `mixed-${name}`)).id);
      }
      for (let n = 0; n < 200; n++) {
        if (n % 3 === 0) now = addMs(now, 1000);
        await mixed(oneOf(owners));
      }
      const states = ['PENDING', 'SCHEDULED', 'INSTANTIATING', 'TERMINATED'] as const;
      const found = await Promise.all(
        states.map((state) => list({ filter: { states: [state] }, first: 200 })),
      );
      all = found
        .flatMap(({ nodes }) => nodes)
        .filter(({ definitionId }) => definitions.includes(definitionId));
      expect(all).toHaveLength(200);
    });

    it('I5 filters by state, worker, owner, definition and start, alone and combined, in every order', async () => {
      for (let mask = 0; mask < 32; mask++) {
        const start = inMinutes(10);
        const parts: [api.InstanceFilter, (instance: Listed) => boolean][] = [];
        const has = (bit: number) => (mask & (1 << bit)) > 0;
        const add = (filter: api.InstanceFilter, holds: (instance: Listed) => boolean) =>
          parts.push([filter, holds]);
        const states = oneOf([['PENDING'], ['TERMINATED'], ['SCHEDULED', 'TERMINATED']] as const);
        if (has(0))
          add({ states: [...states] }, ({ state }) => (states as readonly string[]).includes(state));
        else add({}, ({ state }) => state !== 'TERMINATED');
        const [workerId, ownerId, definitionId] = [oneOf(workers), oneOf(owners), oneOf(definitions)];
        if (has(1)) add({ workerId }, (instance) => instance.workerId === workerId);
        if (has(2)) add({ ownerId }, (instance) => instance.ownerId === ownerId);
        if (has(3)) add({ definitionId }, (instance) => instance.definitionId === definitionId);
        const until = addMs(start, 20 * MINUTE);
        if (has(4)) {
          add({ startsFrom: start, startsBefore: until }, ({ timeslotStart }) => {
            return timeslotStart >= start && timeslotStart < until;
          });
        }
        const filter: api.InstanceFilter = Object.assign({}, ...parts.map(([part]) => part));
        const expected = all.filter((instance) => parts.every(([, holds]) => holds(instance)));
        for (const orderBy of ORDERS) {
          const { nodes, totalCount } = await list({ filter, orderBy, first: 200 });
          const mine = nodes.filter((node) => definitions.includes(node.definitionId));
          const context = `SEED=${seed} ${JSON.stringify({ filter, orderBy })}`;
          expect(idsOf(mine), context).toEqual(sorted(expected, orderBy));
          expect(totalCount - (nodes.length - mine.length), context).toBe(expected.length);
        }
      }
    });

    it('I6 shows a user own instances alone, in every order and under every filter', async () => {
      const ann = await server.client('USER', 'ann');
      const own = all.filter(({ ownerId, state }) => ownerId === 'ann' && state !== 'TERMINATED');
      for (const orderBy of ORDERS) {
        expect(idsOf((await list({ orderBy, first: 200 }, ann)).nodes)).toEqual(sorted(own, orderBy));
        const { nodes, totalCount } = await list({ orderBy, filter: { ownerId: 'ben' } }, ann);
        expect([nodes, totalCount]).toEqual([[], 0]);
      }
    });

    it('I5 paging while others insert neither repeats nor skips an older one', async () => {
      const older = new Set(idsOf(all.filter(({ state }) => state !== 'TERMINATED')));
      for (const orderBy of ORDERS) {
        const seen: string[] = [];
        let after: string | null = null;
        for (;;) {
          const page: NonNullable<api.InstancesQuery['instances']> = await list({
            orderBy,
            first: 17,
            after,
          });
          seen.push(...idsOf(page.nodes));
          if (!page.pageInfo.hasNextPage) break;
          after = page.pageInfo.endCursor;
          await mixed('newcomer');
        }
        expect(new Set(seen).size, `SEED=${seed}`).toBe(seen.length);
        expect(new Set(seen.filter((id) => older.has(id)))).toEqual(older);
      }
    });

    it('refuses a cursor of another order', async () => {
      const { pageInfo } = await list({ orderBy: { field: 'START', direction: 'ASC' }, first: 1 });
      expect(faultPaths(await refusal(list({ first: 1, after: pageInfo.endCursor })))).toEqual(['after']);
    });
  });
});
