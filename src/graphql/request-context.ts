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

/**
 * One object, since a subscriber that only waits keeps it for as long as it lives; without `#` members, since Apollo
 * gives resolvers a copy.
 */
class CallerContext implements RequestContext {
  readonly requestId: string;
  readonly identity: Identity;
  private readonly origin: Origin;
  private readonly after: string | null | undefined;
  private latest: string | null = null;
  /** Made when first asked for. */
  private lazyLoaders: Loaders | null = null;

  constructor(
    readonly app: Context,
    { identity, after, ...from }: RequestFacts,
  ) {
    this.requestId = from.requestId;
    this.identity = identity;
    this.origin = { actor: identity.actor, ...from };
    this.after = after;
  }

  get actor(): Actor | null {
    return this.identity.actor;
  }

  get loaders(): Loaders {
    return (this.lazyLoaders ??= createLoaders(this.app, this.actor));
  }

  position(): string | null {
    return this.latest;
  }

  async run<Request extends z.ZodType, Result>(
    operation: Query<Context, Request, Result> | Command<Context, Request, Result>,
    input: unknown,
  ): Promise<Result> {
    this.admit(operation);
    return this.app.runner.run(operation, this.app, input, this.origin);
  }

  subscribe<Request extends z.ZodType, Result>(
    operation: Subscription<Context, Request, Result>,
    input: unknown,
  ): AsyncIterable<Result> {
    this.admit(operation);
    // The input is checked now; the stream starts with the first pull and ends with it.
    const asked = this.after == null ? input : { ...(input as object), after: this.after };
    const start = this.app.runner.prepare(operation, this.app, asked, this.origin);
    return feed((ended) => this.eachWithFreshLoaders(start(ended)), this.origin.signal);
  }

  private admit({ name }: { readonly name: string }): void {
    const { refusal } = this.identity;
    if (!refusal) return;
    this.app.observe(name, refusal.code, 0, this.origin);
    throw refusal;
  }

  /** A loader remembers what it read, which must not outlive one message. */
  private async *eachWithFreshLoaders<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    for await (const item of items) {
      this.latest = (item as { liveRevision?: string }).liveRevision ?? null;
      yield item;
      this.lazyLoaders = null;
    }
  }
}

export function requestContext(app: Context, facts: RequestFacts): RequestContext {
  return new CallerContext(app, facts);
}
