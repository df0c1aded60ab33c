/** A store that goes away between a list and what hangs on it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { StoreUnavailable } from '../src/db/document-store.js';
import { sendGraphql } from './support/answers.js';
import { intercepted } from './support/intercepted-stores.js';
import { QUIET, startTestServer, type TestServer } from './support/server.js';
import { story } from './support/story.js';

const QUERIES = [
  ['an edge', '{ instances { nodes { id definition { id } } } }', 'lablet_definitions.getMany'],
  ['a count', '{ instances { totalCount nodes { id } } }', 'lablet_instances.count'],
] as const;

let server: TestServer;
let away = '';

beforeAll(async () => {
  const wrapStores = intercepted(({ name, go }) =>
    name === away ? Promise.reject(new StoreUnavailable('MongoDB cannot be reached: 10.0.0.5')) : go(),
  );
  server = await startTestServer({ env: QUIET, overrides: { wrapStores } });
  const admin = story(await server.client('ADMIN'));
  await admin.instance({ definitionId: (await admin.definition()).id });
});

afterAll(() => server.close());

it.each(QUERIES)('is told as such by %s, so that callers ask again', async (_, query, call) => {
  const authorization = `Bearer ${await server.token('ADMIN')}`;
  const ask = () => sendGraphql(server.url, { query }, { authorization });
  // By Apollo Server, and past it.
  for (let n = 0; n < 4; n++) {
    away = call;
    const { fault } = await ask();
    away = '';
    expect(fault).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true, httpStatus: 503 });
    expect((await ask()).json).not.toHaveProperty('errors');
  }
});
