/**
 * Lab files and lists of definitions: what reading and rendering a lab file costs beside a plain parse by the same
 * YAML library, and what a page of 50 costs from 10 000 versions beside the same page from 100.
 */
import { mongo } from 'mongoose';
import { parse } from 'yaml';
import type { Collection } from '../src/db/document-store.js';
import { openMongoDocumentStore } from '../src/db/mongo-document-store.js';
import { LabletDefinitionDocument } from '../src/definitions/definition-model.js';
import { definitionKeys } from '../src/definitions/definition-state.js';
import { readLabFile } from '../src/definitions/lab-file/read-lab-file.js';
import { renderLabFile } from '../src/definitions/lab-file/render-lab-file.js';
import { listDefinitions } from '../src/definitions/list-definitions.js';
import { systemIds } from '../src/lib/ids.js';
import {
  findEngine,
  startMongod,
  startMongoJavaServer,
  type RunningEngine,
} from '../tests/support/engines.js';
import { QUIET, startTestServer } from '../tests/support/server.js';
import { plainDefinition, story } from '../tests/support/story.js';

const NODES = 200;
const [FEW, MANY] = [100, 10_000];
const FAMILY = 20;
const BATCH = 50;
const WARM_UP = 2;
const ROUNDS = 60;
/** Fewer: an engine without such indexes takes a second for each page. */
const MONGO_ROUNDS = 9;

type Work = () => unknown;

/** Median milliseconds of each work, taken in turn so that noise hits all alike. */
async function medians(works: readonly Work[], rounds: number): Promise<number[]> {
  const times = works.map((): number[] => []);
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const [index, work] of works.entries()) {
      const begun = performance.now();
      await work();
      if (round >= 0) times[index]?.push(performance.now() - begun);
    }
  }
  return times.map((each) => each.sort((a, b) => a - b)[Math.floor(each.length / 2)] as number);
}

const ms = (value: number): string => `${value.toFixed(2)} ms`;
const ratio = (value: number, peer: number): string => `${(value / peer).toFixed(2)}x`;

/** A lab of 200 nodes in block style, with interfaces, configurations and three ports on every tenth node. */
function largeLab(): string {
  const nodes = Array.from({ length: NODES }, (_, n) => {
    const tags =
      n % 10 === 0 ? `['serial:\${PORT_S${n}}', 'vnc:${3000 + n}', 'pat:tcp:${6000 + n}:22', core]` : '[]';
    const interfaces = [0, 1, 2, 3].map(
      (slot) => `      - {id: i${slot}, slot: ${slot}, type: physical, label: GigabitEthernet0/${slot}}\n`,
    );
    const configuration = Array.from({ length: 20 }, (_line, line) => `      interface Loopback${line}\n`);
    return (
      `  - id: n${n}\n    label: node-${n}\n    node_definition: iosv\n    x: ${n * 10}\n    y: ${n % 7}\n` +
      `    tags: ${tags}\n    configuration: |-\n${configuration.join('')}    interfaces:\n${interfaces.join('')}`
    );
  });
  return `lab: {title: Large, version: 0.3.0}\nnodes:\n${nodes.join('')}links: []\n`;
}

async function labFiles(): Promise<void> {
  const text = largeLab();
  const file = readLabFile(text);
  const held = file.portTemplate.map(({ name }, index) => ({ name, number: 2000 + index }));
  const [plain, both, render] = (await medians(
    [
      () => parse(text) as unknown,
      () => renderLabFile(readLabFile(text), held),
      () => renderLabFile(file, held),
    ],
    20,
  )) as [number, number, number];
  console.log(`lab file of ${NODES} nodes, ${held.length} ports, ${Math.round(text.length / 1024)} KiB`);
  console.log(`  plain YAML parse       ${ms(plain)}`);
  console.log(`  read and render        ${ms(both)}   ${ratio(both, plain)} of the parse (goal 3x)`);
  console.log(`  render, read before    ${ms(render)}   ${ratio(render, plain)}`);
}

type Definitions = Collection<LabletDefinitionDocument>;

/** Inserts `count` versions, twenty of each name, a second apart. */
async function fill(definitions: Definitions, pattern: LabletDefinitionDocument, count: number) {
  const ids = systemIds();
  const begun = Date.parse(pattern.createdAt);
  const documents = Array.from({ length: count }, (_, n) => {
    const name = `Lab ${String(Math.floor(n / FAMILY)).padStart(4, '0')}`;
    const createdAt = new Date(begun + n * 1000).toISOString();
    const state = { ...pattern, id: ids.next('def'), name, version: `1.${n % FAMILY}.0`, createdAt };
    const origin = n % FAMILY === 0 ? {} : { previousVersionId: pattern.id };
    const document = { ...state, ...origin, hasOutbox: false, outbox: [] };
    return { ...document, ...definitionKeys(document) };
  });
  for (let at = 0; at < count; at += BATCH)
    await Promise.all(documents.slice(at, at + BATCH).map((document) => definitions.insert(document)));
}

