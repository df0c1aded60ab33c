import { describe, expect, it, vi } from 'vitest';
import { livePositions } from './live-positions.js';
import { liveTokens } from './live-token.js';

const tokens = liveTokens('secret');

function positions(reached: boolean) {
  const hub = { revision: () => 7, epoch: () => 'e-1', reached: vi.fn(async () => reached) };
  return { hub, positions: livePositions({ hub: hub as never, tokens }) };
}
const end = (revision: number) => ({ epoch: 'e-1', revision, index: null, scope: null, snapshot: false });

describe('the position of an answer', () => {
  it('that made no write is where this process is, under any filter', () => {
    expect(tokens.decode(positions(true).positions.now())).toEqual(end(7));
  });

  it.each([true, false])(
    'after a write is that of the write, waiting until it was seen (%s)',
    async (seen) => {
      const { hub, positions: made } = positions(seen);
      expect(tokens.decode((await made.after(9)) ?? '')).toEqual(end(9));
      expect(hub.reached).toHaveBeenCalledWith(9, 1000);
    },
  );

  it('is unknown when the write failed', async () => {
    const { hub, positions: made } = positions(true);
    expect(await made.after(null)).toBeNull();
    expect(hub.reached).not.toHaveBeenCalled();
  });
});
