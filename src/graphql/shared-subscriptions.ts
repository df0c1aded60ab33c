import {
  createSourceEventStream,
  execute,
  getOperationAST,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLFormattedError,
} from 'graphql';
import { sightOf } from '../auth/policies.js';
import type { Context } from '../context.js';
import type { LiveMessage } from '../live/live-stream.js';
import type { Frame, Outlet, SharedReader } from '../live/shared-reader.js';
import { alone } from './lone-subscription.js';
import { positionVariables } from './position-variables.js';
import { requestContext, type RequestContext } from './request-context.js';
import { sendText, type Peer } from './socket-writes.js';

/** What a subscription is executed with, and the way to its subscriber. */
export interface SubscriberArgs extends ExecutionArgs {
  readonly id: string;
  readonly peer: Peer;
  readonly present: (errors: readonly GraphQLError[], requestId: string) => GraphQLFormattedError[];
}

/** A message of a subscription without the id under which each subscriber gets it. */
export interface SocketFrame extends Frame {
  /** What follows the id in the bytes of the message. */
  readonly rest: Buffer;
  /** Set when fields failed: errors carry the id of each subscriber's own request. */
  readonly failed: ExecutionResult | null;
}

type Stream = AsyncIterableIterator<LiveMessage>;
type Results = AsyncIterableIterator<ExecutionResult>;

const DONE: IteratorResult<ExecutionResult> = { done: true, value: undefined };

/**
 * The `subscribe` of sockets. Subscriptions whose document, variables and sight are equal share the execution and the
 * bytes of what follows their start. The start, a snapshot or what was missed, is told to each by itself, and whoever
 * subscribes is authorized by itself.
 */
export function sharedSubscriptions(app: Context) {
  const { feeds, tokens, positions, ids } = app;

  /** What all subscribers of a feed are told, from now on. */
  function framesOf(args: SubscriberArgs, signal: AbortSignal): AsyncIterable<SocketFrame> {
    const { identity } = args.contextValue as RequestContext;
    const facts = {
      identity,
      requestId: ids.ulid(),
      source: null,
      signal,
      after: positions.now(),
      isInternal: true,
    };
    return encoded({ ...args, contextValue: requestContext(app, facts) });
  }

  return {
    subscribe: async (args: SubscriberArgs): Promise<Results | ExecutionResult> => {
      const key = keyOf(args);
      if (key === null) return alone(args);
      const stream = await messagesOf(args);
      if (!isStream(stream)) return stream;
      const reader = feeds.join(key, new SocketOutlet(args), (signal) => framesOf(args, signal));
      return new OwnResults(args, stream, reader, tokens);
    },
  };
}

/** What one subscriber is told by itself; waits for the end once the feed tells it the rest. */
class OwnResults implements Results {
  readonly #args: SubscriberArgs;
  readonly #reader: SharedReader<SocketFrame>;
  readonly #tokens: Context['tokens'];
  #start: Stream | null;
  #isOver = false;
  /** Up to where the start went, once it is over and the feed has not begun. */
  #synced: string | null = null;

  constructor(
    args: SubscriberArgs,
    start: Stream,
    reader: SharedReader<SocketFrame>,
    tokens: Context['tokens'],
  ) {
    this.#args = args;
    this.#start = start;
    this.#reader = reader;
    this.#tokens = tokens;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<ExecutionResult>> {
    return this.#start && !this.#reader.failure ? this.#told(this.#start) : this.#end();
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
    this.#isOver = true;
    this.#reader.leave();
    await this.#endStart();
    return DONE;
  }

  async #told(start: Stream): Promise<IteratorResult<ExecutionResult>> {
    try {
      const pulled = await start.next();
      if (pulled.done === true) return await this.return();
      const { kind, liveRevision } = pulled.value;
      const value = await execute({ ...this.#args, rootValue: pulled.value });
      // Under the same id the next operation may be told by now.
      if (this.#isOver) return DONE;
      this.#reader.told(liveRevision);
      if (kind === 'SYNCED') {
        this.#synced = liveRevision;
        await this.#endStart();
      }
      return { done: false, value };
    } catch (error) {
      await this.return();
      throw error;
    }
  }

  /** Not an async function: most subscribers wait here, and would keep its state for as long. */
  #end(): Promise<IteratorResult<ExecutionResult>> {
    const position = this.#synced === null ? null : this.#tokens.decode(this.#synced);
    this.#synced = null;
    if (position) this.#reader.begin(position);
    return this.#reader.ended.then(
      () => this.return(),
      async (error: unknown) => {
        await this.return();
        throw error;
      },
    );
  }

  async #endStart(): Promise<void> {
    const ended = this.#start;
    this.#start = null;
    await ended?.return?.();
  }
}

/** Executes and encodes each message of a stream. */
async function* encoded(args: SubscriberArgs): AsyncGenerator<SocketFrame> {
  const stream = await messagesOf(args);
  // The same was accepted for the subscriber who opens the feed.
  if (!isStream(stream)) throw stream.errors?.[0]?.originalError ?? new Error('a feed was refused');
  for await (const message of stream) {
    const result = await execute({ ...args, rootValue: message });
    const { kind, liveRevision } = message;
    const rest = restOf(result);
    yield { kind, liveRevision, bytes: rest.length, rest, failed: result.errors ? result : null };
  }
}

/** The end of a message of graphql-transport-ws, after its id. */
function restOf(payload: unknown): Buffer {
  return Buffer.from(`,"type":"next","payload":${JSON.stringify(payload)}}`);
}

/** Has at hand what each message needs: with thousands of subscribers every further object is a miss of the cache. */
class SocketOutlet implements Outlet<SocketFrame> {
  readonly #peer: Peer;
  readonly #head: Buffer;
  readonly #args: SubscriberArgs;

  constructor(args: SubscriberArgs) {
    const { socket, stream } = args.peer;
    this.#peer = { socket, stream };
    this.#head = Buffer.from(`{"id":${JSON.stringify(args.id)}`);
    this.#args = args;
  }

  isClear(): boolean {
    return this.#peer.stream.writableLength === 0;
  }

  send({ rest, failed }: SocketFrame, sent?: () => void): void {
    sendText(this.#peer, this.#head, failed ? restOf(this.#presented(failed)) : rest, sent);
  }

  /** The order of the two is that of messages which are not shared. */
  #presented({ errors = [], ...result }: ExecutionResult) {
    const { present, contextValue } = this.#args;
    return { ...result, errors: present(errors, (contextValue as RequestContext).requestId) };
  }
}

/** Names what may be shared: who gives the same key is told the same. Null for what is not shared. */
function keyOf(args: SubscriberArgs): string | null {
  const { document, schema, operationName, variableValues, contextValue } = args;
  const { actor } = contextValue as RequestContext;
  const operation = getOperationAST(document, operationName);
  const text = document.loc?.source.body;
  if (!actor || !operation || text === undefined) return null;
  const positional = positionVariables(schema, document, operation);
  if (!positional) return null;
  const variables = Object.entries(variableValues ?? {}).filter(([name]) => !positional.has(name));
  return JSON.stringify([text, operationName, variables, sightOf(actor)]);
}

/** The messages before they are executed, or why there are none. */
async function messagesOf(args: ExecutionArgs): Promise<Stream | ExecutionResult> {
  return (await createSourceEventStream(args)) as Stream | ExecutionResult;
}

function isStream(result: Stream | ExecutionResult): result is Stream {
  return Symbol.asyncIterator in result;
}
