import { setTimeout } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { execute, GraphQLError, subscribe, type ExecutionResult, type GraphQLFormattedError } from 'graphql';
import { createHandler, type Response } from 'graphql-sse';
import type { Identity } from '../auth/identify.js';
import { extensionsOf, LabletError } from '../errors.js';
import type { CallerAddress } from '../lib/caller-address.js';
import type { Closable } from '../lib/closing.js';
import { retryAfterOf } from './answer-status.js';
import { callerLimit } from './caller-limit.js';
import { eventResults, type EventResults } from './event-results.js';
import { eventWriter, type EventWriter } from './event-writer.js';
import {
  answered,
  executionPreparer,
  withCost,
  type ExecutionParts,
  type PreparedExecution,
} from './prepare-execution.js';
import { callerName, whenExpired } from './token-end.js';

export interface EventStreamParts extends ExecutionParts {
  /** Who calls, as the admission of the request has learned. */
  readonly identityOf: (request: FastifyRequest) => Identity;
  readonly addressOf: CallerAddress;
  readonly path: string;
  /** Streams that one caller may have open. */
  readonly maxPerUser: number;
  /** How long each reader waits before it comes back after a restart. */
  readonly retryAfterMs: (open: number) => number;
}

/** One stream: what its callbacks need of each other. */
interface Stream {
  readonly request: FastifyRequest;
  readonly identity: Identity;
  readonly writer: EventWriter;
  readonly release: () => void;
  execution: PreparedExecution | null;
  results: EventResults | null;
  stopExpiry: () => void;
}

/** A reader that has not taken what it was sent by then is cut off. */
const LEAVE_MS = 2000;
const EVENT_STREAM = 'text/event-stream';
const WRONG_ACCEPT =
  'This path answers event streams only: send Accept: text/event-stream. Single answers are at /graphql by POST, and ' +
  'subscriptions also at /graphql by WebSocket (graphql-transport-ws).';

/** GraphQL over Server-Sent Events, one connection for each operation, for networks that let no WebSocket through. */
export function acceptEventStreams(server: FastifyInstance, parts: EventStreamParts): Closable {
  const { app, path } = parts;
  const { prepare, present } = executionPreparer(parts);
  const places = callerLimit(parts.maxPerUser);
  const open = new Set<Stream>();

  const handle = createHandler<FastifyRequest, Stream>({
    // Without a token of its own a stream carries one operation.
    authenticate: () => null,
    onSubscribe: async ({ context: stream }, params) => {
      const { request, identity } = stream;
      const after = textOf(request.headers['last-event-id']);
      const operation = params as Parameters<typeof prepare>[1];
      const execution = prepare(identity, operation, { source: parts.addressOf(request.raw), after });
      if (Array.isArray(execution)) return refused(present(execution, request.id));
      if (execution.kind === 'mutation' && request.method === 'GET') {
        return refused([badRequest(405, 'Send mutations by POST.', request.id)]);
      }
      stream.execution = execution;
      const run = execution.kind === 'subscription' ? subscribe : execute;
      const result = (await answered(() => run(execution))) as
        AsyncGenerator<ExecutionResult> | ExecutionResult;
      if (!(Symbol.asyncIterator in result)) {
        const { data, errors } = result;
        return data == null && errors ? refused(present(errors, request.id)) : withCost(result, execution);
      }
      stream.results = eventResults(result);
      return stream.results;
    },
    onNext: async (_context, { context: { writer, request, execution } }, result) => {
      await writer.drained();
      writer.announce(execution?.contextValue.position() ?? null);
      const { errors, ...rest } = result as ExecutionResult;
      // Only what is printed counts, and a presented error is printed as it is.
      return errors && { ...rest, errors: present(errors, request.id) as unknown as readonly GraphQLError[] };
    },
  });

  async function start(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (!accepts(request)) return refuse(reply, badRequest(406, WRONG_ACCEPT, request.id));
    const identity = parts.identityOf(request);
    const release = places.take(callerName(identity, parts.addressOf(request.raw)));
    if (!release) {
      app.metrics.errors.inc({ code: 'RATE_LIMITED' });
      return refuse(reply, tooMany(parts.maxPerUser, request.id));
    }
    const writer = eventWriter(reply.raw);
    const nothing = () => undefined;
    const stream: Stream = {
      ...{ request, identity, writer, release, execution: null, results: null, stopExpiry: nothing },
    };
    try {
      const [body, { status, headers }] = await handle({
        method: request.method,
        url: request.url,
        headers: { get: (name) => (name === 'accept' ? EVENT_STREAM : textOf(request.headers[name])) },
        body: request.body as Record<string, unknown> | null,
        raw: request,
        context: stream,
      });
      if (typeof body === 'string' || body === null) {
        await reply
          .code(status)
          .headers(headers ?? {})
          .send(withCodes(body, status, request.id));
        return;
      }
      reply.hijack();
      reply.raw.writeHead(status, { ...headers, 'x-request-id': request.id, 'x-accel-buffering': 'no' });
      reply.raw.once('close', () => void body.return(undefined));
      await run(stream, body);
    } finally {
      release();
    }
  }

  async function run(stream: Stream, body: AsyncIterable<string>): Promise<void> {
    open.add(stream);
    app.metrics.eventStreams.set(open.size);
    stream.stopExpiry = whenExpired(stream.identity, () => stream.results?.end({ errors: [expired()] }));
    try {
      await stream.writer.copy(body);
    } finally {
      stream.stopExpiry();
      open.delete(stream);
      app.metrics.eventStreams.set(open.size);
    }
  }

  server.route({ url: path, method: ['GET', 'POST'], exposeHeadRoute: false, handler: start });
  return {
    async close() {
      const clients = open.size;
      const leave = async ({ writer, results, request }: Stream) => {
        const isSent = await Promise.race([writer.drained().then(() => true), setTimeout(LEAVE_MS, false)]);
        writer.retryAfter(parts.retryAfterMs(clients));
        results?.end(null);
        if (!isSent) request.raw.destroy();
      };
      await Promise.all([...open].map(leave));
    },
  };
}

