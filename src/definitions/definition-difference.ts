import { z } from 'zod';
import { ANYONE } from '../auth/policies.js';
import type { Collection } from '../db/document-store.js';
import { validationFailed } from '../errors.js';
import type { InstanceDocument } from '../instances/instance-model.js';
import { listInstances } from '../instances/list-instances.js';
import * as field from '../lib/fields.js';
import { query } from '../lib/operation.js';
import { compareVersions } from '../lib/version.js';
import type { LivePositions } from '../live/live-positions.js';
import { compareDefinitions } from './compare-definitions.js';
import type { LabletDefinitionDocument } from './definition-model.js';
import { findDefinition } from './find-definition.js';

interface Deps {
  readonly collections: {
    readonly definitions: Collection<LabletDefinitionDocument>;
    readonly instances: Collection<InstanceDocument>;
  };
  readonly positions: LivePositions;
}

export const definitionDifference = query({
  name: 'definitionDifference',
  summary: 'What changed between two versions of one name, and who still runs the older one.',
  request: z.strictObject({
    fromId: field.id('def').describe('The version to start from.'),
    toId: field.id('def').describe('The version to compare it with, of the same name.'),
  }),
  allow: { roles: ANYONE, note: 'AUTHOR and USER: own instances only' },
  async handle(deps: Deps, { fromId, toId }, call) {
    const from = await findDefinition(deps.collections.definitions, { id: fromId });
    const to = await findDefinition(deps.collections.definitions, { id: toId });
    if (from.name !== to.name) {
      const message = 'must be a version of the same name';
      throw validationFailed([{ path: 'toId', rule: 'SAME_FAMILY', message }]);
    }
    const older = compareVersions(from.version, to.version) <= 0 ? from : to;
    const unfinished = await listInstances.handle(deps, { filter: { definitionId: older.id } }, call);
    return { ...compareDefinitions(from, to), from, to, older, unfinished };
  },
});
