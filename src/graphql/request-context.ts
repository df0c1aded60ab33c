import type { z } from 'zod';
import type { Context } from '../context.js';
import type { Identity } from '../auth/identify.js';
import type { Actor } from '../lib/actor.js';
import type { Command, Query, Subscription } from '../lib/operation.js';
import type { Origin } from '../lib/run-operation.js';
import type { TraceParent } from '../lib/tracing.js';
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
  readonly trace?: TraceParent;
  readonly onCode?: (code: string) => void;
  readonly isInternal?: boolean;
  /** Position that a live stream goes on after, in the place of the one that is asked for. */
  readonly after?: string | null;
}

export function requestContext(app: Context, facts: RequestFacts): RequestContext {
  const { identity, signal, after, ...from } = facts;
  const { requestId } = facts;
  const origin: Origin = { actor: identity.actor, ...from, ...(signal ? { signal } : {}) };
  const admitted = <T>({ name }: { readonly name: string }, next: () => T): T => {
    if (!identity.refusal) return next();
    app.observe(name, identity.refusal.code, 0, origin);
    throw identity.refusal;
  };
  let position: string | null = null;
  /** Made when first asked for, and not kept by a subscriber that only waits. */
  let loaders: Loaders | null = null;
  /** A loader remembers what it read, which must not outlive one message. */
  async function* eachWithFreshLoaders<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    for await (const item of items) {
      position = (item as { liveRevision?: string }).liveRevision ?? null;
      yield item;
      loaders = null;
    }
  }
  return {
    requestId,
    actor: identity.actor,
    identity,
    get loaders() {
      return (loaders ??= createLoaders(app, identity.actor));
    },
    app,
    position: () => position,
    run: async (operation, input) => admitted(operation, () => app.runner.run(operation, app, input, origin)),
    subscribe: (operation, input) =>
      admitted(operation, () => {
        // The input is checked now; the stream starts with the first pull and ends with it.
        const asked = after == null ? input : { ...(input as object), after };
        const start = app.runner.prepare(operation, app, asked, origin);
        return feed((ended) => eachWithFreshLoaders(start(ended)), signal);
      }),
  };
}
