/** What the server tells Prometheus after real work: names, labels and values. */
import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import * as api from '../src/client/index.js';
import { ERROR_CODES } from '../src/errors.js';
import { EPOCH_STATES, KEY_RESULTS, REQUEST_RESULTS, STORE_RESULTS, TRANSPORTS } from '../src/metrics.js';
import { FINDING_ACTIONS, FINDING_KINDS } from '../src/repair/findings.js';
import { refusal } from './support/answers.js';
import { readDocument } from './support/markdown.js';
import { metricOf, scrape, type Scraped } from './support/prometheus.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

let server: TestServer;
let scraped: Scraped;
let atStart: Scraped;

beforeAll(async () => {
  server = await startTestServer();
  const admin = await server.client('ADMIN', 'root');
  const tell = story(admin);
  atStart = await scrape(server.url);
  const definitionId = (await tell.definition(plainDefinition('Counted', 3))).id;
  const worker = await openWorker(admin, 'counted', { portRange: { start: 3000, end: 3003 } });
  const booked = await tell.instance({ definitionId });
  await tell.schedule(booked.id, worker.id);
  const second = await tell.instance({ definitionId, idempotencyKey: 'one' });
  await tell.instance({ definitionId, idempotencyKey: 'one' });
  const other = admin.request(api.CreateInstanceDocument, {
    input: { definitionId, reservationId: 'r', idempotencyKey: 'one' },
  });
  expect(await refusal(other)).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  expect(await refusal(tell.schedule(second.id, worker.id))).toMatchObject({ code: 'PORTS_EXHAUSTED' });
  await tell.terminate(booked.id);
  const nobody = server.clientWith(null).request(api.ViewerDocument, {});
  expect(await refusal(nobody)).toMatchObject({ code: 'UNAUTHENTICATED' });
  for (const path of ['/api/v1/definitions', '/api/v1/definitions/nobody']) {
    await fetch(server.url + path, { headers: { authorization: `Bearer ${await server.token('ADMIN')}` } });
  }
  for await (const { instanceChanges } of admin.subscribe(api.InstanceChangesDocument, {})) {
    if (required(instanceChanges).kind !== 'SYNCED') continue;
    scraped = await scrape(server.url);
    break;
  }
});

afterAll(() => server.close());

const ours = ({ types }: Scraped) => [...types.keys()].filter((name) => name.startsWith('lablet_')).sort();

/** Names of the labels of each metric, as they were seen. */
function labelsSeen({ samples, types }: Scraped): Map<string, Set<string>> {
  const seen = new Map<string, Set<string>>(
    ours({ samples, types } as Scraped).map((name) => [name, new Set()]),
  );
  for (const { name, labels } of samples) {
    for (const label of Object.keys(labels)) {
      if (label !== 'le') seen.get(metricOf(name, types))?.add(label);
    }
  }
  return seen;
}

