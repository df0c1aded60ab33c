import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isUtf8 } from 'node:buffer';
import type { ServerResponse } from 'node:http';
import { LabletError } from '../errors.js';
import { encodingFault, jsonFault, notUtf8 } from './body-faults.js';
import { requestSlot } from './request-slot.js';
import { shapeExcess, shapeRefusal, type BodyShape } from './body-shape.js';

type Done = (error: Error | null, body?: unknown) => void;

export interface BodyParts {
  /** Of all bodies in work together. */
  readonly maxBytes: number;
  readonly shape: BodyShape;
  readonly graphqlPaths: readonly string[];
  /** Hears of each body that there was no room for. */
  readonly onRefusal?: () => void;
}

const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);
const hasMark = (body: Buffer): boolean => BYTE_ORDER_MARK.every((byte, at) => body[at] === byte);

/** From this size on a body waits for a turn of the loop of its own. */
const LARGE_BYTES = 64 * 1024;

/**
 * Reads JSON bodies as UTF-8 and nothing else: what is no UTF-8 is refused, not replaced by question marks. Of large
 * bodies one is begun in each turn of the loop, so that a burst of them does not keep all others waiting; all bodies in
 * work together have at most `maxBytes`. What has more in it than its shape allows is refused before it is parsed.
 */
export function jsonBodies(
  server: FastifyInstance,
  { maxBytes, shape, graphqlPaths, onRefusal }: BodyParts,
): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  const responses = requestSlot<ServerResponse>(server, 'response');
  const inTurn = turnTaking();
  let held = 0;

  /** Counts a body until its answer is out. Only whole ones count: else half a body would hold room for nothing. */
  function hasRoom(request: FastifyRequest, bytes: number): boolean {
    if (held > 0 && held + bytes > maxBytes) {
      onRefusal?.();
      return false;
    }
    const response = responses.get(request);
    if (response?.destroyed !== false) return true;
    held += bytes;
    response.once('close', () => (held -= bytes));
    return true;
  }

  function read(request: FastifyRequest, body: Buffer, done: Done): void {
    if (!isUtf8(body)) {
      done(notUtf8());
      return;
    }
    // A byte order mark is no part of the text (RFC 8259, section 8.1).
    const text = body.toString('utf8', hasMark(body) ? BYTE_ORDER_MARK.length : 0);
    const excess = shapeExcess(text, shape);
    if (excess) {
      done(shapeRefusal(excess, graphqlPaths.includes(request.routeOptions.url ?? '')));
      return;
    }
    void parse(request, text, (error, value) => done(error ? jsonFault(text) : null, value));
  }

  server.addHook('onRequest', (request, { raw }, done) => {
    responses.set(request, raw);
    done();
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    // Clients say application/json also where they send nothing; what needs a body says itself that it is missing.
    if (body.length === 0) return done(null, undefined);
    const fault = encodingFault(request.headers);
    if (fault) done(fault);
    else if (!hasRoom(request, body.length)) done(crowded(maxBytes));
    else if (body.length < LARGE_BYTES) read(request, body, done);
    else inTurn(() => read(request, body, done));
  });
}

/** Does what it is handed one by one, each in another turn of the loop. */
function turnTaking(): (work: () => void) => void {
  const waiting: (() => void)[] = [];
  const next = () => {
    waiting[0]?.();
    waiting.shift();
    if (waiting.length > 0) setImmediate(next);
  };
  return (work) => {
    if (waiting.push(work) === 1) setImmediate(next);
  };
}

function crowded(limit: number): LabletError<'RATE_LIMITED'> {
  const message = 'The server is at its limit of request bodies in work; try again shortly.';
  return new LabletError('RATE_LIMITED', message, { limit, retryAfterMs: 250 });
}
