import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { ERROR_CODES, type ErrorCode } from './errors.js';

/** How a request ended: 4xx is refused, 5xx is failed, whatever of it a GraphQL answer hides behind its 200. */
export const REQUEST_RESULTS = ['OK', 'REFUSED', 'FAILED', 'ABORTED'] as const;
export type RequestResult = (typeof REQUEST_RESULTS)[number];

/** OTHER: pages, session, health and metrics. */
export const TRANSPORTS = ['GRAPHQL', 'WEBSOCKET', 'REST', 'OTHER'] as const;

/** CONFLICT: another write was first, or the object is missing. UNKNOWN: it cannot be learned whether a write happened. */
export const STORE_RESULTS = ['OK', 'CONFLICT', 'UNAVAILABLE', 'UNKNOWN', 'FULL', 'FAILED'] as const;
export type StoreResult = (typeof STORE_RESULTS)[number];

/** FIRST: new. RESUMED: an earlier call may have had its effect. REPEATED: it had. CONFLICT: used with other input. */
export const KEY_RESULTS = ['FIRST', 'RESUMED', 'REPEATED', 'CONFLICT'] as const;

/** LOST: the live store was emptied or restored, or not compared yet. FOREIGN: a store is another deployment's. */
export const EPOCH_STATES = ['SOUND', 'LOST', 'FOREIGN'] as const;

const CODES = ['OK', ...Object.keys(ERROR_CODES)];
const CLAIM_REFUSALS = CODES.filter((code) =>
  /^(WORKER_NOT_|CAPACITY_|PORTS_|CLAIM_CON|STORE_|INTERNAL)/.test(code),
);
const FAST = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What repair tells apart; handed in, because the metrics know no feature. */
export interface RepairNames {
  readonly kinds: readonly string[];
  readonly actions: readonly string[];
}

/**
 * What the server counts. Every label value comes from a fixed list, so their number is bounded, and each counter is
 * there at 0 from the start, so that its first rise is seen as one.
 */
