import { createHash } from 'node:crypto';
import { assertPortRange, DEFAULT_EXCLUDED_PORTS, DEFAULT_PORT_RANGE } from '../claims/ports.js';
import { validationFailed, type FieldFault } from '../errors.js';
import type { StorageField } from '../db/stored-fields.js';
import type { Aggregate, DomainEvent, Recorded } from '../lib/aggregate.js';
import { withDefaults } from '../lib/with-defaults.js';
import type { WorkerTemplateDocument } from './template-model.js';

export type TemplateState = Omit<WorkerTemplateDocument, StorageField>;

/**
 * What a file entry or a person writes of a template. New fields come last and have a default: the order says which
 * of them a template seeded by an older server was hashed without.
 */
export const TEMPLATE_FIELDS = [
  'name',
  'description',
  'instanceType',
  'licenseType',
  'capacity',
  'amiPattern',
  'regions',
  'portRange',
  'excludedPorts',
  'drainTimeoutHours',
  'startupTimeMinutes',
  'costPerHourUsd',
  'tags',
  'enabled',
] as const satisfies readonly (keyof TemplateState)[];

/** A whole template with defaults filled in. */
export type TemplateFields = Pick<TemplateState, (typeof TEMPLATE_FIELDS)[number]>;

/** What stands for a field that is absent from a file entry, from the input of a creation or from an older document. */
export const TEMPLATE_DEFAULTS = {
  description: '',
  regions: [],
  portRange: { ...DEFAULT_PORT_RANGE },
  excludedPorts: [...DEFAULT_EXCLUDED_PORTS],
  drainTimeoutHours: 4,
  startupTimeMinutes: 20,
  costPerHourUsd: null,
  tags: [],
  enabled: true,
} satisfies { readonly [Field in keyof TemplateFields]?: Readonly<TemplateFields[Field]> };

/** A stored document with the defaults of fields that it was written without. */
export function upgradeTemplate<D extends Partial<TemplateState>>(document: D) {
  return withDefaults(document, { ...TEMPLATE_DEFAULTS, seededHash: null });
}

/** Fields to change; the name is fixed, and what is absent stays. */
export type TemplateChanges = Partial<Omit<TemplateFields, 'name'>>;

interface TemplateChange {
  readonly changes: Partial<TemplateFields>;
  /** {@link entryHash} of the template after the change. */
  readonly hash: string;
}

export type TemplateEvent =
  | DomainEvent<'TemplateSeeded', TemplateChange>
  | DomainEvent<'TemplateCreated', TemplateChange>
  | DomainEvent<'TemplateUpdated', TemplateChange>;

export const templateAggregate: Aggregate<TemplateState, TemplateEvent> = {
  type: 'WorkerTemplate',
  schemaVersion: 1,
  evolve,
};

/** What loading the file does to one template. */
export const LOAD_OUTCOMES = ['INSERTED', 'UPDATED', 'UNCHANGED', 'KEPT', 'ABSENT'] as const;
export type LoadOutcome = (typeof LOAD_OUTCOMES)[number];

export interface LoadStep {
  readonly name: string;
  readonly outcome: LoadOutcome;
  /** The stored template, if there is one. */
  readonly id: string | null;
  /** The entry of the file, if there is one. */
  readonly entry: TemplateFields | null;
}

/**
 * What loading the file would do: its entries in their order, then the stored templates it does not name.
 * {@link seed} decides again from the state it changes.
 */
export function planLoad(stored: readonly TemplateState[], entries: readonly TemplateFields[]): LoadStep[] {
  const byName = new Map(stored.map((state) => [state.name, state]));
  const steps = entries.map((entry): LoadStep => {
    const state = byName.get(entry.name) ?? null;
    byName.delete(entry.name);
    return { name: entry.name, outcome: loadOutcome(state, entry), id: state?.id ?? null, entry };
  });
  const absent = [...byName.values()].map(({ name, id }): LoadStep => ({
    name,
    outcome: 'ABSENT',
    id,
    entry: null,
  }));
  return [...steps, ...absent];
}

/** What loading an entry does to the template of its name. */
export function loadOutcome(state: TemplateState | null, entry: TemplateFields): LoadOutcome {
  if (state === null) return 'INSERTED';
  if (!isUnedited(state)) return 'KEPT';
  // Not `seededHash`, which may lack newer fields.
  return entryHash(state) === entryHash(entry) ? 'UNCHANGED' : 'UPDATED';
}

/**
 * True when the template is as the file made it; one made by hand never is. An older server hashed fewer fields: the
 * newest may be missing from the hash as long as they have their defaults, which nobody can have edited.
 */
