import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { START } from '../../tests/support/aggregate-run.js';
import { gate, handClock } from '../../tests/support/by-hand.js';
import type { DocumentStore } from '../db/document-store.js';
import { addMs } from '../lib/clock.js';
import type { LiveHealth, LiveStore } from '../live/live-store.js';
import { LabletError } from '../errors.js';
import { healthMonitor, templateCheck, type Check } from './health.js';

const UP: LiveHealth = { state: 'up', version: '3.6', usedBytes: 10, quotaBytes: 100 };

function monitored() {
  const clock = handClock();
  const stores = {
    ping: vi.fn(async () => undefined),
    now: vi.fn(async () => clock.now()),
    health: vi.fn(async (): Promise<LiveHealth> => UP),
    silenceMs: vi.fn(() => 0),
    further: vi.fn((): Check[] => []),
    notes: vi.fn((): Check[] => []),
  };
  const health = healthMonitor({
    documents: stores as Partial<DocumentStore> as DocumentStore,
    live: stores as Partial<LiveStore> as LiveStore,
    hub: stores,
    watchFreshMs: 35_000,
    clock,
    further: stores.further,
    notes: stores.notes,
  });
  return { health, stores, clock };
}

let made: ReturnType<typeof monitored>;
beforeEach(() => {
  vi.useFakeTimers();
  made = monitored();
});
afterEach(() => {
  void made.health.close();
  vi.useRealTimers();
});

/** What one check says after a fresh look. */
async function detailOf(name: string): Promise<Check | undefined> {
  return (await made.health.check()).checks.find((check) => check.name === name);
}

describe('readiness', () => {
  it('is not there before the first look', () => {
    expect(made.health.now()).toEqual({
      ready: false,
      checks: [{ name: 'start', ok: false, detail: 'starting' }],
    });
  });

  it('is there when both stores answer, changes arrive and the clocks agree', async () => {
    const readiness = await made.health.check();
    expect(readiness).toEqual({
      ready: true,
      checks: ['documents', 'live', 'watch', 'clock'].map((name) => ({ name, ok: true, detail: null })),
    });
    expect(made.health.now()).toBe(readiness);
  });

  it('follows the stores by looking every second', async () => {
    await vi.advanceTimersByTimeAsync(1000);
    expect(made.health.now().ready).toBe(true);
    made.stores.ping.mockRejectedValue(new Error('ECONNREFUSED 10.0.0.5'));
    await vi.advanceTimersByTimeAsync(1000);
    expect(made.health.now().ready).toBe(false);
    expect(JSON.stringify(made.health.now())).not.toContain('ECONNREFUSED');
    made.stores.ping.mockResolvedValue(undefined);
    await vi.advanceTimersByTimeAsync(1000);
    expect(made.health.now().ready).toBe(true);
  });

  it('is looked at once for all who ask at the same time', async () => {
    const slow = gate();
    made.stores.ping.mockReturnValueOnce(slow.opened as Promise<undefined>);
    const looks = [made.health.check(), made.health.check()];
    slow.open();
    const [first, second] = await Promise.all(looks);
    expect(first).toBe(second);
    expect(made.stores.ping).toHaveBeenCalledTimes(1);
  });

  it('shows notes that do not decide it', async () => {
    const note = { name: 'templates', ok: false, detail: 'FILE_MISSING' };
    made.stores.notes.mockReturnValue([note]);
    expect(await made.health.check()).toMatchObject({ ready: true });
    expect(made.health.now().checks.at(-1)).toBe(note);
  });

  it('is gone as soon as the server stops, whatever the stores say', async () => {
    await made.health.check();
    void made.health.close();
    const stopping = { name: 'stopping', ok: false, detail: 'the server is stopping' };
    expect(made.health.now()).toEqual({ ready: false, checks: [stopping] });
    await vi.advanceTimersByTimeAsync(5000);
    expect(made.stores.ping).toHaveBeenCalledTimes(1);
  });
});

