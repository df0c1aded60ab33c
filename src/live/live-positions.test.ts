import { afterEach, describe, expect, it, vi } from 'vitest';
import { gate } from '../../tests/support/by-hand.js';
import { scriptedHub } from '../../tests/support/hub-readers.js';
import { ScriptedLive } from '../../tests/support/scripted-live.js';
import { livePositions } from './live-positions.js';
import { liveTokens } from './live-token.js';

const tokens = liveTokens('secret');
const EPOCHS = [
  '01J0000000000000000000000A',
  '01J0000000000000000000000B',
  '01J0000000000000000000000C',
] as const;
const [EARLIER, NOW, LATER] = EPOCHS;

/** The positions of a process that stands at revision 7. */
async function positions() {
  const live = new ScriptedLive();
  live.commit({ '/ccm/epoch': JSON.stringify({ epoch: NOW }) });
  live.revision = 6;
  live.commit({ '/ccm/a': '1' });
  const { hub } = scriptedHub(live);
  await hub.start();
  close = () => hub.close();
  return { hub, live, positions: livePositions({ hub, tokens, waitMs: 2000 }) };
}
let close = async (): Promise<void> => undefined;
afterEach(async () => {
  vi.useRealTimers();
  await close();
});

const end = (revision: number, epoch: string = NOW) => ({
  ...{ epoch, revision, index: null, scope: null, snapshot: false },
});
const begin = (live: ScriptedLive, epoch: string) => live.commit({ '/ccm/epoch': JSON.stringify({ epoch }) });

describe('the position of an answer', () => {
  it('that made no write is where this process is, under any filter', async () => {
    expect(tokens.decode((await positions()).positions.now())).toEqual(end(7));
  });

  it('after a write is that of the write, once it was seen', async () => {
    const { live, positions: made } = await positions();
    const after = made.after(Promise.resolve(9));
    live.commit({ '/ccm/a': '2' });
    live.commit({ '/ccm/a': '3' });
    expect(tokens.decode((await after) ?? '')).toEqual(end(9));
  });

  it('after a write is that of the write, should it not be seen within a second', async () => {
    vi.useFakeTimers();
    const after = (await positions()).positions.after(Promise.resolve(9));
    await vi.advanceTimersByTimeAsync(1000);
    expect(tokens.decode((await after) ?? '')).toEqual(end(9));
  });

  it('is unknown when the write failed', async () => {
    expect(await (await positions()).positions.after(Promise.resolve(null))).toBeNull();
  });

  it('is unknown when the store was reset while it was written or waited for', async () => {
    const { hub, live, positions: made } = await positions();
    const write = gate<number>();
    const [during, waiting] = [made.after(write.opened), made.after(Promise.resolve(50))];
    begin(live, LATER);
    await hub.reached(0, 5000, LATER);
    write.open(7);
    expect([await during, await waiting]).toEqual([null, null]);
  });
});

describe('a query that names a position', () => {
  it('waits until this process has seen it', async () => {
    const { live, positions: made } = await positions();
    const seen = made.seen(tokens.encode(end(8)));
    live.commit({ '/ccm/a': '2' });
    expect(tokens.decode(await seen)).toEqual(end(8));
  });

  it('fails with TIMEOUT when it does not come', async () => {
    vi.useFakeTimers();
    const { positions: made } = await positions();
    const ahead = [tokens.encode(end(9)), tokens.encode(end(3, LATER))];
    const refused = Promise.allSettled(ahead.map((position) => made.seen(position)));
    await vi.advanceTimersByTimeAsync(2000);
    for (const result of await refused) {
      expect(result).toMatchObject({ reason: { code: 'TIMEOUT', details: { limitMs: 2000 } } });
    }
  });

  it('waits for a life of the store that this process has not noticed yet', async () => {
    const { live, positions: made } = await positions();
    const seen = made.seen(tokens.encode(end(8, LATER)));
    begin(live, LATER);
    expect(tokens.decode(await seen)).toEqual(end(8, LATER));
  });

  it('waits for none, and not for one of an earlier life', async () => {
    const { positions: made } = await positions();
    for (const none of [null, undefined]) expect(tokens.decode(await made.seen(none))).toEqual(end(7));
    expect(tokens.decode(await made.seen(tokens.encode(end(9, EARLIER))))).toEqual(end(7));
  });

  it('is refused when the position was made up', async () => {
    await expect((await positions()).positions.seen('made.up')).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      details: { fields: [{ path: 'atLeast' }] },
    });
  });
});
