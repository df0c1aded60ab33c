import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Console and explorer as the build leaves them; they load nothing from other servers. */
const PAGES = fileURLToPath(new URL('../../dist/web/', import.meta.url));

const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self' data:; worker-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/** Serves the pages when they were built; without them the API works all the same. */
export async function pageRoutes(server: FastifyInstance): Promise<void> {
  if (!existsSync(PAGES)) return;
  await server.register(fastifyStatic, { root: PAGES, serve: false });
  const page = (reply: FastifyReply, file: string) =>
    reply
      .header('content-security-policy', POLICY)
      .header('x-content-type-options', 'nosniff')
      .sendFile(file);

  server.get('/', async (_request, reply) => page(reply, 'console/index.html'));
  server.get('/explorer', async (_request, reply) => page(reply, 'explorer/index.html'));
  server.get<{ Params: { '*': string } }>('/assets/*', async (request, reply) =>
    reply.header('x-content-type-options', 'nosniff').sendFile(`assets/${request.params['*']}`, {
      immutable: true,
      maxAge: '365d',
    }),
  );
}
