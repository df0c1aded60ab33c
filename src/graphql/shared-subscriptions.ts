import {
  createSourceEventStream,
  execute,
  getOperationAST,
  subscribe as subscribeAlone,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLFormattedError,
} from 'graphql';
import type { WebSocket } from 'ws';
import { sightOf } from '../auth/policies.js';
import type { Context } from '../context.js';
import type { LiveMessage } from '../live/live-stream.js';
import type { Frame, Outlet, SharedReader } from '../live/shared-reader.js';
import { positionVariables } from './position-variables.js';
import { requestContext, type RequestContext } from './request-context.js';

/** What a subscription is executed with, and the way to its subscriber. */
export interface SubscriberArgs extends ExecutionArgs {
  readonly id: string;
  readonly socket: Pick<WebSocket, 'bufferedAmount' | 'send'>;
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

const TEXT = { binary: false };
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

  /** What one subscriber is told by itself; waits for the end once the feed tells it the rest. */
  function resultsOf(args: SubscriberArgs, stream: Stream, reader: SharedReader<SocketFrame>) {
    let start: Stream | null = stream;
    let synced: string | null = null;

    async function next(): Promise<IteratorResult<ExecutionResult>> {
      if (reader.failure) throw reader.failure;
      if (!start) {
        const position = synced === null ? null : tokens.decode(synced);
        synced = null;
        if (position) reader.begin(position);
        await reader.ended;
        return DONE;
      }
      const pulled = await start.next();
      if (pulled.done === true) return DONE;
      const { kind, liveRevision } = pulled.value;
      const value = await execute({ ...args, rootValue: pulled.value });
      reader.told(liveRevision);
      if (kind === 'SYNCED') {
        synced = liveRevision;
        await endStart();
      }
      return { done: false, value };
    }

    async function endStart(): Promise<void> {
      const ended = start;
      start = null;
      await ended?.return?.();
    }

    async function close(): Promise<IteratorResult<ExecutionResult>> {
      reader.leave();
      await endStart();
      return DONE;
    }

    const results: Results = {
      [Symbol.asyncIterator]: () => results,
      async next() {
        try {
          const result = await next();
          return result.done ? await close() : result;
        } catch (error) {
          await close();
          throw error;
        }
      },
      return: close,
    };
    return results;
  }

  return {
    subscribe: async (args: SubscriberArgs): Promise<Results | ExecutionResult> => {
      const key = keyOf(args);
      if (key === null) return (await subscribeAlone(args)) as Results | ExecutionResult;
      const stream = await messagesOf(args);
      if (!isStream(stream)) return stream;
      const reader = feeds.join(key, outletOf(args), (signal) => framesOf(args, signal));
      return resultsOf(args, stream, reader);
    },
  };
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

function outletOf({ id, socket, present, contextValue }: SubscriberArgs): Outlet<SocketFrame> {
  const { requestId } = contextValue as RequestContext;
  const head = Buffer.from(`{"id":${JSON.stringify(id)}`);
  // The order of the two is that of messages which are not shared.
  const presented = ({ errors = [], ...result }: ExecutionResult) => ({
    ...result,
    errors: present(errors, requestId),
  });
  return {
    isClear: () => socket.bufferedAmount === 0,
    send({ rest, failed }, sent) {
      const own = failed ? restOf(presented(failed)) : rest;
      socket.send(Buffer.concat([head, own]), TEXT, sent);
    },
  };
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
