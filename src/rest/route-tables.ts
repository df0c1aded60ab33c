import { definitionRoutes } from '../definitions/definition.rest.js';
import { instanceRoutes } from '../instances/instance.rest.js';
import { templateRoutes } from '../worker-templates/template.rest.js';
import { workerRoutes } from '../workers/worker.rest.js';
import type { RouteTable } from './route.js';

/** Every route, by feature. */
export const ROUTE_TABLES: readonly RouteTable[] = [
  definitionRoutes,
  instanceRoutes,
  workerRoutes,
  templateRoutes,
];

/** What the features leave out of their object types. */
export const LEFT_OUT = Object.assign({}, ...ROUTE_TABLES.map(({ leavesOut }) => leavesOut)) as Readonly<
  Record<string, readonly string[]>
>;
