import type { FastifyInstance, FastifyRequest } from 'fastify';

/** A value that belongs to a request. */
export interface RequestSlot<T> {
  get(request: FastifyRequest): T | null;
  set(request: FastifyRequest, value: T): void;
}

/** Keeps a value on each request itself: a weak map of them all costs the garbage collector more than the rest of it. */
export function requestSlot<T>(server: FastifyInstance, name: string): RequestSlot<T> {
  const key = Symbol(name);
  type Holder = { [key]: T | null };
  server.decorateRequest(key, null);
  return {
    get: (request) => (request as unknown as Holder)[key],
    set(request, value) {
      (request as unknown as Holder)[key] = value;
    },
  };
}
