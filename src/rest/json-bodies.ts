import type { FastifyInstance } from 'fastify';

/** Reads JSON bodies as UTF-8 and nothing else: what is no UTF-8 is refused, not replaced by question marks. */
export function jsonBodies(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  const decoder = new TextDecoder('utf-8', { fatal: true });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    // Clients say application/json also where they send nothing; what needs a body says itself that it is missing.
    if (body.length === 0) {
      done(null, undefined);
      return;
    }
    let text: string;
    try {
      // A byte order mark is no part of the text (RFC 8259, section 8.1), and is dropped here.
      text = decoder.decode(body);
    } catch (error) {
      done(Object.assign(error as Error, { statusCode: 400 }));
      return;
    }
    void parse(request, text, done);
  });
}
