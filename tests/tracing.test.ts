/** Traces as a collector gets them, and that no collector ever holds a request up. */
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as api from '../src/client/index.js';
import { refusal } from './support/answers.js';
import { startCollector, type CollectedSpan } from './support/collector.js';
import { scrape } from './support/prometheus.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { plainDefinition, story } from './support/story.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

async function traced(endpoint: string, more: Record<string, string> = {}): Promise<TestServer> {
  const server = await startTestServer({
    env: { OTLP_ENDPOINT: endpoint, TRACE_EXPORT_SECONDS: '60', ...more },
  });
  onTestFinished(() => server.close());
  return server;
}

async function collecting(options: { silent?: boolean } = {}) {
  const collector = await startCollector(options);
  onTestFinished(() => collector.close());
  return collector;
}

/** Books and schedules one instance; answers its id. */
async function scheduled(server: TestServer, subject = 'secret-person'): Promise<string> {
  const admin = await server.client('ADMIN', subject);
  const tell = story(admin);
  const { id: definitionId } = await tell.definition(plainDefinition('Traced'));
  const worker = await openWorker(admin, 'traced');
  const { id } = await tell.instance({ definitionId });
  await tell.schedule(id, worker.id);
  return id;
}

/** Asks for the caller over HTTP with these headers. */
async function ask(server: TestServer, headers: Record<string, string>) {
  const answer = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await server.token('USER', 'secret-person')}`,
      ...headers,
    },
    body: JSON.stringify({ query: '{ viewer { subject } instances { totalCount } }' }),
  });
  return { requestId: answer.headers.get('x-request-id'), body: (await answer.json()) as object };
}

const below = (spans: readonly CollectedSpan[], parent: CollectedSpan | undefined) =>
  spans.filter(({ parentSpanId, traceId }) => parentSpanId === parent?.spanId && traceId === parent?.traceId);

describe('traces', { timeout: 90_000 }, () => {
  it('have a span for each operation, with its calls to the stores and its claim below, sent at the stop', async () => {
    const collector = await collecting();
    const server = await traced(collector.url);
    const id = await scheduled(server);
    const ids = (await server.server.context.collections.workers.find({}, { index: 'id', limit: 1 }))[0];
    expect(collector.spans).toEqual([]);
    await server.stop();

    const { spans } = collector;
    const [operation] = spans.filter(({ name }) => name === 'scheduleInstance');
    expect(operation).toMatchObject({
      service: 'lablet-control-plane',
      parentSpanId: undefined,
      status: 0,
      attributes: {
        'lablet.operation.kind': 'command',
        'lablet.code': 'OK',
        'lablet.caller.roles': ['ADMIN'],
        'lablet.request.id': expect.stringMatching(/^[0-9A-Z]{26}$/),
      },
    });
    const calls = below(spans, operation);
    expect(calls.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['documents get', 'documents replace', 'live txn', 'claim']),
    );
    expect(calls.find(({ name }) => name === 'documents replace')?.attributes).toEqual({
      'lablet.collection': 'lablet_instances',
      'lablet.store.result': 'OK',
    });
    const claim = calls.find(({ name }) => name === 'claim');
    expect(claim?.attributes).toEqual({ 'lablet.worker.id': ids?.id, 'lablet.claim.result': 'GRANTED' });
    expect(below(spans, claim).map(({ name }) => name)).toContain('live txn');
    expect(id).toMatch(/^ins_/);
  });

  it('name no people and show no input, and end with what the loops in the background do', async () => {
    const collector = await collecting();
    const server = await traced(collector.url);
    await scheduled(server);
    await server.stop();
    const text = JSON.stringify(collector.spans);
    expect(text).not.toMatch(/secret-person|127\.0\.0\.1|Traced|Bearer|eyJ/);
    const roots = collector.spans.filter(({ parentSpanId }) => parentSpanId === undefined);
    expect(roots.every(({ attributes }) => 'lablet.code' in attributes)).toBe(true);
  });

  it('tell refusals by their code, and faults of the server as faults', async () => {
    const collector = await collecting();
    const server = await traced(collector.url);
    const user = await server.client('USER');
    const repair = user.request(api.RunRepairDocument, { input: {} });
    expect(await refusal(repair)).toMatchObject({ code: 'FORBIDDEN' });
    const { collections } = server.server.context;
    const lists = collections.definitions as { find: unknown };
    lists.find = () => Promise.reject(new Error('odd'));
    expect(await refusal(user.request(api.DefinitionsDocument, {}))).toMatchObject({ code: 'INTERNAL' });
    await server.stop();
    const told = (operation: string) => {
      const span = collector.spans.find(({ name }) => name === operation);
      return [span?.attributes['lablet.code'], span?.status];
    };
    expect(told('runRepair')).toEqual(['FORBIDDEN', 0]);
    expect(told('definitions')).toEqual(['INTERNAL', 2]);
  });

  it('go on where the caller is, under the request id that the answer names', async () => {
    const collector = await collecting();
    const server = await traced(collector.url, { TRACE_SAMPLE_RATIO: '0' });
    const { requestId } = await ask(server, { traceparent: `00-${TRACE}-${SPAN}-01` });
    await ask(server, { traceparent: `00-${TRACE.replaceAll('4', '5')}-${SPAN}-00` });
    await ask(server, { traceparent: 'nonsense' });
    await ask(server, {});
    await server.stop();
    const operations = collector.spans.filter(({ attributes }) => 'lablet.code' in attributes);
    expect(operations.map(({ name }) => name).sort()).toEqual(['instances', 'viewer']);
    for (const { traceId, parentSpanId, attributes } of operations) {
      expect([traceId, parentSpanId]).toEqual([TRACE, SPAN]);
      expect(attributes['lablet.request.id']).toBe(requestId);
    }
  });

  it('are sent while the server runs as well, and counted', async () => {
    const collector = await collecting();
    const server = await traced(collector.url, { TRACE_EXPORT_SECONDS: '0.05' });
    await ask(server, {});
    await expect
      .poll(() => collector.spans.map(({ name }) => name), { timeout: 20_000 })
      .toEqual(expect.arrayContaining(['viewer', 'instances']));
    await expect
      .poll(
        async () => (await scrape(server.url)).value('lablet_trace_spans_total', { result: 'EXPORTED' }),
        {
          timeout: 20_000,
        },
      )
      .toBeGreaterThan(1);
  });

  it('that a dead collector refuses are lost and counted; requests go on', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const server = await traced(`http://127.0.0.1:${port}`, { TRACE_EXPORT_SECONDS: '0.05' });
    expect(await scheduled(server)).toMatch(/^ins_/);
    await expect
      .poll(async () => (await scrape(server.url)).value('lablet_trace_spans_total', { result: 'FAILED' }), {
        timeout: 30_000,
      })
      .toBeGreaterThan(0);
    expect((await ask(server, {})).body).toMatchObject({ data: { viewer: { subject: 'secret-person' } } });
  });

  it('that a silent collector takes hold up neither requests nor the stop', async () => {
    const collector = await collecting({ silent: true });
    const server = await traced(collector.url, { TRACE_EXPORT_SECONDS: '0.05' });
    await ask(server, {});
    await expect.poll(collector.asked, { timeout: 20_000 }).toBeGreaterThan(0);
    // Answered while the collector still holds the first spans.
    expect(await scheduled(server)).toMatch(/^ins_/);
    await server.stop();
    expect(collector.spans).toEqual([]);
  });

  it('are off without a collector', async () => {
    const server = await startTestServer();
    onTestFinished(() => server.close());
    const { body } = await ask(server, { traceparent: `00-${TRACE}-${SPAN}-01` });
    expect(body).toMatchObject({ data: { viewer: { subject: 'secret-person' } } });
    expect((await scrape(server.url)).value('lablet_trace_spans_total', { result: 'EXPORTED' })).toBe(0);
  });
});
