import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { ERROR_CODES, notFound } from '../errors.js';
import { docsPage, DOCS_POLICY } from './docs-page.js';
import { countedList, listOfOne, PAGING } from './lists.js';
import { openApi } from './openapi.js';
import { answerList, answerObject, isList } from './rest-answers.js';
import { routeRequest, serverPath, type Mapping, type Parts } from './route-request.js';
import { LEFT_OUT, ROUTE_TABLES } from './route-tables.js';
import { API, type ListRoute, type RestOperation, type Route } from './route.js';
import { viewsOf, type Views } from './views.js';

export interface RestParts {
  /** The schema that the views of objects come from. */
  readonly schema: GraphQLSchema;
  /** Runs an operation for the caller of the request. */
  readonly run: (request: FastifyRequest, operation: RestOperation, input: unknown) => Promise<unknown>;
}

/** Serves the route tables, their description and a page to read it. */
export async function restRoutes(server: FastifyInstance, { schema, run }: RestParts): Promise<void> {
  const views = viewsOf(schema, LEFT_OUT);
  const document = openApi(views);
  const text = JSON.stringify(document);
  const page = docsPage(document);

  server.get(`${API}/openapi.json`, async (_request, reply) => reply.type('application/json').send(text));
  server.get(`${API}/docs`, async (_request, reply) =>
    reply.header('content-security-policy', DOCS_POLICY).type('text/html; charset=utf-8').send(page),
  );
  server.get<{ Params: { code: string } }>('/problems/:code', async ({ params: { code } }, reply) => {
    if (!Object.hasOwn(ERROR_CODES, code)) throw notFound('Problem', code);
    return reply.redirect(`${API}/docs#${code}`);
  });

  await server.register(async (scope) => {
    scope.addHook('onRequest', async ({ headers }) => {
      if (!acceptsJson(headers.accept)) throw Object.assign(new Error('not acceptable'), { statusCode: 406 });
    });
    scope.addHook('onSend', async (_request, reply) => {
      // What is shown depends on the caller, and a copy must be asked for before it is used again.
      void reply.header('cache-control', 'private, no-cache').header('vary', 'Authorization, Cookie');
    });
    for (const route of ROUTE_TABLES.flatMap(({ routes }) => routes)) serve(scope, route, views, run);
  });
}

function serve(server: FastifyInstance, route: Route, views: Views, run: RestParts['run']): void {
  const choose = isList(route) ? listOperations(route) : objectOperation(route);
  server.route({
    method: route.method,
    url: serverPath(route.path),
    async handler(request, reply) {
      const parts = partsOf(request);
      const result = await run(request, choose(parts), parts);
      const answered = { request, reply, result };
      return isList(route) ? answerList(route, views, answered) : answerObject(route, views, answered);
    },
  });
}

type Choose = (parts: Parts) => RestOperation;

function objectOperation(route: Mapping): Choose {
  const operation = mapped(route);
  return () => operation;
}

/** By natural key with exactly its parameters, else the list. */
function listOperations(route: ListRoute): Choose {
  const { path, byKey } = route;
  const query = { ...route.query, ...PAGING };
  const list = mapped({ path, operation: countedList(route.operation), query, alone: byKey?.query ?? {} });
  if (!byKey) return () => list;
  const one = mapped({ path, operation: listOfOne(byKey.operation), query: byKey.query });
  const key = Object.keys(byKey.query).sort().join();
  return (parts) => (Object.keys(parts.query).sort().join() === key ? one : list);
}

/** The operation with the request as the route takes it. */
function mapped(mapping: Mapping): RestOperation {
  return { ...mapping.operation, request: routeRequest(mapping) };
}

function partsOf({ params, query, headers, body }: FastifyRequest): Parts {
  return { params, query, headers, body } as Parts;
}

const READABLE = ['*/*', 'application/*', 'application/json'];

function acceptsJson(header = '*/*'): boolean {
  return header.split(',').some((part) => {
    const [range = '', ...parameters] = part
      .toLowerCase()
      .split(';')
      .map((text) => text.trim());
    return READABLE.includes(range) && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
