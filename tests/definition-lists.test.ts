import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ArchiveDefinitionDocument,
  CreateDefinitionVersionDocument,
  DefinitionByNameDocument,
  DefinitionsDocument,
  DefinitionVersionsDocument,
  DeprecateDefinitionDocument,
  type DefinitionFilter,
  type DefinitionOrder,
  type DefinitionsQuery,
  type DefinitionsQueryVariables,
  type LabletClient,
} from '../src/client/index.js';
import { compareVersions } from '../src/lib/version.js';
import { faultPaths, rawDocument, refusal } from './support/answers.js';
import { purePairs } from './support/backends.js';
import { intercepted } from './support/intercepted-stores.js';
import { startTestServer, type TestServer } from './support/server.js';
import { exampleDefinition, plainDefinition, required, story } from './support/story.js';

type Listed = NonNullable<DefinitionsQuery['definitions']>['nodes'][number];

const DAY = String(24 * 60 * 60);
const FAMILIES = [
  'BGP core',
  'Branch VPN',
  'Branch-VPN.2',
  'branch vpn',
  'DMVPN',
  'IPv6_Transition',
  'Lab 1.10',
  'Lab 1x10',
  'OSPF areas',
  'ospf areas 2',
  'VPN  with two blanks',
  'campus',
];
const VERSIONS = ['1.2.0', '1.9.0', '1.10.0', '2.0.0', '2.10.0'];
const ORDERS: readonly (DefinitionOrder | null)[] = [
  null,
  { field: 'NAME', direction: 'DESC' },
  { field: 'CREATED_AT', direction: 'ASC' },
  { field: 'CREATED_AT', direction: 'DESC' },
];

const bytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What a list should be, from all there is. */
function expected(all: readonly Listed[], filter: DefinitionFilter, order: DefinitionOrder | null): Listed[] {
  const { name, status, version, versionRange, text } = filter;
  const found = all.filter(
    (it) =>
      it.status === (status ?? 'ACTIVE') &&
      (name == null || it.name === name) &&
      (version == null || it.version === version) &&
      (versionRange?.from == null || compareVersions(it.version, versionRange.from) >= 0) &&
      (versionRange?.to == null || compareVersions(it.version, versionRange.to) <= 0) &&
      (text == null || it.name.toLowerCase().includes(text.toLowerCase())),
  );
  const byName = (a: Listed, b: Listed) => bytes(a.name, b.name) || compareVersions(b.version, a.version);
  const byTime = (a: Listed, b: Listed) => bytes(a.createdAt, b.createdAt) || bytes(a.id, b.id);
  found.sort(order?.field === 'CREATED_AT' ? byTime : byName);
  return order?.direction === 'DESC' ? found.reverse() : found;
}

function combinations(): DefinitionFilter[] {
  const choices = [
    [{}, { status: 'DEPRECATED' }, { status: 'ARCHIVED' }],
    [{}, { name: 'Branch VPN' }],
    [{}, { version: '1.10.0' }, { version: null }],
    [
      {},
      { versionRange: { from: '1.9.0', to: '2.0.0' } },
      { versionRange: { to: '1.9.0' } },
      { versionRange: { from: '1.10.0' } },
    ],
    [{}, { text: 'vPn' }],
  ] as const;
  return choices.reduce<DefinitionFilter[]>(
    (all, some) => all.flatMap((one) => some.map((more) => ({ ...one, ...more }))),
    [{}],
  );
}