/** By its name only: who takes anything expects a single answer. */
function accepts({ headers }: FastifyRequest): boolean {
  return (headers.accept ?? '').split(',').some((range) => {
    const [type, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return type === EVENT_STREAM && !parameters.some((each) => /^q=0(?:\.0*)?$/.test(each));
  });
}

const textOf = (header: string | string[] | undefined): string | null => [header].flat()[0] ?? null;

const expired = () =>
  new GraphQLError('The token has expired.', {
    originalError: new LabletError('UNAUTHENTICATED', 'The token has expired.', { reason: 'EXPIRED' }),
  });

function badRequest(httpStatus: number, message: string, requestId: string): GraphQLFormattedError {
  return {
    message,
    extensions: { code: 'BAD_REQUEST', retryable: false, httpStatus, details: {}, requestId },
  };
}

function tooMany(limit: number, requestId: string): GraphQLFormattedError {
  const details = { limit, retryAfterMs: 1000 };
  const error = new LabletError('RATE_LIMITED', `You have ${limit} event streams open, the most.`, details);
  return { message: error.message, extensions: { ...extensionsOf(error, requestId) } };
}

function statusOf({ extensions }: GraphQLFormattedError): number {
  return Number(extensions?.['httpStatus'] ?? 400);
}

function refuse(reply: FastifyReply, error: GraphQLFormattedError): void {
  void reply
    .code(statusOf(error))
    .headers(retryHeader([error]))
    .send({ errors: [error] });
}

function refused(errors: readonly GraphQLFormattedError[]): Response {
  const status = errors[0] ? statusOf(errors[0]) : 400;
  const headers = { 'content-type': 'application/json; charset=utf-8', ...retryHeader(errors) };
  return [JSON.stringify({ errors }), { status, statusText: '', headers }];
}

function retryHeader(errors: readonly GraphQLFormattedError[]): Record<string, string> {
  const seconds = retryAfterOf(errors);
  return seconds === null ? {} : { 'retry-after': seconds };
}

/** What the library refuses has a message only. */
function withCodes(body: string | null, status: number, requestId: string): object {
  const { errors } = JSON.parse(body ?? '{"errors":[{"message":"This is no GraphQL request."}]}') as {
    errors: readonly GraphQLFormattedError[];
  };
  const coded = ({ message, ...rest }: GraphQLFormattedError) => ({
    ...badRequest(status, message, requestId),
    ...rest,
  });
  return { errors: errors.map(coded) };
}
