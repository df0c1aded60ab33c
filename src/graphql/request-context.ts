import type { z } from 'zod';
import type { Context } from '../context.js';
import type { Identity } from '../auth/identify.js';
import type { Actor } from '../lib/actor.js';
import type { Command, Query, Subscription } from '../lib/operation.js';
import { feed } from '../lib/feed.js';
import { createLoaders, type Loaders } from './loaders.js';

/** What resolvers get: the way into operations, and loaders made for this request and its caller. */
export interface RequestContext {
  readonly requestId: string;
  readonly actor: Actor | null;
  readonly identity: Identity;
  readonly loaders: Loaders;
  readonly app: Context;
  /** Position of the latest message of a live stream; null before the first. */
  position(): string | null;
  run<Request extends z.ZodType, Result>(
    operation: Query<Context, Request, Result> | Command<Context, Request, Result>,
    input: unknown,
  ): Promise<Result>;
  subscribe<Request extends z.ZodType, Result>(
    operation: Subscription<Context, Request, Result>,
    input: unknown,
  ): AsyncIterable<Result>;
}

export interface RequestFacts {
  readonly identity: Identity;
  readonly requestId: string;
  readonly source: string | null;
  readonly signal?: AbortSignal;
  /** Live streams go on after this position, whatever the document says. */
  readonly resumeAfter?: string | null;
}

export function requestContext(app: Context, facts: RequestFacts): RequestContext {
  const { identity, requestId, source, signal, resumeAfter } = facts;
  const origin = { actor: identity.actor, requestId, source, ...(signal ? { signal } : {}) };
  const admitted = <T>(next: () => T): T => {
    if (identity.refusal) throw identity.refusal;
    return next();
  };
  let position: string | null = null;
  let loaders = createLoaders(app, identity.actor);
  /** A loader remembers what it read, which must not outlive one message. */
  async function* eachWithFreshLoaders<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    for await (const item of items) {
      loaders = createLoaders(app, identity.actor);
      position = (item as { liveRevision?: string }).liveRevision ?? null;
      yield item;
    }
  }
  return {
    requestId,
    actor: identity.actor,
    identity,
    get loaders() {
      return loaders;
    },
    app,
    position: () => position,
    run: async (operation, input) => admitted(() => app.runner.run(operation, app, input, origin)),
    subscribe: (operation, input) =>
      admitted(() => {
        // The input is checked now; the stream starts with the first pull and ends with it.
        const given = resumeAfter == null ? input : { ...(input as object), after: resumeAfter };
        const start = app.runner.prepare(operation, app, given, origin);
        return feed((ended) => eachWithFreshLoaders(start(ended)), signal);
      }),
  };
}