type Pages = readonly (readonly [what: string, work: Work])[];

function pagesOf(definitions: Definitions): Pages {
  const deps = { collections: { definitions } };
  const list = (request: object) => listDefinitions.handle(deps, request, {} as never);
  return [
    ['first page of 50', () => list({ first: 50 })],
    ['of one name', () => list({ first: 50, filter: { name: 'Lab 0002' } })],
    ['newest 50', () => list({ first: 50, orderBy: { field: 'CREATED_AT', direction: 'DESC' } })],
  ];
}

interface Filled {
  readonly pages: Pages;
  readonly close: () => Promise<unknown>;
}

/**
 * Both stores are there at the same time and asked in turn: what else the machine does then slows both alike.
 * Answers the medians of each page, from few versions and from many.
 */
async function compare(store: string, rounds: number, open: (count: number) => Promise<Filled>) {
  const [few, many] = [await open(FEW), await open(MANY)];
  try {
    const works = few.pages.flatMap(([, work], index) => [work, many.pages[index]?.[1] as Work]);
    const times = await medians(works, rounds);
    console.log(`page of 50 on ${store}, ${FEW} and ${MANY} versions stored`);
    return few.pages.map(([what], index) => {
      const [small, large] = [times[2 * index] as number, times[2 * index + 1] as number];
      console.log(`  ${what.padEnd(24)} ${ms(small)}   ${ms(large)}   ${ratio(large, small)} (goal 2x)`);
      return [small, large] as const;
    });
  } finally {
    await few.close();
    await many.close();
  }
}

async function onEmbedded(pattern: LabletDefinitionDocument): Promise<void> {
  await compare('the embedded store', ROUNDS, async (count) => {
    const server = await startTestServer({ env: QUIET });
    const { definitions } = server.server.context.collections;
    await fill(definitions, pattern, count);
    return { pages: pagesOf(definitions), close: () => server.close() };
  });
}

/** The bare driver is asked for the first page too: what the engine itself costs. */
async function onMongo(name: string, url: string, pattern: LabletDefinitionDocument): Promise<void> {
  const times = await compare(name, MONGO_ROUNDS, async (count) => {
    const uri = `${url.replace(/\/?$/, '/')}versions${count}`;
    // A stand-in may sort all there is for every page: no deadline is to hide how long that takes.
    const patience = { serverSelectionMs: 60_000, callMs: 60_000 };
    const store = await openMongoDocumentStore({ uri, models: [LabletDefinitionDocument], ...patience });
    const definitions = store.collection(LabletDefinitionDocument);
    await fill(definitions, pattern, count);
    const bare = await barePage(uri);
    const pages: Pages = [...pagesOf(definitions), ['first page, bare driver', bare.page]];
    return { pages, close: () => Promise.all([bare.close(), store.close()]) };
  });
  const [own, bare] = [times[0]?.[1] as number, times.at(-1)?.[1] as number];
  console.log(`  first page of ${MANY} beside the bare driver   ${ratio(own, bare)}`);
}

/** A definition as it is stored. */
async function storedDefinition(): Promise<LabletDefinitionDocument> {
  const server = await startTestServer({});
  const { id } = await story(await server.client('ADMIN')).definition(plainDefinition('Lab 0000', 4));
  const stored = await server.server.context.collections.definitions.get(id);
  await server.close();
  return stored as LabletDefinitionDocument;
}

/** The first page as the bare driver asks for it, with the same index and order. */
async function barePage(uri: string) {
  const client = await mongo.MongoClient.connect(uri);
  const definitions = client.db().collection('lablet_definitions');
  const order = { name: 1, versionRank: 1, searchText: 1, _id: 1 } as const;
  const found = () =>
    definitions
      .find({ status: 'ACTIVE' })
      .sort({ status: 1, ...order })
      .hint('status_name_versionRank_searchText')
      .limit(51);
  return { page: () => found().toArray(), close: () => client.close() };
}

/** A MongoDB, a real one where there is one. */
async function startMongo(): Promise<{ name: string; engine: RunningEngine } | null> {
  for (const [name, start] of [
    ['mongod', startMongod],
    ['mongo-java-server', startMongoJavaServer],
  ] as const) {
    const { path, version } = findEngine(name);
    if (path) return { name: `${name} ${version ?? ''}`.trim(), engine: await start() };
  }
  return null;
}

export async function run(): Promise<void> {
  await labFiles();
  const pattern = await storedDefinition();
  await onEmbedded(pattern);
  const found = await startMongo();
  if (!found) return console.log('MongoDB NOT RUN: no engine speaks its protocol here');
  try {
    await onMongo(found.name, found.engine.url, pattern);
  } finally {
    await found.engine.stop();
  }
}
