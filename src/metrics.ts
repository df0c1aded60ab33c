import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What the server counts; label values come from fixed lists, so their number is bounded. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    operations: new Histogram({
      name: 'lablet_operation_seconds',
      help: 'Duration of operations by name and result code (OK or an error code).',
      labelNames: ['operation', 'code'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    inFlight: new Gauge({ name: 'lablet_operations_in_flight', help: 'Operations running now.', registers }),
    claims: new Counter({
      name: 'lablet_claims_total',
      help: 'Claims and releases by result (granted, released, or an error code).',
      labelNames: ['result'],
      registers,
    }),
    claimRetries: new Counter({
      name: 'lablet_claim_retries_total',
      help: 'Claim transactions that lost a race and were tried again.',
      registers,
    }),
    liveWrites: new Counter({
      name: 'lablet_live_state_writes_total',
      help: 'Live state writes by result (written, older, failed).',
      labelNames: ['result'],
      registers,
    }),
    readers: new Gauge({ name: 'lablet_live_readers', help: 'Live subscriptions open now.', registers }),
    slowReaders: new Counter({
      name: 'lablet_live_slow_readers_total',
      help: 'Subscriptions ended because they lagged too far behind.',
      registers,
    }),
    resyncs: new Counter({
      name: 'lablet_live_resyncs_total',
      help: 'Times the hub had to list again.',
      registers,
    }),
    liveDifferences: new Counter({
      name: 'lablet_live_differences_total',
      help: 'Live values that a comparison with the store found wrong; must stay 0.',
      registers,
    }),
    hubRevision: new Gauge({
      name: 'lablet_live_revision',
      help: 'Live revision this process has reached.',
      registers,
    }),
    eventsPublished: new Counter({
      name: 'lablet_events_published_total',
      help: 'Events copied from documents to the event log.',
      registers,
    }),
    repairFindings: new Gauge({
      name: 'lablet_repair_findings',
      help: 'Differences that the latest pass of repair found, by kind; 0 in peace. Set by the leader.',
      labelNames: ['kind'],
      registers,
    }),
    repairs: new Counter({
      name: 'lablet_repairs_total',
      help: 'Findings of repair by kind and action (REPAIRED, REPORTED).',
      labelNames: ['kind', 'action'],
      registers,
    }),
    sockets: new Gauge({ name: 'lablet_sockets', help: 'WebSocket connections open now.', registers }),
    eventStreams: new Gauge({ name: 'lablet_event_streams', help: 'Event streams open now.', registers }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