export function isUnedited(state: TemplateState): boolean {
  if (state.seededHash === null) return false;
  const defaults: Partial<TemplateFields> = TEMPLATE_DEFAULTS;
  for (let count = TEMPLATE_FIELDS.length; count > 0; count--) {
    if (state.seededHash === hashOf(state, TEMPLATE_FIELDS.slice(0, count))) return true;
    const newest = TEMPLATE_FIELDS[count - 1] as keyof TemplateFields;
    if (canonical(state[newest]) !== canonical(defaults[newest])) return false;
  }
  return false;
}

/** SHA-256 over the fields with their keys sorted, tags by key; 64 lower-case hex characters. */
export function entryHash(fields: TemplateFields): string {
  return hashOf(fields, TEMPLATE_FIELDS);
}

function hashOf(fields: TemplateFields, names: readonly (keyof TemplateFields)[]): string {
  const hashed = names.map((name) => [name, name === 'tags' ? byKey(fields.tags) : fields[name]] as const);
  return createHash('sha256')
    .update(canonical(Object.fromEntries(hashed)))
    .digest('hex');
}

function byKey(tags: TemplateFields['tags']): Record<string, string> {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

/** Inserts or updates from an entry of the file; no event where {@link planLoad} would leave the template alone. */
export function seed(state: TemplateState | null, entry: TemplateFields): readonly TemplateEvent[] {
  const outcome = loadOutcome(state, entry);
  if (outcome !== 'INSERTED' && outcome !== 'UPDATED') return [];
  return [{ type: 'TemplateSeeded', payload: changeTo(state, entry) }];
}

/**
 * A template made by hand.
 * @throws LabletError PORT_OUT_OF_RANGE, VALIDATION_FAILED for a tag key that is there twice
 */
export function create(fields: TemplateFields): readonly TemplateEvent[] {
  return [{ type: 'TemplateCreated', payload: changeTo(null, fields) }];
}

/**
 * Changes by hand; no event when nothing differs.
 * @throws LabletError PORT_OUT_OF_RANGE, VALIDATION_FAILED for a tag key that is there twice
 */
export function update(state: TemplateState, changes: TemplateChanges): readonly TemplateEvent[] {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const payload = changeTo(state, { ...state, ...given, name: state.name });
  return Object.keys(payload.changes).length === 0 ? [] : [{ type: 'TemplateUpdated', payload }];
}

function changeTo(state: TemplateState | null, wanted: TemplateFields): TemplateChange {
  assertPortRange(wanted.portRange, wanted.excludedPorts);
  assertTagKeys(wanted.tags);
  const differs = TEMPLATE_FIELDS.filter(
    (field) => !state || canonical(state[field]) !== canonical(wanted[field]),
  );
  const changes = Object.fromEntries(differs.map((field) => [field, wanted[field]]));
  return { changes, hash: entryHash(wanted) };
}

function assertTagKeys(tags: TemplateFields['tags']): void {
  const faults = repeatedKeys(tags).map(({ path, message }): FieldFault => {
    return { path: ['tags', ...path].join('.'), rule: 'UNIQUE', message };
  });
  if (faults.length > 0) throw validationFailed(faults);
}

/** Keys that an earlier tag has already; paths are within the list. */
export function repeatedKeys(tags: TemplateFields['tags']): { path: [number, 'key']; message: string }[] {
  const keys = tags.map(({ key }) => key);
  return keys.flatMap((key, index) =>
    keys.indexOf(key) === index ? [] : [{ path: [index, 'key'], message: 'another tag has this key' }],
  );
}

function fieldsOf(source: TemplateFields): TemplateFields {
  return Object.fromEntries(
    TEMPLATE_FIELDS.map((field) => [field, source[field]]),
  ) as unknown as TemplateFields;
}

/** JSON text with sorted keys, the same for equal values. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function evolve(state: TemplateState | null, event: Recorded<TemplateEvent>): TemplateState {
  const { changes, hash } = event.payload;
  const seededHash = event.type === 'TemplateSeeded' ? hash : (state?.seededHash ?? null);
  if (state) return { ...state, ...changes, seededHash };
  if (event.type === 'TemplateUpdated')
    throw new Error('TemplateUpdated cannot be the first event of a template');
  return {
    ...fieldsOf(withDefaults(changes as TemplateFields, TEMPLATE_DEFAULTS)),
    id: event.aggregateId,
    revision: event.revision,
    seededHash,
    createdAt: event.at,
    updatedAt: event.at,
  };
}
