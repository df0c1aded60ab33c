import { ERROR_CODES, isLabletError } from '../errors.js';
import type { OperationRunner, Origin } from '../lib/run-operation.js';
import { untraced, type Span, type Tracer } from '../lib/tracing.js';
import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';

/** Counts, times and logs each operation that ended; a line for each one, under the id of its request. */
export function operationObserver({ metrics, logger }: { metrics: Metrics; logger: Logger }) {
  return (operation: string, code: string, ms: number, origin: Origin): void => {
    const { actor, requestId, onCode, isInternal = false } = origin;
    if (isInternal) return;
    metrics.operations.inc({ operation, code });
    metrics.operationSeconds.observe({ operation }, ms / 1000);
    if (code !== 'OK') metrics.errors.inc({ code });
    onCode?.(code);
    const caller = actor?.subject ?? null;
    logger.info({ requestId, caller, operation, code, ms: Math.round(ms * 1000) / 1000 }, 'operation');
  };
}

/** The same runner; each operation is a span below the one its caller names. */
export function tracedRunner(runner: OperationRunner, tracer: Tracer): OperationRunner {
  if (tracer === untraced) return runner;
  return {
    ...runner,
    run: (operation, deps, input, origin) =>
      traced(tracer, operation, origin, () => runner.run(operation, deps, input, origin)),
    // What is traced of a subscription is whether it was accepted, which waits for nothing.
    prepare(operation, deps, input, origin) {
      try {
        const start = runner.prepare(operation, deps, input, origin);
        if (!origin.isInternal) void traced(tracer, operation, origin, async () => undefined);
        return start;
      } catch (error) {
        void traced(tracer, operation, origin, () => Promise.reject(error as Error)).catch(() => undefined);
        throw error;
      }
    },
  };
}

function traced<T>(
  tracer: Tracer,
  { name, kind }: { readonly name: string; readonly kind: string },
  { actor, requestId, trace }: Origin,
  work: () => Promise<T>,
): Promise<T> {
  return tracer.span(name, trace ?? {}, async (span) => {
    span.add({ 'lablet.operation.kind': kind, 'lablet.request.id': requestId });
    if (actor) span.add({ 'lablet.caller.roles': actor.roles });
    try {
      const result = await work();
      span.add({ 'lablet.code': 'OK' });
      return result;
    } catch (error) {
      tell(span, error);
      throw error;
    }
  });
}

function tell(span: Span, error: unknown): void {
  const code = isLabletError(error) ? error.code : 'INTERNAL';
  span.add({ 'lablet.code': code });
  if (ERROR_CODES[code].http >= 500) span.fail();
}
