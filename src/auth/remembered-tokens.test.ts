import { describe, expect, test } from 'vitest';
import { handClock } from '../../tests/support/by-hand.js';
import { LabletError } from '../errors.js';
import { addMs } from '../lib/clock.js';
import { rememberedTokens } from './remembered-tokens.js';

/** Counts how often each token was verified; those that begin with `bad` are refused. */
function counted(lifeMs = 60_000) {
  const clock = handClock();
  const expiresAt = Date.parse(clock.now()) + lifeMs;
  const asked: string[] = [];
  const verify = rememberedTokens(
    async (token) => {
      asked.push(token);
      if (token.startsWith('bad') || Date.parse(clock.now()) >= expiresAt) {
        throw new LabletError('UNAUTHENTICATED', 'no', { reason: 'SIGNATURE' });
      }
      return { subject: token, roles: ['USER'], expiresAt };
    },
    { limit: 2, forMs: 10_000, clock },
  );
  return { clock, asked, verify };
}

describe('a token that was verified', () => {
  test('is not verified again for ten seconds', async () => {
    const { clock, asked, verify } = counted();
    const first = await verify('a');
    clock.advance(9999);
    expect(await verify('a')).toBe(first);
    expect(asked).toEqual(['a']);
  });

  test('is verified again then, as its key may be gone', async () => {
    const { clock, asked, verify } = counted();
    await verify('a');
    clock.advance(10_000);
    await verify('a');
    expect(asked).toEqual(['a', 'a']);
  });

  test('is accepted no longer than it says itself', async () => {
    const { clock, verify } = counted(3000);
    await verify('a');
    clock.advance(3000);
    await expect(verify('a')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('is not accepted after its end either where the clock was put forward', async () => {
    const { clock, asked, verify } = counted(60_000);
    await verify('a');
    clock.set(addMs(clock.now(), 60_000));
    await expect(verify('a')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(asked).toEqual(['a', 'a']);
  });

  test('stands for nobody else', async () => {
    const { verify } = counted();
    const callers = [await verify('a'), await verify('b'), await verify('a')];
    expect(callers.map(({ subject }) => subject)).toEqual(['a', 'b', 'a']);
  });

  test('makes room for newer ones', async () => {
    const { asked, verify } = counted();
    for (const token of ['a', 'b', 'c', 'a']) await verify(token);
    expect(asked).toEqual(['a', 'b', 'c', 'a']);
  });
});

test('a refusal is not remembered', async () => {
  const { asked, verify } = counted();
  await expect(verify('bad')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(verify('bad')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(asked).toEqual(['bad', 'bad']);
});
