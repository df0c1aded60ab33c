import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { liveKeys } from '../src/claims/keys.js';
import { codecs } from '../src/claims/values.js';
import { openEtcdLiveStore } from '../src/live/etcd-live-store.js';
import type { LiveStore } from '../src/live/live-store.js';
import { isDemanded, purePairs } from './support/backends.js';
import { startServerProcess } from './support/server-process.js';

const keys = liveKeys();
const LEADER = keys.leader('control-plane');
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';
const TTL_SECONDS = 3;

/** What the live store was told by leaders, in order. */
type Heard =
  | { readonly what: 'LEADS'; readonly holder: string }
  | { readonly what: 'GONE' }
  | { readonly what: 'TICK'; readonly n: number; readonly at: string };

// Leadership over several processes needs servers that they can share.
const shared = purePairs().filter(({ name }) => name.includes('etcd'));

/** True where a clock can be made to jump; says so, and fails where it is demanded but missing. */
function clockCanJump(): boolean {
  const here = existsSync(FAKETIME);
  process.stdout.write(
    here ? 'engine libfaketime\n' : `engine libfaketime NOT RUN: ${FAKETIME} is missing\n`,
  );
  if (!here && isDemanded('libfaketime'))
    it('libfaketime is here', () => expect.fail(`${FAKETIME} is missing`));
  return here;
}

