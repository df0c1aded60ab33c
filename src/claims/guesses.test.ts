import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../tests/support/claim-keys.js';
import { handClock } from '../../tests/support/by-hand.js';
import type { Basis } from './claim-batch.js';
import { emptyValues } from './claim-values.js';
import { draftOf } from './draft.js';
import { guessKeeper } from './guesses.js';

const guess = (): Basis => ({
  ...{ draft: draftOf(emptyValues('w', LIMITS, { open: true, seq: 1 })), guards: [], holders: null },
});

describe('a guess', () => {
  it('serves once', () => {
    const guesses = guessKeeper(handClock());
    const kept = guess();
    guesses.keep('a', kept);
    expect([guesses.take('b'), guesses.take('a'), guesses.take('a')]).toEqual([null, kept, null]);
  });

  it('is dropped after a second of rest, also where nobody asks for it again', () => {
    const clock = handClock();
    const guesses = guessKeeper(clock);
    guesses.keep('a', guess());
    guesses.keep('b', guess());
    clock.advance(999);
    expect(guesses.take('a')).not.toBeNull();
    guesses.keep('a', guess());
    clock.advance(1);
    expect(guesses.take('b')).toBeNull();
    expect(guesses.take('a')).not.toBeNull();
  });

  it('is dropped with all others when the store may be another one', () => {
    const guesses = guessKeeper(handClock());
    guesses.keep('a', guess());
    guesses.keep('b', guess());
    guesses.forget();
    expect([guesses.take('a'), guesses.take('b')]).toEqual([null, null]);
  });
});
