import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LabletError } from '../errors.js';
import type { Actor } from '../lib/actor.js';
import { sessionRoutes } from './session.js';

const HOST = 'lablet.example:4000';
const ACTOR: Actor = { subject: 'u-1', roles: ['USER'], expiresAt: Date.parse('2027-02-10T08:30:00Z') };

let server: FastifyInstance;
let verify: ReturnType<typeof vi.fn<(token: string) => Promise<Actor>>>;

beforeEach(async () => {
  verify = vi.fn(async () => ACTOR);
  server = fastify({ genReqId: () => 'r-1' });
  sessionRoutes(server, verify);
  await server.ready();
});
afterEach(() => server.close());

const send = (method: 'POST' | 'DELETE', headers: Record<string, string> = {}) =>
  server.inject({ method, url: '/session', headers: { host: HOST, ...headers } });
const bearer = { authorization: 'Bearer a.b.c' };
const refusal = (reason: string) => ({
  status: 401,
  code: 'UNAUTHENTICATED',
  details: { reason },
  requestId: 'r-1',
});

describe('signing in', () => {
  it('puts the token into a cookie that pages cannot read, until the token ends', async () => {
    const reply = await send('POST', { ...bearer, origin: `https://${HOST}` });
    expect(reply.statusCode).toBe(204);
    expect(reply.headers['set-cookie']).toBe(
      'ccm_auth=a.b.c; Path=/; Expires=Wed, 10 Feb 2027 08:30:00 GMT; HttpOnly; Secure; SameSite=Strict',
    );
    expect(verify).toHaveBeenCalledWith('a.b.c');
  });

  it('without a token is refused', async () => {
    const reply = await send('POST');
    expect(reply.statusCode).toBe(401);
    expect(reply.headers).not.toHaveProperty('set-cookie');
    expect(reply.json()).toMatchObject(refusal('MISSING'));
  });

  it('from a page of another server is refused before the token is looked at', async () => {
    const reply = await send('POST', { ...bearer, origin: 'https://other.example' });
    expect(reply.json()).toMatchObject(refusal('ORIGIN'));
    expect(verify).not.toHaveBeenCalled();
  });

  it('with a token that is not good here is refused', async () => {
    verify.mockRejectedValue(new LabletError('UNAUTHENTICATED', 'expired', { reason: 'EXPIRED' }));
    const reply = await send('POST', bearer);
    expect(reply.headers).not.toHaveProperty('set-cookie');
    expect(reply.json()).toMatchObject(refusal('EXPIRED'));
  });

  it('with a check that breaks is left to who handles the unexpected', async () => {
    verify.mockRejectedValue(new TypeError('bug'));
    expect((await send('POST', bearer)).statusCode).toBe(500);
  });
});

describe('signing out', () => {
  it('clears the cookie, signed in or not', async () => {
    const reply = await send('DELETE');
    expect(reply.statusCode).toBe(204);
    expect(reply.headers['set-cookie']).toBe(
      'ccm_auth=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict',
    );
  });

  it('from a page of another server is refused', async () => {
    const reply = await send('DELETE', { origin: 'https://other.example' });
    expect(reply.headers).not.toHaveProperty('set-cookie');
    expect(reply.json()).toMatchObject(refusal('ORIGIN'));
  });
});
