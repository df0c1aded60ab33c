import type { Closing } from '../lib/closing.js';
import { untraced, type Tracer } from '../lib/tracing.js';
import type { OtlpParts } from './otlp-tracer.js';

/** Traces to the collector of the settings; none without one, and then nothing of OpenTelemetry is loaded. */
export async function openTracer(
  { endpoint, ...parts }: Omit<OtlpParts, 'endpoint'> & { readonly endpoint: string | null },
  closing: Closing,
): Promise<Tracer> {
  if (endpoint === null) return untraced;
  const { otlpTracer } = await import('./otlp-tracer.js');
  return closing.add('traces', otlpTracer({ endpoint, ...parts }));
}