describe.each(purePairs())('D2: lists of definitions on $name', (backend) => {
  let server: TestServer;
  let client: LabletClient;
  let stopEngines: () => Promise<void>;
  let all: Listed[];
  const calls: string[] = [];

  beforeAll(async () => {
    const { env, stop } = await backend.start();
    stopEngines = stop;
    const wrapStores = intercepted(({ name, go }) => {
      calls.push(name);
      return go();
    });
    const quiet = { OUTBOX_SWEEP_SECONDS: DAY, TICK_SECONDS: DAY, LEADER_TTL_SECONDS: DAY };
    server = await startTestServer({ env: { ...env, ...quiet }, overrides: { wrapStores } });
    client = await server.client('ADMIN', 'root');
    // Neither names nor versions in order.
    for (const name of [...FAMILIES].reverse()) await makeFamily(name);
    all = [];
    for (const status of ['ACTIVE', 'DEPRECATED', 'ARCHIVED'] as const) {
      all.push(...(await list({ filter: { status }, first: 200 })).nodes);
    }
    await server.server.context.outbox.idle();
  }, 120_000);

  afterAll(async () => {
    await server?.close();
    await stopEngines?.();
  });

  async function makeFamily(name: string) {
    const [first, ...more] = VERSIONS;
    const base = await story(client).definition({ ...plainDefinition(name), version: required(first) });
    for (const version of more.sort(bytes)) {
      const input = { fromId: base.id, version };
      const made = await client.request(CreateDefinitionVersionDocument, { input });
      const { id } = required(made.createDefinitionVersion).definition;
      if (version !== '1.9.0' && (version !== '2.0.0' || name.length % 2 === 0)) continue;
      const replacementId = base.id;
      await client.request(DeprecateDefinitionDocument, { input: { id, reason: 'old', replacementId } });
      if (version === '1.9.0') await client.request(ArchiveDefinitionDocument, { input: { id } });
    }
  }

  const list = async (variables: DefinitionsQueryVariables) =>
    required((await client.request(DefinitionsDocument, variables)).definitions);

  const found = async (text: string) =>
    (await list({ filter: { text, version: '1.2.0' } })).nodes.map(({ name }) => name);

  async function callsOf<T>(request: () => Promise<T>): Promise<{ answer: T; names: string[] }> {
    await server.server.context.outbox.idle();
    calls.length = 0;
    const answer = await request();
    return { answer, names: [...calls].sort() };
  }

  it('put 1.10.0 first, above 1.9.0 and 1.2.0, and call it the latest', async () => {
    const name = 'Numbers';
    const base = await story(client).definition({ ...plainDefinition(name), version: '1.2.0' });
    for (const version of ['1.10.0', '1.9.0'])
      await client.request(CreateDefinitionVersionDocument, { input: { fromId: base.id, version } });
    const versions = ['1.10.0', '1.9.0', '1.2.0'];
    expect((await list({ filter: { name } })).nodes.map(({ version }) => version)).toEqual(versions);
    const { definitionVersions } = await client.request(DefinitionVersionsDocument, { name, first: 2 });
    expect(required(definitionVersions)).toMatchObject({
      nodes: [{ version: '1.10.0' }, { version: '1.9.0' }],
      pageInfo: { hasNextPage: true },
      totalCount: 3,
    });
    const { definitionByName } = await client.request(DefinitionByNameDocument, { name });
    expect(definitionByName).toMatchObject({ version: '1.10.0' });
    for (const each of (await list({ filter: { name } })).nodes) {
      const input = { id: each.id, reason: 'not part of the other tests' };
      await client.request(DeprecateDefinitionDocument, { input });
      await client.request(ArchiveDefinitionDocument, { input: { id: each.id } });
      all.push({ ...each, status: 'ARCHIVED' });
    }
  });

  it('hold exactly what all given filters let through, in every order, with its total', async () => {
    expect(all).toHaveLength(FAMILIES.length * VERSIONS.length + 3);
    let nonEmpty = 0;
    for (const filter of combinations()) {
      for (const orderBy of ORDERS) {
        const wanted = expected(all, filter, orderBy);
        const { nodes, totalCount } = await list({ filter, orderBy, first: 200 });
        const question = JSON.stringify({ filter, orderBy });
        expect(
          nodes.map(({ id }) => id),
          question,
        ).toEqual(wanted.map(({ id }) => id));
        expect(totalCount, question).toBe(wanted.length);
        if (wanted.length > 0) nonEmpty++;
      }
    }
    expect(nonEmpty).toBeGreaterThan(200);
  }, 60_000);

  it.each(ORDERS)(
    'neither repeat nor skip while others insert, forwards and backwards, by %j',
    async (orderBy) => {
      const before = (await list({ orderBy, first: 200 })).nodes.map(({ id }) => id);
      for (const isForward of [true, false]) {
        const seen: string[] = [];
        for (let at: string | null = null, page = 0; ; page++) {
          const request: DefinitionsQueryVariables = isForward
            ? { first: 7, after: at }
            : { last: 7, before: at };
          const { nodes, pageInfo } = await list({ orderBy, ...request });
          seen[isForward ? 'push' : 'unshift'](...nodes.map(({ id }) => id));
          if (!(isForward ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) break;
          at = required(isForward ? pageInfo.endCursor : pageInfo.startCursor);
          // Not for ever: a list that grows at its end as fast as it is read has none.
          for (const prefix of page < 4 ? ['0', 'M', 'z'] : [])
            await story(client).definition(
              plainDefinition(`${prefix} ${ORDERS.indexOf(orderBy)} ${isForward} ${page}`),
            );
        }
        expect(new Set(seen).size).toBe(seen.length);
        const older = new Set(before);
        expect(seen.filter((id) => older.has(id))).toEqual(before);
      }
    },
  );

  it('refuse a cursor of another filter or order', async () => {
    const filter = { text: 'vpn' };
    const at = required((await list({ filter, first: 2 })).pageInfo.endCursor);
    expect((await list({ filter, first: 1, after: at })).nodes).toHaveLength(1);
    expect(
      (await list({ filter, orderBy: { field: 'NAME', direction: 'ASC' }, after: at })).nodes,
    ).not.toEqual([]);
    const others: DefinitionsQueryVariables[] = [
      {},
      { filter: { text: 'lab' } },
      { filter: { ...filter, status: 'DEPRECATED' } },
      { filter: { ...filter, version: '1.2.0' } },
      { filter, orderBy: { field: 'NAME', direction: 'DESC' } },
      { filter, orderBy: { field: 'CREATED_AT' } },
    ];
    for (const other of others) {
      expect(faultPaths(await refusal(list({ ...other, after: at })))).toEqual(['after']);
      expect(faultPaths(await refusal(list({ ...other, before: at })))).toEqual(['before']);
    }
    const versions = client.request(DefinitionVersionsDocument, { name: 'campus', after: at });
    expect(faultPaths(await refusal(versions))).toEqual(['after']);
  });

  it.each([
    ['branch', ['Branch VPN', 'Branch-VPN.2', 'branch vpn']],
    ['BRANCH', ['Branch VPN', 'Branch-VPN.2', 'branch vpn']],
    ['h vpn', ['Branch VPN', 'branch vpn']],
    ['  dmvpn ', ['DMVPN']],
    ['with', ['VPN  with two blanks']],
    ['n  w', ['VPN  with two blanks']],
    ['1.1', ['Lab 1.10']],
    ['v6_t', ['IPv6_Transition']],
    ['\u212A core', []],
    ['bgp\u00A0core', []],
    ['.*', []],
    ['^lab', []],
    ['s$', []],
    ['[a-z]', []],
    ['a|b', []],
    ['(a)', []],
    ['\\w\\w', []],
    ['\\Ebranch\\Q', []],
    ['lab?', []],
    ['%lab%', []],
    ['%%', []],
    ['__', []],
    ['👍👍', []],
    ['ſp', []],
    ['e\u0301e\u0301', []],
    ['file:', []],
  ])('find by the text %j: %j', async (text, names) => {
    expect(await found(text)).toEqual(names);
  });

  it.each([
    ['text', { text: 'a' }, 'filter.text'],
    ['text', { text: ' a ' }, 'filter.text'],
    ['text', { text: 'a'.repeat(51) }, 'filter.text'],
    ['text', { text: 'a\u0000b' }, 'filter.text'],
    ['range', { versionRange: { from: '1.10.0', to: '1.9.0' } }, 'filter.versionRange'],
  ])('refuse a %s that makes no sense: %j', async (_, filter, path) => {
    expect(faultPaths(await refusal(list({ filter })))).toEqual([path]);
  });

  it.each(['1.0', 'v1.0.0', '01.0.0', '1.0.0-rc1'])('refuse the version %s', async (version) => {
    for (const filter of [
      { version },
      { versionRange: { from: version } },
      { versionRange: { to: version } },
    ])
      expect((await refusal(list({ filter }))).code).toBe('VALIDATION_FAILED');
  });

  it('cost one store call without the total, and hold no text of a lab file', async () => {
    await story(client).definition({ ...exampleDefinition(), name: 'With text' });
    const bare = rawDocument('query ($f: DefinitionFilter) { definitions(filter: $f) { nodes { id } } }');
    const { names } = await callsOf(() => client.request(bare, { f: { text: 'text' } }));
    expect(names).toEqual(['lablet_definitions.find']);
    const counted = await callsOf(() => list({ filter: { text: 'text' } }));
    expect(counted.names).toEqual(['lablet_definitions.count', 'lablet_definitions.find']);
    const text = rawDocument('{ definitions(first: 200) { nodes { labYamlCached } } }');
    expect(await refusal(client.request(text, {}))).toMatchObject({
      code: 'QUERY_TOO_COSTLY',
      details: { limit: 'longTextInList' },
    });
  });

  it('lead to all versions, the one before and the replacement in a few calls', async () => {
    const document = rawDocument(`query ($filter: DefinitionFilter, $first: Int) {
      definitions(filter: $filter, first: $first) {
        nodes { id name version versions { version } previousVersion { version } replacement { version } }
      }
    }`);
    const ask = (first: number) =>
      callsOf(() => client.request(document, { filter: { status: 'ARCHIVED', version: '1.9.0' }, first }));
    const [few, many] = [await ask(2), await ask(200)];
    const nodes = many.answer.definitions.nodes as { name: string; versions: { version: string }[] }[];
    expect(nodes.filter(({ name }) => FAMILIES.includes(name))).toHaveLength(FAMILIES.length);
    for (const node of nodes.filter(({ name }) => FAMILIES.includes(name))) {
      expect(node).toMatchObject({
        previousVersion: { version: '1.2.0' },
        replacement: { version: '1.2.0' },
      });
      expect(node.versions.map(({ version }) => version)).toEqual([
        '2.10.0',
        '2.0.0',
        '1.10.0',
        '1.9.0',
        '1.2.0',
      ]);
    }
    expect(many.names).toEqual(few.names);
    expect(many.names).toEqual([
      'lablet_definitions.find',
      'lablet_definitions.find',
      'lablet_definitions.getMany',
    ]);
  });
});