export function createMetrics({ kinds, actions }: RepairNames) {
  const registry = new Registry();
  const registers = [registry];
  const reads: (() => void)[] = [];
  collectDefaultMetrics({ register: registry });

  function counter<const Label extends string = never>(
    name: string,
    help: string,
    labels: Readonly<Record<Label, readonly string[]>> = {} as never,
  ) {
    const made = new Counter<Label>({
      name,
      help,
      labelNames: Object.keys(labels) as Label[],
      registers,
    });
    for (const values of combinations<Label>(labels)) made.inc(values, 0);
    return made;
  }

  function gauge<const Label extends string = never>(
    name: string,
    help: string,
    labels: Readonly<Record<Label, readonly string[]>> = {} as never,
  ) {
    const made = new Gauge<Label>({ name, help, labelNames: Object.keys(labels) as Label[], registers });
    for (const values of combinations<Label>(labels)) made.set(values, 0);
    return made;
  }

  return {
    registry,
    /** Has `read` set gauges just before they are shown. */
    atScrape: (read: () => void) => void reads.push(read),
    /** All metrics in the text format of Prometheus. */
    text(): Promise<string> {
      for (const read of reads) read();
      return registry.metrics();
    },
    requests: counter('lablet_requests_total', 'Requests answered, by transport and result.', {
      transport: TRANSPORTS,
      result: REQUEST_RESULTS,
    }),
    errors: counter(
      'lablet_errors_total',
      'Operations that ended with an error, and requests refused with RATE_LIMITED before one ran, by code.',
      {
        code: CODES.slice(1),
      },
    ),
    operations: new Counter({
      name: 'lablet_operations_total',
      help: 'Operations by name and code (OK or an error code).',
      labelNames: ['operation', 'code'],
      registers,
    }),
    operationSeconds: new Histogram({
      name: 'lablet_operation_duration_seconds',
      help: 'Duration of operations by name.',
      labelNames: ['operation'],
      buckets: FAST,
      registers,
    }),
    inFlight: gauge('lablet_operations_in_flight', 'Operations running now.'),
    inFlightLimit: gauge('lablet_operations_in_flight_limit', 'Operations that may run at once.'),
    claims: counter(
      'lablet_claims_total',
      'Claims by result: GRANTED, HELD (by the instance already) or a code.',
      {
        result: ['GRANTED', 'HELD', ...CLAIM_REFUSALS],
      },
    ),
    releases: counter('lablet_claim_releases_total', 'Claims given back, by result.', {
      result: ['RELEASED', 'FAILED'],
    }),
    claimRetries: counter(
      'lablet_claim_retries_total',
      'Claim transactions that lost a race and were tried again.',
    ),
    claimSeconds: new Histogram({
      name: 'lablet_claim_duration_seconds',
      help: 'Time from asking for a claim to its answer, waiting included.',
      buckets: FAST,
      registers,
    }),
    claimsWaiting: gauge('lablet_claims_waiting', 'Claims and releases that wait for their turn.'),
    claimsWaitingMost: gauge('lablet_claims_waiting_most', 'The same for the worker with the longest line.'),
    liveWrites: counter('lablet_live_state_writes_total', 'Live state writes by result.', {
      result: ['written', 'older', 'failed'],
    }),
    readers: gauge('lablet_live_readers', 'Live subscriptions open now.'),
    slowReaders: counter(
      'lablet_live_slow_readers_total',
      'Subscriptions ended because they lagged too far behind.',
    ),
    resyncs: counter('lablet_live_resyncs_total', 'Times the hub had to list again.'),
    liveDifferences: counter(
      'lablet_live_differences_total',
      'Live values that a comparison with the store found wrong; must stay 0.',
    ),
    hubRevision: gauge('lablet_live_revision', 'Live revision this process has reached.'),
    revisionsBehind: gauge(
      'lablet_live_revisions_behind',
      'How far that is behind the latest revision known of the store.',
    ),
    deliveryAge: gauge('lablet_live_delivery_age_seconds', 'Age of the latest change the watch delivered.'),
    eventsPublished: counter(
      'lablet_events_published_total',
      'Events copied from documents to the event log.',
    ),
    outboxDocuments: gauge(
      'lablet_outbox_documents',
      'Documents with events not copied yet, as the latest sweep found them; it counts up to 200 of a kind.',
    ),
    outboxAge: gauge('lablet_outbox_oldest_seconds', 'Age of the oldest of these events at that sweep.'),
    leader: gauge('lablet_leader', '1 while this process leads, else 0.'),
    repairFindings: gauge(
      'lablet_repair_findings',
      'Differences that the latest pass of repair found, by kind; 0 in peace. Set by the leader.',
      { kind: kinds },
    ),
    repairs: counter('lablet_repairs_total', 'Findings of repair by kind and action.', {
      kind: kinds,
      action: actions,
    }),
    repairPass: gauge(
      'lablet_repair_last_pass_timestamp_seconds',
      'When this process ended its latest pass of repair; 0 before the first.',
    ),
    storeCalls: new Counter({
      name: 'lablet_store_calls_total',
      help: 'Calls to the stores by store, call and result.',
      labelNames: ['store', 'call', 'result'],
      registers,
    }),
    storeSeconds: new Histogram({
      name: 'lablet_store_call_duration_seconds',
      help: 'Duration of calls to the stores.',
      labelNames: ['store'],
      buckets: FAST,
      registers,
    }),
    idempotencyKeys: counter(
      'lablet_idempotency_keys_total',
      'Commands with an idempotency key, by result.',
      {
        result: KEY_RESULTS,
      },
    ),
    epochState: gauge(
      'lablet_epoch_state',
      '1 for the state that the life of the live store is in, else 0.',
      {
        state: EPOCH_STATES,
      },
    ),
    ready: gauge('lablet_ready', '1 while the server is ready, else 0.'),
    readyChecks: new Gauge({
      name: 'lablet_ready_check',
      help: '1 for each part of readiness that is well, else 0.',
      labelNames: ['check'],
      registers,
    }),
    spans: counter('lablet_trace_spans_total', 'Spans handed to the collector, by result.', {
      result: ['EXPORTED', 'FAILED'],
    }),
    sockets: gauge('lablet_sockets', 'WebSocket connections open now.'),
    info: new Gauge({
      name: 'lablet_info',
      help: 'Always 1; which stores are in use.',
      labelNames: ['documents', 'live'],
      registers,
    }),
    eventStreams: gauge('lablet_event_streams', 'Event streams open now.'),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

/** What a request comes to that is answered with this HTTP status. */
export function resultOf(status: number): RequestResult {
  if (status >= 500) return 'FAILED';
  return status >= 400 ? 'REFUSED' : 'OK';
}

/** The same for an operation that ended with this code. */
export function resultOfCode(code: string): RequestResult {
  return code === 'OK' ? 'OK' : resultOf(ERROR_CODES[code as ErrorCode].http);
}

/** Every way to choose one value for each label; one empty choice without labels. */
function combinations<Label extends string>(
  labels: Readonly<Record<Label, readonly string[]>>,
): Partial<Record<Label, string>>[] {
  return Object.entries<readonly string[]>(labels).reduce<Partial<Record<Label, string>>[]>(
    (chosen, [label, values]) =>
      chosen.flatMap((each) => values.map((value) => ({ ...each, [label]: value }))),
    [{}],
  );
}