describe.each(shared)('three processes on $name', (pair) => {
  let env: Readonly<Record<string, string>>;
  let stopEngines: () => Promise<void>;
  let live: LiveStore;

  beforeAll(async () => {
    ({ env, stop: stopEngines } = await pair.start());
    live = await openEtcdLiveStore({ endpoints: [env['ETCD_ENDPOINTS'] as string], callMs: 5000 });
  });

  afterAll(async () => {
    await live?.close();
    await stopEngines?.();
  });

  const start = (more: Record<string, string> = {}) =>
    startServerProcess({
      ...env,
      DATA_DIR: mkdtempSync(join(tmpdir(), 'lablet-lead-')),
      LEADER_TTL_SECONDS: String(TTL_SECONDS),
      TICK_SECONDS: '0.1',
      ...more,
    });

  /** Everything that is written to the leader key and the tick from now on. */
  async function listening(): Promise<Heard[]> {
    const heard: Heard[] = [];
    const controller = new AbortController();
    const { revision } = await live.list(keys.root);
    const watching = (async () => {
      for await (const { changes } of live.watch(keys.root, { after: revision, signal: controller.signal })) {
        for (const { key, value } of changes) {
          if (key === LEADER)
            heard.push(value === null ? { what: 'GONE' } : { what: 'LEADS', holder: holderOf(value) });
          else if (key === keys.tick && value !== null) heard.push({ what: 'TICK', ...tickOf(value) });
        }
      }
    })();
    onTestFinished(async () => {
      controller.abort();
      await watching;
    });
    return heard;
  }

  const holderOf = (text: string) => {
    const decoded = codecs.leader.decode(text);
    return decoded.ok ? decoded.value.holder : 'unreadable';
  };
  const tickOf = (text: string) => {
    const decoded = codecs.tick.decode(text);
    return decoded.ok ? decoded.value : { n: -1, at: '' };
  };
  const holder = async () => {
    const entry = await live.get(LEADER);
    return entry && holderOf(entry.value);
  };

  /** Three of them; the first one, which gets the settings, leads before the others campaign. */
  async function leaderAndOthers(more: Record<string, string> = {}) {
    const patient = { timeout: 20_000 };
    await vi.waitFor(async () => expect(await holder()).toBeNull(), patient);
    const leader = await start(more);
    await vi.waitFor(async () => expect(await holder()).not.toBeNull(), patient);
    const others = await Promise.all([start(), start()]);
    return { leader, others };
  }

  /** No tick without a leader, and each one above the last: nothing of a former term was accepted. */
  function expectOneTermAtATime(heard: readonly Heard[], led: boolean): void {
    let leading = led;
    let last = 0;
    for (const each of heard) {
      if (each.what === 'LEADS') expect(leading, 'two leaders at once').toBe(false);
      if (each.what === 'TICK') {
        expect(leading, `tick ${each.n} without a leader`).toBe(true);
        expect(each.n).toBeGreaterThan(last);
        last = each.n;
      } else leading = each.what === 'LEADS';
    }
  }

  const terms = (heard: readonly Heard[]) =>
    heard.flatMap((each) => (each.what === 'LEADS' ? [each.holder] : []));
  const ticksAfterLastTerm = (heard: readonly Heard[]) =>
    heard.length - 1 - heard.map(({ what }) => what).lastIndexOf('LEADS');

  it('S4 replace a leader that is killed, and only one writes at a time', async () => {
    const { leader, others } = await leaderAndOthers();
    const heard = await listening();
    const before = await holder();
    await leader.kill('SIGKILL');
    await vi.waitFor(() => expect(ticksAfterLastTerm(heard)).toBeGreaterThan(2), { timeout: 20_000 });
    expect(terms(heard)).toHaveLength(1);
    expect(terms(heard)).not.toContain(before);
    expectOneTermAtATime(heard, true);
    for (const each of others) await each.kill();
  }, 60_000);

  it('S4 accept nothing of a leader that was paused for longer than its lease', async () => {
    const { leader, others } = await leaderAndOthers();
    const heard = await listening();
    void leader.kill('SIGSTOP');
    await vi.waitFor(() => expect(ticksAfterLastTerm(heard)).toBeGreaterThan(2), { timeout: 20_000 });
    const at = heard.length;
    void leader.kill('SIGCONT');
    // It wakes up in the middle of its term, with a tick and a pass of repair due.
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(at + 20), { timeout: 20_000 });
    expect(terms(heard)).toHaveLength(1);
    expectOneTermAtATime(heard, true);
    for (const each of [leader, ...others]) await each.kill();
  }, 60_000);

  const jumping = 'S4 keep one leader while its clock jumps by hours, back and forth';
  const asleep = 'S4 accept nothing of a leader whose clock jumped while it was paused';
  if (!clockCanJump()) return;

  /** The leader of three has a clock of its own, which `move` makes jump. */
  async function leaderWithItsOwnClock(more: Record<string, string> = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'lablet-clock-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const clock = join(folder, 'offset');
    const move = (offset: string) => writeFileSync(clock, offset);
    move('+0');
    const faked = { LD_PRELOAD: FAKETIME, FAKETIME_TIMESTAMP_FILE: clock };
    const monotonic = { FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_NO_CACHE: '1' };
    return { ...(await leaderAndOthers({ ...faked, ...monotonic, ...more })), move };
  }

  /** By how much the clock is off by which the latest tick was put, in whole hours. */
  function hoursOff(heard: readonly Heard[]): number {
    const last = heard.at(-1);
    // The 0 makes one of what is rounded to -0.
    return last?.what === 'TICK' ? Math.round((Date.parse(last.at) - Date.now()) / 3_600_000) + 0 : NaN;
  }

  it(
    jumping,
    async () => {
      const { leader, others, move } = await leaderWithItsOwnClock();
      const heard = await listening();
      for (const [offset, hours] of [
        ['+3h', 3],
        ['-1h', -1],
        ['+1h', 1],
        ['+0', 0],
      ] as const) {
        move(offset);
        await vi.waitFor(() => expect(hoursOff(heard)).toBe(hours), { timeout: 20_000, interval: 10 });
        const at = heard.length;
        await vi.waitFor(() => expect(heard.length).toBeGreaterThan(at + 5), { timeout: 20_000 });
        // It is still the one that ticks, though the clocks of the others are right.
        expect(hoursOff(heard)).toBe(hours);
      }
      expect(terms(heard)).toEqual([]);
      expectOneTermAtATime(heard, true);
      for (const each of [leader, ...others]) await each.kill();
    },
    100_000,
  );

  it(
    asleep,
    async () => {
      const { leader, others, move } = await leaderWithItsOwnClock({ TICK_SECONDS: '0.5' });
      const heard = await listening();
      move('+2h');
      // Right after a tick: it wakes up with the next one due, before it looks at its lease.
      await vi.waitFor(() => expect(hoursOff(heard)).toBe(2), { timeout: 20_000, interval: 10 });
      void leader.kill('SIGSTOP');
      await vi.waitFor(() => expect(ticksAfterLastTerm(heard)).toBeGreaterThan(2), { timeout: 20_000 });
      // By this clock its lease, taken two hours ahead, has not begun.
      move('-2h');
      const at = heard.length;
      void leader.kill('SIGCONT');
      await vi.waitFor(() => expect(heard.length).toBeGreaterThan(at + 20), { timeout: 20_000 });
      expect(terms(heard)).toHaveLength(1);
      expectOneTermAtATime(heard, true);
      // A tick of the former leader would tell its clock.
      const since = heard.slice(heard.findIndex(({ what }) => what === 'LEADS') + 1);
      expect(new Set(since.map((tick) => hoursOff([tick])))).toEqual(new Set([0]));
      for (const each of [leader, ...others]) await each.kill();
    },
    100_000,
  );
});
