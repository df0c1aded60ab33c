import { it, beforeAll, afterAll } from 'vitest';
import { startTestServer, type TestServer } from './support/server.js';
import { send, sendGraphql } from './support/answers.js';
import { BAD_REQUESTS } from './support/bad-requests.js';
import { BAD_INPUTS, MARK } from './support/bad-fields.js';
let server: TestServer;
beforeAll(async () => { server = await startTestServer(); });
afterAll(() => server.close());
it('x', async () => {
  for (const b of BAD_REQUESTS) {
    try {
      const a = await send(server.url, b.sent);
      const ok = a.status === b.status && a.fault?.code === b.code;
      if (!ok) console.log('DIFF', b.name, a.status, a.fault?.code, ok ? '' : a.text.slice(0, 300), a.headers['content-type']);
    } catch (e) { console.log('THROW', b.name, String(e).slice(0, 600)); }
  }
  const token = await server.token('ADMIN');
  for (const b of BAD_INPUTS) {
    const type = b.mutation[0]!.toUpperCase() + b.mutation.slice(1) + 'Input';
    try {
      const a = await sendGraphql(server.url, { query: `mutation($input: ${type}!) { ${b.mutation}(input: $input) { liveRevision } }`, variables: { input: b.input } }, { authorization: `Bearer ${token}` });
      const paths = a.fault?.details?.fields?.map((f: any) => f.path).sort();
      const ok = JSON.stringify(paths) === JSON.stringify(b.paths) && !a.text.includes(MARK);
      console.log(ok ? 'ok' : 'DIFF', b.name, a.status, a.fault?.code, a.text.includes(MARK), ok ? '' : JSON.stringify(paths), ok ? '' : a.text.slice(0,700));
    } catch (e) { console.log('THROW', b.name, String(e).slice(0, 600)); }
  }
});
