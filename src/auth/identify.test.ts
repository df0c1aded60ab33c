import { describe, expect, it, vi } from 'vitest';
import { LabletError } from '../errors.js';
import type { Actor } from '../lib/actor.js';
import { bearerOf, identify, NOBODY, sameOrigin, SESSION_COOKIE } from './identify.js';

const ACTOR: Actor = { subject: 'u-1', roles: ['USER'], expiresAt: 0 };
const HOST = 'lablet.example:4000';
const PAGE = `https://${HOST}`;
const cookie = `theme=dark; ${SESSION_COOKIE}=from.the.cookie`;
const verifier = () => vi.fn(async (_token: string) => ACTOR);

describe('a caller', () => {
  it('without credentials is nobody', async () => {
    const verify = verifier();
    expect(await identify(verify, {})).toBe(NOBODY);
    expect(await identify(verify, { cookie: 'theme=dark', authorization: 'Basic dTpw' })).toBe(NOBODY);
    expect(verify).not.toHaveBeenCalled();
  });

  it('is who the bearer token says', async () => {
    const verify = verifier();
    const identity = await identify(verify, {
      authorization: 'Bearer a.b.c',
      origin: 'https://other.example',
    });
    expect(identity).toEqual({ actor: ACTOR, refusal: null });
    expect(verify).toHaveBeenCalledWith('a.b.c');
  });

  it('is who the cookie says, before the bearer token', async () => {
    const verify = verifier();
    const identity = await identify(verify, {
      cookie,
      authorization: 'Bearer a.b.c',
      origin: PAGE,
      host: HOST,
    });
    expect(identity.actor).toBe(ACTOR);
    expect(verify).toHaveBeenCalledWith('from.the.cookie');
  });

  it('with a cookie and no origin is taken, as tools and pages of this server send none', async () => {
    expect((await identify(verifier(), { cookie, host: HOST })).actor).toBe(ACTOR);
  });

  it.each(['https://other.example', 'null', 'https://lablet.example', '', undefined])(
    'with a cookie from a page of %j is refused unless it says nothing',
    async (origin) => {
      const verify = verifier();
      const { actor, refusal } = await identify(verify, { cookie, origin, host: HOST });
      if (origin === undefined) return void expect(actor).toBe(ACTOR);
      expect(actor).toBeNull();
      expect(refusal).toMatchObject({ code: 'UNAUTHENTICATED', details: { reason: 'ORIGIN' } });
      expect(verify).not.toHaveBeenCalled();
    },
  );

  it('with a token that is refused is nobody, and the refusal is kept for the operation', async () => {
    const refusal = new LabletError('UNAUTHENTICATED', 'expired', { reason: 'EXPIRED' });
    const identity = await identify(() => Promise.reject(refusal), { authorization: 'Bearer a.b.c' });
    expect(identity).toEqual({ actor: null, refusal });
  });

  it('cannot be told when the check itself breaks', async () => {
    const broken = () => Promise.reject(new TypeError('bug'));
    await expect(identify(broken, { authorization: 'Bearer a.b.c' })).rejects.toThrow('bug');
  });
});

describe('an authorization header', () => {
  it.each([
    ['Bearer a.b.c', 'a.b.c'],
    ['bearer a.b-c_d~e+f/g=', 'a.b-c_d~e+f/g='],
    ['Bearer  a', null],
    ['Bearer a b', null],
    ['Bearer', null],
    ['Bearer "a"', null],
    ['Basic dTpw', null],
    ['', null],
    [undefined, null],
  ])('%j carries %j', (header, token) => {
    expect(bearerOf(header)).toBe(token);
  });
});

it('a page is of this server when scheme apart its host and port are', () => {
  expect(sameOrigin({ origin: PAGE, host: HOST })).toBe(true);
  expect(sameOrigin({ origin: 'http://localhost:4000', host: 'localhost:4000' })).toBe(true);
  expect(sameOrigin({ origin: 'http://localhost:4001', host: 'localhost:4000' })).toBe(false);
  expect(sameOrigin({ origin: PAGE })).toBe(false);
  expect(sameOrigin({})).toBe(true);
});
