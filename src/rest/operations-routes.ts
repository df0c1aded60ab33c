import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics.js';
import type { healthMonitor } from './health.js';

/** What runs the server, rather than uses it: liveness, readiness with reasons, metrics. */
export function operationsRoutes(
  server: FastifyInstance,
  { health, metrics }: { health: ReturnType<typeof healthMonitor>; metrics: Metrics },
): void {
  server.get('/healthz', async () => ({ status: 'alive' }));

  server.get('/readyz', async (_request, reply) => {
    const readiness = health.now();
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });

  metrics.atScrape(() => {
    const { ready, checks } = health.now();
    metrics.ready.set(ready ? 1 : 0);
    // A server that stops has other checks than before.
    metrics.readyChecks.reset();
    for (const { name, ok } of checks) metrics.readyChecks.set({ check: name }, ok ? 1 : 0);
  });

  server.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.text()),
  );
}
