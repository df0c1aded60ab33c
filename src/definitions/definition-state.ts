import type { Aggregate, Recorded } from '../lib/aggregate.js';
import { versionRank } from '../lib/version.js';
import { DEFINITION_DEFAULTS, upgradeDefinition } from './definition-defaults.js';
import {
  DEFINITION_FIELDS,
  type DefinitionEvent,
  type DefinitionFields,
  type DefinitionKey,
  type DefinitionState,
} from './definition-events.js';
import type { LabletDefinitionDocument } from './definition-model.js';

export const definitionAggregate: Aggregate<DefinitionState, DefinitionEvent> = {
  type: 'LabletDefinition',
  schemaVersion: 1,
  evolve,
};

/** The fields that a version starts with, whatever else the object carries. */
export function fieldsOf(source: DefinitionFields): DefinitionFields {
  return Object.fromEntries(
    DEFINITION_FIELDS.map((field) => [field, source[field]]),
  ) as unknown as DefinitionFields;
}

/** The stored fields that indexes need beside the state. */
export function definitionKeys(state: DefinitionState): Pick<LabletDefinitionDocument, DefinitionKey> {
  return {
    versionRank: versionRank(state.version),
    familyGuard: familyGuard(state),
    searchText: searchTextOf(state.name),
  };
}

/** Text in the form in which searching compares it: large and small letters are alike. */
export function searchTextOf(text: string): string {
  return text.toLowerCase();
}

/** Tells apart: one first version for each name, one successor by sync for each version. */
function familyGuard({ id, name, previousVersionId, supersedesId }: DefinitionState): string {
  if (supersedesId !== null) return syncGuard(supersedesId);
  return previousVersionId === null ? nameGuard(name) : `v:${id}`;
}

/** `familyGuard` of the first version of a name. */
export function nameGuard(name: string): string {
  return `f:${name}`;
}

/** `familyGuard` of the version that a sync made to replace the version with this id. */
export function syncGuard(supersededId: string): string {
  return `s:${supersededId}`;
}

function evolve(state: DefinitionState | null, event: Recorded<DefinitionEvent>): DefinitionState {
  switch (event.type) {
    case 'DefinitionCreated':
      return firstState(event, event.payload);
    case 'DefinitionVersionCreated': {
      const { previousVersionId, supersedesId } = event.payload;
      return { ...firstState(event, event.payload), previousVersionId, supersedesId };
    }
    default:
      if (state === null) throw new Error(`${event.type} cannot be the first event of a definition`);
      return change(state, event);
  }
}

type Change = Exclude<DefinitionEvent, { type: 'DefinitionCreated' | 'DefinitionVersionCreated' }>;

function change(state: DefinitionState, event: Recorded<Change>): DefinitionState {
  const { at, by } = event;
  switch (event.type) {
    case 'DefinitionDeprecated': {
      const { reason, replacementId } = event.payload;
      const deprecation = { deprecatedAt: at, deprecatedBy: by, deprecationReason: reason, replacementId };
      return { ...state, ...deprecation, status: 'DEPRECATED' };
    }
    case 'DefinitionArchived':
      return { ...state, status: 'ARCHIVED' };
    case 'DefinitionSynced': {
      const synced = { syncStatus: 'SUCCESS', lastSyncedAt: at, lastSyncError: null } as const;
      return { ...state, ...synced, labYamlHash: event.payload.newHash };
    }
    case 'DefinitionSyncFailed':
      return { ...state, syncStatus: 'FAILED', lastSyncError: { ...event.payload.error, at } };
  }
}

function firstState(event: Recorded<DefinitionEvent>, fields: DefinitionFields): DefinitionState {
  return {
    ...DEFINITION_DEFAULTS,
    ...fieldsOf(upgradeDefinition(fields)),
    id: event.aggregateId,
    revision: event.revision,
    createdAt: event.at,
    createdBy: event.by,
    updatedAt: event.at,
  };
}
