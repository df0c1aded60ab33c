import { it, beforeAll, afterAll } from 'vitest';
import { startTestServer, type TestServer } from './support/server.js';
import { send } from './support/answers.js';
import { BAD_REQUESTS } from './support/bad-requests.js';
let server: TestServer;
beforeAll(async () => { server = await startTestServer(); });
afterAll(() => server.close());
it('x', async () => {
  for (const b of BAD_REQUESTS) {
    try {
      const a = await send(server.url, b.sent);
      const ok = a.status === b.status && a.fault?.code === b.code;
      console.log(ok ? 'ok ' : 'DIFF', b.name, a.status, a.fault?.code, ok ? '' : a.text.slice(0, 300), a.headers['content-type']);
    } catch (e) { console.log('THROW', b.name, String(e).slice(0, 600)); }
  }
});
