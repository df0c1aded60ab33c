import { EPOCH_STATES, type Metrics } from '../metrics.js';

/** What is looked at when the metrics are read, rather than counted when it happens. */
export interface StateParts {
  readonly metrics: Metrics;
  readonly limit: number;
  readonly inFlight: () => number;
  readonly claimsWaiting: () => { readonly all: number; readonly most: number };
  readonly hub: { silenceMs(): number; revision(): number };
  readonly guard: {
    foreign(): string | null;
    fault(): string | null;
    life(): { readonly revision: number } | null;
  };
}

/** Has the gauges of the present state set before each scrape. */
export function showState({ metrics, limit, inFlight, claimsWaiting, hub, guard }: StateParts): void {
  metrics.inFlightLimit.set(limit);
  metrics.atScrape(() => {
    metrics.inFlight.set(inFlight());
    const { all, most } = claimsWaiting();
    metrics.claimsWaiting.set(all);
    metrics.claimsWaitingMost.set(most);
    metrics.deliveryAge.set(Math.max(0, hub.silenceMs()) / 1000);
    metrics.hubRevision.set(hub.revision());
    metrics.revisionsBehind.set(Math.max(0, (guard.life()?.revision ?? 0) - hub.revision()));
    const state = guard.foreign() !== null ? 'FOREIGN' : guard.fault() === null ? 'SOUND' : 'LOST';
    for (const each of EPOCH_STATES) metrics.epochState.set({ state: each }, each === state ? 1 : 0);
  });
}
