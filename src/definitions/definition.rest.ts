import { listRoute, objectRoute, type RouteTable } from '../rest/route.js';
import { archiveDefinition } from './archive-definition.js';
import { createDefinition } from './create-definition.js';
import { createDefinitionVersion } from './create-definition-version.js';
import { deprecateDefinition } from './deprecate-definition.js';
import { getDefinition, getDefinitionByName } from './get-definition.js';
import { listDefinitions } from './list-definitions.js';
import { syncDefinition } from './sync-definition.js';

const shows = 'LabletDefinition';
const READING_THE_FILE = [
  'ARTIFACT_NOT_ALLOWED',
  'ARTIFACT_UNAVAILABLE',
  'ARTIFACT_TOO_LARGE',
  'LAB_YAML_INVALID',
] as const;

export const definitionRoutes: RouteTable = {
  tag: 'definitions',
  description: 'Versions of lab environments.',
  leavesOut: { LabletDefinition: ['labYamlCached'], SyncDefinitionPayload: ['liveRevision'] },
  routes: [
    listRoute(
      {
        path: '/definitions',
        operation: listDefinitions,
        lists: shows,
        query: {
          name: 'filter.name',
          status: 'filter.status',
          version: 'filter.version',
          versionFrom: 'filter.versionRange.from',
          versionTo: 'filter.versionRange.to',
          text: 'filter.text',
          orderBy: 'orderBy.field',
          direction: 'orderBy.direction',
        },
      },
      { operation: getDefinitionByName, query: { name: 'name', version: 'version' } },
    ),
    objectRoute({
      method: 'POST',
      path: '/definitions',
      operation: createDefinition,
      takesBody: true,
      creates: true,
      shows,
      from: ({ definition }) => definition,
      errors: ['ALREADY_EXISTS', ...READING_THE_FILE],
    }),
    objectRoute({
      method: 'GET',
      path: '/definitions/{id}',
      operation: getDefinition,
      shows,
      from: (definition) => definition,
    }),
    objectRoute({
      method: 'POST',
      path: '/definitions/{id}/versions',
      operation: createDefinitionVersion,
      params: { id: 'fromId' },
      takesBody: true,
      creates: true,
      shows,
      from: ({ definition }) => definition,
      errors: [
        'NOT_FOUND',
        'ALREADY_EXISTS',
        'VERSION_NOT_HIGHER',
        'DEFINITION_NOT_ACTIVE',
        ...READING_THE_FILE,
      ],
    }),
    objectRoute({
      method: 'POST',
      path: '/definitions/{id}/sync',
      operation: syncDefinition,
      takesBody: true,
      shows: 'SyncDefinitionPayload',
      from: (result) => result,
      errors: ['DEFINITION_NOT_ACTIVE', ...READING_THE_FILE],
    }),
    objectRoute({
      method: 'POST',
      path: '/definitions/{id}/deprecate',
      operation: deprecateDefinition,
      takesBody: true,
      shows,
      from: ({ definition }) => definition,
      errors: ['DEFINITION_NOT_ACTIVE'],
    }),
    objectRoute({
      method: 'POST',
      path: '/definitions/{id}/archive',
      operation: archiveDefinition,
      takesBody: true,
      shows,
      from: ({ definition }) => definition,
      errors: ['DEFINITION_NOT_DEPRECATED', 'DEFINITION_IN_USE'],
    }),
  ],
};
