import { SESSION_COOKIE } from '../auth/identify.js';
import { ROUTE_TABLES } from './route-tables.js';
import { API, type Route } from './route.js';
import { operationOf, type OperationObject } from './openapi-operation.js';
import { schemaRegistry } from './openapi-schemas.js';
import type { JsonSchema } from './request-schema.js';
import type { Views } from './views.js';

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly security: readonly object[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

const DESCRIPTION = `Definitions, instances, workers and templates over REST, with the behaviour of the GraphQL API.

Every answer is JSON. Failures are problem details (RFC 9457) with the codes of the GraphQL API. An object that you may \
not see answers like one that is not there. Lists are cut into pages; \`Link\` leads to the next and the previous one.

A command can be given an \`Idempotency-Key\`: the same key and input have one effect. \`If-Match\` with the \`ETag\` of \
an object makes a command fail with 409 when the object has changed. \`If-None-Match\` makes reading an object that has \
not changed answer 304.`;

/** The OpenAPI 3.1 document of all routes, from the route tables, the requests of operations and the views. */
export function openApi(views: Views): OpenApiDocument {
  const registry = schemaRegistry(views);
  const paths: Record<string, Record<string, OperationObject>> = {};
  for (const { tag, routes } of ROUTE_TABLES) {
    for (const route of routes) addTo(paths, route, operationOf(route, tag, registry));
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Lablet Control Plane', version: '1', description: DESCRIPTION },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { cookie: [] }],
    tags: ROUTE_TABLES.map(({ tag: name, description }) => ({ name, description })),
    paths,
    components: {
      schemas: registry.all(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: SESSION_COOKIE,
          description: 'Set by POST /session; the Origin of a request must then be this server.',
        },
      },
    },
  };
}

function addTo(
  paths: Record<string, Record<string, OperationObject>>,
  { path, method }: Route,
  operation: OperationObject,
): void {
  (paths[API + path] ??= {})[method.toLowerCase()] = operation;
}
