import { define, number, seconds, webUrl } from '../lib/settings.js';

/** Traces, which are off without a collector. */
export const tracingSettings = {
  otlpEndpoint: define(
    'OTLP_ENDPOINT',
    '',
    webUrl,
    'Collector that takes traces over OTLP/HTTP, as http://127.0.0.1:4318; unset: no traces.',
  ),
  traceSampleRatio: define(
    'TRACE_SAMPLE_RATIO',
    '1',
    number(0, 1),
    'Share of the operations that are traced, where the caller has not decided it.',
  ),
  traceExportSeconds: define(
    'TRACE_EXPORT_SECONDS',
    '5',
    seconds,
    'How long spans wait before they are sent together.',
  ),
} as const;
