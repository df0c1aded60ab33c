import { describe, expect, it } from 'vitest';
import { callerLimit } from './caller-limit.js';

describe('the limit of a caller', () => {
  it('refuses what is above it, for each caller alone, until a place is given back', () => {
    const limit = callerLimit(2);
    const [first, second] = [limit.take('alice'), limit.take('alice')];
    expect(limit.take('alice')).toBeNull();
    expect(limit.take('bob')).not.toBeNull();
    first?.();
    // Given back twice it counts once.
    first?.();
    expect(limit.take('alice')).not.toBeNull();
    expect(limit.take('alice')).toBeNull();
    second?.();
    expect(limit.take('alice')).not.toBeNull();
  });
});
