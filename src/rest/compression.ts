import fastifyCompress from '@fastify/compress';
import { parse } from 'cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SESSION_COOKIE } from '../auth/identify.js';
import { routePath } from './route-path.js';

/**
 * Compresses the answers of all routes that are added later, for callers who accept it. Bodies of requests are taken as
 * they are: a small one that unpacks to a large one would pass the limit of bodies.
 */
export async function compressAnswers(
  server: FastifyInstance,
  { paths, fromBytes }: { readonly paths: readonly string[]; readonly fromBytes: number },
): Promise<void> {
  await server.register(fastifyCompress, {
    globalDecompression: false,
    // Lists shrink to a tenth at this level; Brotli's streams take twice the processor time to be set up and run.
    encodings: ['gzip'],
    zlibOptions: { level: 1 },
    threshold: fromBytes,
  });
  server.addHook('onSend', (request, reply, _payload, done) => {
    const asked = routePath(request);
    const isData = paths.some((path) => asked.startsWith(path));
    // How the package is told to leave an answer alone.
    if (isData && (isBrowser(request) || isTagged(reply))) request.headers['x-no-compression'] = 'true';
    done();
  });
}

/**
 * Pages of others can have a browser ask with its cookie, and the length of a compressed answer tells what in it is
 * like the question. Who sends a token cannot be made to ask.
 */
function isBrowser({ headers }: FastifyRequest): boolean {
  return parse(headers.cookie ?? '')[SESSION_COOKIE] !== undefined;
}

/** An entity tag stands for these very bytes (RFC 9110, section 8.8.1). */
function isTagged(reply: FastifyReply): boolean {
  return reply.hasHeader('etag');
}
