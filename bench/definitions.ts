/**
 * Lab files and lists of definitions: what reading and rendering a lab file costs beside a plain parse by the same
 * YAML library, and what a page of 50 costs from 10 000 versions beside the same page from 100.
 */
import { mongo } from 'mongoose';
import { parse } from 'yaml';
import type { Context } from '../src/context.js';
import type { LabletDefinitionDocument } from '../src/definitions/definition-model.js';
import { definitionKeys } from '../src/definitions/definition-state.js';
import { readLabFile } from '../src/definitions/lab-file/read-lab-file.js';
import { renderLabFile } from '../src/definitions/lab-file/render-lab-file.js';
import { listDefinitions } from '../src/definitions/list-definitions.js';
import { findEngine, startMongoJavaServer } from '../tests/support/engines.js';
import { startTestServer } from '../tests/support/server.js';
import { plainDefinition, story } from '../tests/support/story.js';

const NODES = 200;
const [FEW, MANY] = [100, 10_000];
const FAMILY = 20;
const ROUNDS = 60;

type Work = () => unknown;

/** Median milliseconds of each work, taken in turn so that noise hits all alike. */
async function medians(works: readonly Work[], rounds: number): Promise<number[]> {
  const times = works.map((): number[] => []);
  for (let round = -5; round < rounds; round++) {
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

/** Inserts versions until there are `count`, twenty of each name. */
async function fill(
  { collections, ids }: Context,
  pattern: LabletDefinitionDocument,
  from: number,
  count: number,
) {
  for (let n = from; n < count; n++) {
    const name = `Lab ${String(Math.floor(n / FAMILY)).padStart(4, '0')}`;
    const state = { ...pattern, id: ids.next('def'), name, version: `1.${n % FAMILY}.0` };
    const origin = n % FAMILY === 0 ? {} : { previousVersionId: pattern.id };
    const document = { ...state, ...origin, hasOutbox: false, outbox: [] };
    await collections.definitions.insert({ ...document, ...definitionKeys(document) });
  }
}

async function lists(store: string, env: Record<string, string>): Promise<void> {
  const server = await startTestServer({ env });
  try {
    const { context } = server.server;
    const { id } = await story(await server.client('ADMIN')).definition(plainDefinition('Lab 0000', 4));
    const pattern = (await context.collections.definitions.get(id)) as LabletDefinitionDocument;
    await context.collections.definitions.remove(id, pattern.revision);
    const list = (request: object) => listDefinitions.handle(context, request, {} as never);
    const pages: [what: string, work: Work][] = [
      ['first page of 50', () => list({ first: 50 })],
      ['of one name', () => list({ first: 50, filter: { name: 'Lab 0002' } })],
      ['newest 50', () => list({ first: 50, orderBy: { field: 'CREATED_AT', direction: 'DESC' } })],
    ];
    await fill(context, pattern, 0, FEW);
    const bare = await barePage(env['MONGODB_URI']);
    if (bare) pages.push(['first page, bare driver', bare.page]);
    const works = pages.map(([, work]) => work);
    const few = await medians(works, ROUNDS);
    await fill(context, pattern, FEW, MANY);
    const many = await medians(works, ROUNDS);
    console.log(`page of 50 on ${store}, ${FEW} and ${MANY} versions stored`);
    for (const [index, [what]] of pages.entries()) {
      const [small, large] = [few[index] as number, many[index] as number];
      console.log(`  ${what.padEnd(22)} ${ms(small)}   ${ms(large)}   ${ratio(large, small)} (goal 2x)`);
    }
    await bare?.close();
  } finally {
    await server.close();
  }
}

/** The first page as the bare driver asks for it, with the same index and order: what the engine itself costs. */
async function barePage(uri: string | undefined) {
  if (uri === undefined) return null;
  const client = await mongo.MongoClient.connect(uri);
  const definitions = client.db('lablet').collection('lablet_definitions');
  const order = { name: 1, versionRank: 1, _id: 1 } as const;
  const found = () =>
    definitions.find({ status: 'ACTIVE' }).sort(order).hint('status_name_versionRank').limit(51);
  return { page: () => found().toArray(), close: () => client.close() };
}

export async function run(): Promise<void> {
  await labFiles();
  await lists('the embedded store', {});
  if (!findEngine('mongo-java-server').path) return console.log('mongo-java-server NOT RUN');
  const engine = await startMongoJavaServer();
  try {
    await lists(`mongo-java-server ${findEngine('mongo-java-server').version}`, { MONGODB_URI: engine.url });
  } finally {
    await engine.stop();
  }
}