describe('the note on the template file', () => {
  const report = { file: 'kinds.yaml', at: START, templates: [], fault: null };

  it('counts what became of the templates', () => {
    const templates = (['KEPT', 'UPDATED', 'KEPT'] as const).map((outcome, n) => ({
      name: `t${n}`,
      outcome,
    }));
    expect(templateCheck({ ...report, templates })).toEqual({
      name: 'templates',
      ok: true,
      detail: 'kinds.yaml: 2 KEPT, 1 UPDATED',
    });
    expect(templateCheck(report).detail).toBe('kinds.yaml: no templates');
  });

  it('tells the fault', () => {
    const details = { file: 'kinds.yaml', entry: 'a', field: 'hue', line: 4, rule: 'UNKNOWN_FIELD' };
    const fault = new LabletError('TEMPLATE_FILE_INVALID', 'there is no such field', details);
    const detail = 'kinds.yaml: there is no such field';
    expect(templateCheck({ ...report, fault })).toEqual({ name: 'templates', ok: false, detail });
  });
});

describe('the document store', () => {
  it('that does not answer is said so', async () => {
    made.stores.ping.mockRejectedValue(new Error('down'));
    expect(await detailOf('documents')).toEqual({
      name: 'documents',
      ok: false,
      detail: 'the document store does not answer',
    });
    expect(made.health.now().ready).toBe(false);
  });

  it('that cannot tell its time does not answer', async () => {
    made.stores.now.mockRejectedValue(new Error('down'));
    expect(await detailOf('documents')).toMatchObject({ ok: false });
  });
});

describe('the live store', () => {
  it('that is down is said so, without its words', async () => {
    made.stores.health.mockResolvedValue({ state: 'down', reason: '14 UNAVAILABLE' });
    expect(await detailOf('live')).toEqual({
      name: 'live',
      ok: false,
      detail: 'the live store does not answer',
    });
  });

  it.each([
    [79, 100, null],
    [80, 100, 'uses 80 of 100 bytes'],
    [10 ** 12, null, null],
  ])('that uses %i of %s bytes is ready and says %j', async (usedBytes, quotaBytes, detail) => {
    made.stores.health.mockResolvedValue({ ...UP, usedBytes, quotaBytes });
    expect(await detailOf('live')).toEqual({ name: 'live', ok: true, detail });
  });
});

describe('the watch', () => {
  it.each([
    [34_999, true, null],
    [35_000, false, 'no change delivered for 35 s'],
    [90_400, false, 'no change delivered for 90 s'],
  ])('that was silent for %i ms is fresh: %s', async (silence, ok, detail) => {
    made.stores.silenceMs.mockReturnValue(silence);
    expect(await detailOf('watch')).toEqual({ name: 'watch', ok, detail });
    expect(made.health.now().ready).toBe(ok);
  });
});

describe('the clock', () => {
  it.each([
    [5000, true, null],
    [-5000, true, null],
    [5001, false, "5001 ms off the document store's"],
    [-600_000, false, "600000 ms off the document store's"],
  ])('that is %i ms off is good enough: %s', async (off, ok, detail) => {
    made.stores.now.mockResolvedValue(addMs(START, off));
    expect(await detailOf('clock')).toEqual({ name: 'clock', ok, detail });
    expect(made.health.now().ready).toBe(ok);
  });

  it('is compared once a minute', async () => {
    await made.health.check();
    made.clock.advance(59_999);
    await made.health.check();
    expect(made.stores.now).toHaveBeenCalledTimes(1);
    made.clock.advance(1);
    await made.health.check();
    expect(made.stores.now).toHaveBeenCalledTimes(2);
  });

  it('that was set right is good again within five seconds', async () => {
    made.stores.now.mockResolvedValueOnce(addMs(START, 60_000));
    expect(await detailOf('clock')).toMatchObject({ ok: false });
    made.clock.advance(5000);
    expect(await detailOf('clock')).toMatchObject({ ok: true });
  });
});
