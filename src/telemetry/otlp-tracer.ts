import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span as OtelSpan } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node';
import { setTimeout as delay } from 'node:timers/promises';
import type { Closable } from '../lib/closing.js';
import { NO_SPAN, type Span, type SpanFacts, type Tracer } from '../lib/tracing.js';
import type { Metrics } from '../metrics.js';

export interface OtlpParts {
  /** Base address of the collector; `/v1/traces` is added unless it is there. */
  readonly endpoint: string;
  /** 0 to 1; a caller that sends `traceparent` decides for itself. */
  readonly sampleRatio: number;
  readonly exportMs: number;
  readonly metrics: Pick<Metrics, 'spans'>;
}

const SERVICE = 'lablet-control-plane';
/** Spans that wait for the collector, at most; later ones are dropped, so that it never holds anything up. */
const QUEUE = 2048;
const EXPORT_MS = 5000;
/** A stop waits no longer than this for the collector. */
const FLUSH_MS = 2000;

/** Sends spans to a collector in the background. */
export function otlpTracer({ endpoint, sampleRatio, exportMs, metrics }: OtlpParts): Tracer & Closable {
  const processor = new BatchSpanProcessor(counted(exporterTo(endpoint), metrics), {
    maxQueueSize: QUEUE,
    scheduledDelayMillis: exportMs,
    exportTimeoutMillis: EXPORT_MS,
  });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': SERVICE }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [processor],
  });
  // For what carries the present span along and reads traceparent; the spans are made by this provider all the same.
  provider.register();
  const tracer = provider.getTracer(SERVICE);

  function within<T>(span: OtelSpan, at: Context, work: (span: Span) => Promise<T>): Promise<T> {
    return context.with(trace.setSpan(at, span), async () => {
      try {
        return await work(spanOf(span));
      } finally {
        span.end();
      }
    });
  }

  return {
    span(name, parent, work) {
      const at = propagation.extract(ROOT_CONTEXT, parent);
      return within(tracer.startSpan(name, { kind: SpanKind.SERVER }, at), at, work);
    },
    child(name, facts, work) {
      const at = context.active();
      // Loops in the background have none, and what outlives its operation has none any more.
      if (!trace.getSpan(at)?.isRecording()) return work(NO_SPAN);
      const options = { kind: SpanKind.CLIENT, attributes: mutable(facts) };
      return within(tracer.startSpan(name, options, at), at, work);
    },
    async close() {
      const sent = provider.shutdown().catch(() => undefined);
      await Promise.race([sent, delay(FLUSH_MS, undefined, { ref: false })]);
    },
  };
}

function exporterTo(endpoint: string): OTLPTraceExporter {
  const base = endpoint.replace(/\/+$/, '');
  const url = base.endsWith('/v1/traces') ? base : `${base}/v1/traces`;
  return new OTLPTraceExporter({ url, timeoutMillis: EXPORT_MS });
}

/** The same exporter, which counts what became of the spans; 0 is how it says that they were taken. */
function counted(exporter: OTLPTraceExporter, { spans: counts }: Pick<Metrics, 'spans'>): OTLPTraceExporter {
  const send = exporter.export.bind(exporter);
  exporter.export = (spans, answer) =>
    send(spans, (result) => {
      counts.inc({ result: result.code === 0 ? 'EXPORTED' : 'FAILED' }, spans.length);
      answer(result);
    });
  return exporter;
}

const spanOf = (span: OtelSpan): Span => ({
  add: (facts) => void span.setAttributes(mutable(facts)),
  fail: () => void span.setStatus({ code: SpanStatusCode.ERROR }),
});

function mutable(facts: SpanFacts): Attributes {
  const entries = Object.entries<SpanFacts[string]>(facts);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'object' ? [...value] : value]),
  );
}