describe('the metrics', () => {
  it('count requests by transport and result, also where GraphQL answers 200', () => {
    const requests = (transport: string, result: string) =>
      scraped.value('lablet_requests_total', { transport, result });
    expect(requests('GRAPHQL', 'OK')).toBe(9);
    expect(requests('GRAPHQL', 'REFUSED')).toBe(3);
    expect(requests('GRAPHQL', 'FAILED')).toBe(0);
    expect(requests('REST', 'OK')).toBe(1);
    expect(requests('REST', 'REFUSED')).toBe(1);
    expect(requests('WEBSOCKET', 'OK')).toBe(1);
    expect(requests('OTHER', 'OK')).toBe(1);
  });

  it('count operations and their errors by code', () => {
    const operations = (operation: string, code: string) =>
      scraped.value('lablet_operations_total', { operation, code });
    expect(operations('scheduleInstance', 'OK')).toBe(1);
    expect(operations('scheduleInstance', 'PORTS_EXHAUSTED')).toBe(1);
    expect(operations('viewer', 'UNAUTHENTICATED')).toBe(1);
    expect(operations('instanceChanges', 'OK')).toBe(1);
    const errors = (code: string) => scraped.value('lablet_errors_total', { code });
    expect([errors('PORTS_EXHAUSTED'), errors('UNAUTHENTICATED'), errors('INTERNAL')]).toEqual([1, 1, 0]);
    expect(scraped.value('lablet_operation_duration_seconds_count', { operation: 'createInstance' })).toBe(4);
  });

  it('count claims by what they came to, and what is given back', () => {
    const claims = (result: string) => scraped.value('lablet_claims_total', { result });
    expect([claims('GRANTED'), claims('PORTS_EXHAUSTED'), claims('CLAIM_CONTENTION')]).toEqual([1, 1, 0]);
    expect(scraped.value('lablet_claim_duration_seconds_count')).toBe(2);
    expect(scraped.value('lablet_claim_releases_total', { result: 'RELEASED' })).toBe(1);
    expect(scraped.value('lablet_claims_waiting')).toBe(0);
    expect(scraped.value('lablet_claims_waiting_most')).toBe(0);
  });

  it('count commands with a key by what became of the key', () => {
    const keys = KEY_RESULTS.map((result) => scraped.value('lablet_idempotency_keys_total', { result }));
    expect(keys).toEqual([1, 0, 1, 1]);
  });

  it('count the calls to both stores by result', () => {
    const calls = (store: string, call: string, result: string) =>
      scraped.value('lablet_store_calls_total', { store, call, result });
    expect(calls('documents', 'insert', 'OK')).toBeGreaterThan(3);
    // The key that was used again; an event may be copied twice as well.
    expect(calls('documents', 'insert', 'CONFLICT')).toBeGreaterThanOrEqual(2);
    expect(calls('live', 'txn', 'OK')).toBeGreaterThan(3);
    expect(scraped.value('lablet_store_call_duration_seconds_count', { store: 'live' })).toBeGreaterThan(5);
  });

  it('show the state of the process: leader, epoch, readiness, watch, readers', () => {
    expect(scraped.value('lablet_leader')).toBe(1);
    expect(EPOCH_STATES.map((state) => scraped.value('lablet_epoch_state', { state }))).toEqual([1, 0, 0]);
    expect(scraped.value('lablet_ready')).toBe(1);
    for (const check of ['documents', 'live', 'watch', 'clock', 'epoch', 'templates', 'repair']) {
      expect([check, scraped.value('lablet_ready_check', { check })]).toEqual([check, 1]);
    }
    expect(scraped.value('lablet_live_readers')).toBe(1);
    expect(scraped.value('lablet_sockets')).toBe(1);
    expect(scraped.value('lablet_live_revision')).toBeGreaterThan(5);
    expect(scraped.value('lablet_live_delivery_age_seconds')).toBeGreaterThanOrEqual(0);
    expect(scraped.value('lablet_live_revisions_behind')).toBeGreaterThanOrEqual(0);
    expect(scraped.value('lablet_operations_in_flight_limit')).toBe(1000);
    expect(scraped.value('lablet_info', { documents: 'embedded', live: 'embedded' })).toBe(1);
  });

  it('have every counter of a fixed list at 0 from the start', () => {
    for (const kind of FINDING_KINDS) {
      expect(atStart.value('lablet_repair_findings', { kind })).toBe(0);
      for (const action of FINDING_ACTIONS) {
        expect(atStart.value('lablet_repairs_total', { kind, action })).toBe(0);
      }
    }
    for (const code of Object.keys(ERROR_CODES)) {
      expect(atStart.value('lablet_errors_total', { code })).toBe(0);
    }
  });

  it('have names as Prometheus wants them', () => {
    for (const [name, type] of scraped.types) {
      if (!name.startsWith('lablet_')) continue;
      expect(name).toMatch(/^lablet(_[a-z]+)+$/);
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    }
  });

  it('have labels whose values come from fixed lists, never from what callers send', () => {
    const schema = buildSchema(readDocument('schema.graphql'));
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    const fixed: Record<string, readonly string[]> = {
      transport: TRANSPORTS,
      result: [
        ...REQUEST_RESULTS,
        ...STORE_RESULTS,
        ...KEY_RESULTS,
        ...Object.keys(ERROR_CODES),
        ...['GRANTED', 'HELD', 'RELEASED', 'EXPORTED', 'written', 'older', 'failed'],
      ],
      code: ['OK', ...Object.keys(ERROR_CODES)],
      operation: roots.flatMap((type) => Object.keys(required(type).getFields())),
      kind: FINDING_KINDS,
      action: FINDING_ACTIONS,
      state: EPOCH_STATES,
      check: 'documents live watch clock epoch owner templates repair start stopping'.split(' '),
      store: ['documents', 'live'],
      documents: ['embedded', 'mongodb'],
      live: ['embedded', 'etcd'],
      call: 'insert insertMissing replace amend pullEvents get getMany find count deleteOlderThan remove now ping standing list txn put delete lease'.split(
        ' ',
      ),
    };
    const wrong = scraped.samples
      .filter(({ name }) => name.startsWith('lablet_'))
      .flatMap(({ name, labels }) => Object.entries(labels).map(([label, value]) => ({ name, label, value })))
      .filter(({ label, value }) => label !== 'le' && !fixed[label]?.includes(value));
    expect(wrong).toEqual([]);
  });

  it('are documented one by one, with their labels', () => {
    const rows = [...readDocument('docs/operations.md').matchAll(/^\| `(lablet_\w+)` +\| ([^|]*)\|/gm)];
    const documented = rows.map(([, name = '', labels = '']) => [
      name,
      new Set([...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label)),
    ]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(labelsSeen(scraped)));
  });
});

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

