import type { Clock } from '../lib/clock.js';
import type { Closable } from '../lib/closing.js';
import type { DocumentStore } from '../db/document-store.js';
import type { LiveStore } from '../live/live-store.js';
import type { LoadReport } from '../worker-templates/load-templates.js';

/** One thing readiness depends on. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string | null;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly Check[];
}

export interface HealthParts {
  readonly documents: DocumentStore;
  readonly live: LiveStore;
  readonly hub: { silenceMs(): number };
  readonly watchFreshMs: number;
  readonly clock: Clock;
  /** What else readiness depends on, as it is now. */
  readonly further: () => readonly Check[];
  /** What does not decide readiness but should be seen with it: the template file, and what repair holds back. */
  readonly notes: () => readonly Check[];
}

const INTERVAL_MS = 1000;
const CLOCK_CHECK_MS = 60_000;
const MAX_CLOCK_GAP_MS = 5000;
const QUOTA_WARNING = 0.8;

/** Asks each store itself, every second; readiness is what they answered last. */
export function healthMonitor(
  parts: HealthParts,
): Closable & { now(): Readiness; check(): Promise<Readiness> } {
  const { documents, live, hub, clock } = parts;
  let latest: Readiness = { ready: false, checks: [{ name: 'start', ok: false, detail: 'starting' }] };
  let draining = false;
  let clockGapMs = 0;
  let clockCheckedAt = Number.NEGATIVE_INFINITY;
  let busy: Promise<Readiness> | null = null;

  async function documentCheck(): Promise<Check> {
    try {
      await documents.ping();
      // A clock that was wrong is looked at every time, so that its mending shows soon.
      const pause = clockGapMs > MAX_CLOCK_GAP_MS ? 0 : CLOCK_CHECK_MS;
      if (clock.monotonic() - clockCheckedAt >= pause) {
        clockGapMs = Math.abs(Date.parse(await documents.now()) - Date.parse(clock.now()));
        clockCheckedAt = clock.monotonic();
      }
      return { name: 'documents', ok: true, detail: null };
    } catch {
      return { name: 'documents', ok: false, detail: 'the document store does not answer' };
    }
  }

  async function liveCheck(): Promise<Check> {
    const health = await live.health();
    if (health.state === 'down') return { name: 'live', ok: false, detail: 'the live store does not answer' };
    const { usedBytes, quotaBytes } = health;
    const full = quotaBytes !== null && usedBytes >= quotaBytes * QUOTA_WARNING;
    return { name: 'live', ok: true, detail: full ? `uses ${usedBytes} of ${quotaBytes} bytes` : null };
  }

  function watchCheck(): Check {
    const ok = hub.silenceMs() < parts.watchFreshMs;
    return {
      name: 'watch',
      ok,
      detail: ok ? null : `no change delivered for ${Math.round(hub.silenceMs() / 1000)} s`,
    };
  }

  function clockCheck(): Check {
    const ok = clockGapMs <= MAX_CLOCK_GAP_MS;
    return { name: 'clock', ok, detail: ok ? null : `${clockGapMs} ms off the document store's` };
  }

  async function check(): Promise<Readiness> {
    busy ??= (async () => {
      const asked = await Promise.all([documentCheck(), liveCheck()]);
      const checks = [...asked, watchCheck(), clockCheck(), ...parts.further()];
      latest = { ready: checks.every(({ ok }) => ok), checks: [...checks, ...parts.notes()] };
      return latest;
    })().finally(() => (busy = null));
    return busy;
  }

  const timer = setInterval(() => void check(), INTERVAL_MS);
  timer.unref();

  return {
    now: () =>
      draining
        ? { ready: false, checks: [{ name: 'stopping', ok: false, detail: 'the server is stopping' }] }
        : latest,
    check,
    close() {
      draining = true;
      clearInterval(timer);
    },
  };
}

/** The latest load of the template file as a note: what became of the templates, or the fault of the file. */
export function templateCheck({ file, templates, fault }: LoadReport): Check {
  if (fault) return { name: 'templates', ok: false, detail: `${file}: ${fault.message}` };
  const counts = new Map<string, number>();
  for (const { outcome } of templates) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const list = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  return { name: 'templates', ok: true, detail: `${file}: ${list || 'no templates'}` };
}
