/** The blocks of docs/rest.md work in a shell, and its tables are the routes that there are. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ERROR_CODES } from '../src/errors.js';
import { codeBlocks, proseOf, readDocument } from './support/markdown.js';
import { OPERATIONS } from './support/openapi.js';
import { startTestServer, type TestServer } from './support/server.js';

const MARK = '=== next block ===';
const root = fileURLToPath(new URL('..', import.meta.url));
const text = readDocument('docs/rest.md');
const blocks = codeBlocks(text);

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server?.close());

it('the document names every route, and no other', () => {
  const named = [...proseOf(text).matchAll(/^\| `(GET|POST|PATCH|DELETE) (\/\S+)`/gm)];
  const routes = OPERATIONS.map(({ method, path }) => `${method} ${path.replace('/api/v1', '')}`);
  expect(named.map(([, method, path]) => `${method} ${path}`).sort()).toEqual(routes.sort());
});

it('the blocks of the document work as it says', async () => {
  expect(existsSync(`${root}dist/main.js`), 'dist/main.js is there; npm run build makes it').toBe(true);
  const scripts = blocks.filter(({ language }) => language === 'bash').map(({ text: script }) => script);
  const { stdout } = await promisify(execFile)(
    'bash',
    ['-euo', 'pipefail', '-c', scripts.join(`\necho; echo '${MARK}'\n`)],
    {
      cwd: root,
      env: { ...process.env, DATA_DIR: server.dataDir, LABLET_URL: server.url },
      timeout: 60_000,
    },
  );
  const [token = '', definition = '', booking = '', tags = '', list = ''] = stdout.split(`${MARK}\n`);
  expect(token.trim()).toBe('');
  expect(JSON.parse(definition)).toMatchObject({ name: 'REST tour', revision: 1 });
  const { items } = JSON.parse(booking);
  expect(items).toMatchObject([{ reservationId: 'tour-1', state: 'PENDING' }]);
  const [known, answers = ''] = tags.split(/\n(.*)/s);
  expect(known).toBe('304');
  const [refused, ended] = answers
    .trim()
    .split(/(?<=\})(?=\{)/)
    .map((answer) => JSON.parse(answer));
  expect(ended).toMatchObject({ id: items[0].id, state: 'TERMINATED' });
  const shown = JSON.parse(blocks.find(({ language }) => language === 'json')?.text ?? '');
  expect({ ...refused, requestId: shown.requestId }).toEqual(shown);
  expect(shown.title).toBe(ERROR_CODES.REVISION_CONFLICT.when);
  expect(list).toMatch(/^link: <\/api\/v1\/templates\?\S+>; rel="next"\r$/m);
  expect(list).toMatch(/"totalCount":\d+/);
}, 90_000);