const ALERTS = 'config/monitoring/alerts.yml';
const DASHBOARD = 'config/monitoring/grafana-dashboard.json';

function alertRules(): Rule[] {
  const { groups } = parseYaml(readFileSync(ALERTS, 'utf8')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly description?: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

function panels(): Panel[] {
  const dashboard = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as { panels: Panel[] };
  return dashboard.panels.filter(({ type }) => type !== 'row');
}

/** What Prometheus adds to every sample. */
const ADDED = ['job', 'instance', 'le'];

/** Metrics and labels of an expression that the server does not export. */
function unknownIn(expr: string): string[] {
  const labels = labelsSeen(scraped);
  for (const { name, labels: given } of scraped.samples) {
    const metric = metricOf(name, scraped.types);
    const known = labels.get(metric) ?? new Set<string>();
    labels.set(metric, new Set([...known, ...Object.keys(given)]));
  }
  const plain = expr.replaceAll(/"[^"]*"/g, '""');
  const metrics = [...plain.matchAll(/\b(?:lablet|nodejs|process)_\w+/g)].map(([name]) =>
    metricOf(name, scraped.types),
  );
  const named = [
    ...[...plain.matchAll(/\{([^}]*)\}/g)].flatMap(([, list = '']) =>
      [...list.matchAll(/(\w+) *(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
    ),
    ...[...plain.matchAll(/\b(?:by|without) *\(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/[ ,]+/)),
  ].filter((label) => label !== '' && !ADDED.includes(label));
  const has = (label: string) => metrics.some((metric) => labels.get(metric)?.has(label));
  return [
    ...(metrics.length === 0 ? ['no metric'] : []),
    ...metrics.filter((metric) => !labels.has(metric)),
    ...named.filter((label) => !has(label)),
  ];
}

describe('the alert rules', () => {
  it('name only metrics and labels that the server exports', () => {
    const rules = alertRules();
    expect(rules.length).toBeGreaterThan(15);
    expect(
      rules.map(({ alert, expr }) => [alert, unknownIn(expr)]).filter(([, unknown]) => unknown?.length),
    ).toEqual([]);
  });

  it('say in one line what is wrong, and lead to what to do about it', () => {
    const headings = [...readDocument('docs/operations.md').matchAll(/^#+ (.*)$/gm)].map(
      ([, title = '']) => title,
    );
    for (const { alert, labels, annotations } of alertRules()) {
      expect(['critical', 'warning']).toContain(labels.severity);
      expect([alert, annotations.summary]).toEqual([alert, expect.stringMatching(/^.{10,100}$/)]);
      expect(annotations.runbook_url).toBe(`docs/operations.md#${alert.toLowerCase()}`);
      expect(headings).toContain(alert);
    }
  });

  it('all have their place in the runbook, and the runbook has no others', () => {
    const titles = [...readDocument('docs/operations.md').matchAll(/^### (Lablet\w+)$/gm)].map(
      ([, title]) => title,
    );
    expect(new Set(titles)).toEqual(new Set(alertRules().map(({ alert }) => alert)));
    expect(titles).toHaveLength(alertRules().length);
  });
});

describe('the dashboard', () => {
  it('shows only metrics and labels that the server exports', () => {
    const queries = panels().flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => [title, unknownIn(expr)]),
    );
    expect(queries.length).toBeGreaterThan(20);
    expect(queries.filter(([, unknown]) => unknown?.length)).toEqual([]);
  });

  it('shows every metric of the program', () => {
    const text = panels()
      .flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
      .join('\n');
    const unseen = ours(scraped).filter(
      (name) => !new RegExp(`\\b${name}(?:_bucket|_sum|_count)?\\b`).test(text),
    );
    expect(unseen).toEqual([]);
  });

  it('says of every panel what it is for', () => {
    for (const { title, description } of panels()) {
      expect([title, description]).toEqual([title, expect.stringMatching(/.{10}/)]);
    }
  });
});
