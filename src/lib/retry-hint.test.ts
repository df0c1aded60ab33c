import { describe, expect, it } from 'vitest';
import { retryHintMs } from './retry-hint.js';

describe('the hint when to come back', () => {
  it('spreads few clients over a second, and many over longer, up to ten seconds', () => {
    const spread = (clients: number) => [0, 0.5, 1].map((at) => retryHintMs(clients, () => at));
    expect(spread(1)).toEqual([200, 700, 1200]);
    expect(spread(1000)).toEqual([200, 1200, 2200]);
    expect(spread(100_000)).toEqual([200, 5200, 10_200]);
  });
});
