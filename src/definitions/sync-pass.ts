import {
  appliedRecord,
  assertRevision,
  causeOf,
  type Cause,
  type Loaded,
} from '../db/aggregate-repository.js';
import { DuplicateKey, RevisionConflict, type Collection } from '../db/document-store.js';
import { LabletError } from '../errors.js';
import type { Call } from '../lib/operation.js';
import { parseVersion, versionRank, type VersionNumbers } from '../lib/version.js';
import { deprecateSuperseded } from './deprecate-superseded.js';
import { notActive, type DefinitionState } from './definition.js';
import type { ArtifactReading } from './definition-events.js';
import type { LabletDefinitionDocument } from './definition-model.js';
import { syncGuard } from './definition-state.js';
import { recordSync, syncOutcome, type SyncDecision } from './definition-sync.js';
import { viewDefinition } from './find-definition.js';
import type { SyncDeps, SyncRecord } from './read-sync-result.js';
import { readTopology } from './read-topology.js';

export interface SyncInput {
  readonly id: string;
  readonly expectedRevision?: number | null | undefined;
}

/** The first one goes by what was loaded before the lab file was read. */
const PASSES = 5;
const HIGHEST_PATCH = 999_999;
const NUMBER_ATTEMPTS = 20;

/** A definition that can be synced, or what an earlier call of the command did. */
type Start =
  { readonly earlier: SyncRecord } | { readonly earlier: null; readonly loaded: Loaded<DefinitionState> };

/** The same with what its lab file says. */
export type Read =
  | { readonly earlier: SyncRecord }
  | { readonly earlier: null; readonly loaded: Loaded<DefinitionState>; readonly reading: ArtifactReading };

async function startSync(deps: SyncDeps, input: SyncInput, call: Call): Promise<Start> {
  const loaded = await deps.definitions.load(input.id);
  const earlier = await earlierResult(deps, loaded, call);
  if (earlier) return { earlier };
  assertRevision(loaded.state, input.expectedRevision);
  if (loaded.state.status !== 'ACTIVE') throw notActive(loaded.state);
  return { earlier, loaded };
}

/** Reads the lab file, which takes its time, unless the command was done before. @throws what reading throws */
export async function readForSync(deps: SyncDeps, input: SyncInput, call: Call): Promise<Read> {
  const start = await startSync(deps, input, call);
  if (start.earlier) return start;
  const reading = await readTopology(deps, start.loaded.state.labArtifactUri, call.signal);
  return { ...start, reading };
}

/**
 * Records what was read, which means something else each time that another command came between.
 * @throws RevisionConflict when that happened too often; what deciding throws
 */
export async function saveReading(
  deps: SyncDeps,
  input: SyncInput,
  read: Read,
  call: Call,
): Promise<SyncRecord> {
  if (read.earlier) return read.earlier;
  const { reading } = read;
  for (let pass = 1, start: Start = read; ; pass++) {
    if (start.earlier) return start.earlier;
    try {
      return await syncPass(deps, input.id, start.loaded, reading, call);
    } catch (error) {
      if (!(error instanceof RevisionConflict) || pass >= PASSES) throw error;
    }
    start = await startSync(deps, input, call);
  }
}

/**
 * One pass of a sync after its reading. A new version is inserted first and the old one deprecated after it; a crash
 * in between is finished by a repeat or by repair.
 * @throws RevisionConflict when another command came between; what deciding throws
 */
async function syncPass(
  deps: SyncDeps,
  id: string,
  loaded: Loaded<DefinitionState>,
  reading: ArtifactReading,
  call: Call,
): Promise<SyncRecord> {
  const { state } = loaded;
  for (let attempt = 1; ; attempt++) {
    const isReplaced = syncOutcome(state, reading.hash) === 'NEW_VERSION';
    const familyVersions = isReplaced ? await highestPatch(deps.collections.definitions, state) : [];
    const successorId = call.newId as string;
    const decision = recordSync(state, { reading, successorId, familyVersions });
    if (decision.outcome !== 'NEW_VERSION') return saveSync(deps, loaded, decision, reading, call);
    try {
      return await replaceBySync(deps, loaded, decision, reading, call);
    } catch (error) {
      if (!(error instanceof DuplicateKey) || attempt >= NUMBER_ATTEMPTS) throw error;
      const other = await successorOf(deps.collections.definitions, id);
      // Without a successor it was the number that somebody took.
      if (other) return await finishOther(deps, state, other, reading, call);
    }
  }
}

/** What an earlier pass, or a call under the same idempotency record, did before, if it did anything. */
async function earlierResult(
  deps: SyncDeps,
  loaded: Loaded<DefinitionState>,
  call: Call,
): Promise<SyncRecord | null> {
  const outcome = appliedRecord(loaded, call)?.outcome;
  if (outcome !== undefined) return JSON.parse(outcome) as SyncRecord;
  const own = await deps.definitions.find(call.newId as string);
  if (!own) return null;
  const result = newVersionResult(loaded.state, own.state);
  await deprecateSuperseded(deps.definitions, loaded.state.id, own.state, marked(call, result));
  return result;
}

async function saveSync(
  { definitions }: SyncDeps,
  loaded: Loaded<DefinitionState>,
  { outcome, events }: Exclude<SyncDecision, { outcome: 'NEW_VERSION' }>,
  { hash: newHash }: ArtifactReading,
  call: Call,
): Promise<SyncRecord> {
  const result = { outcome, successorId: null, oldHash: loaded.state.labYamlHash, newHash };
  await definitions.save(loaded, events, marked(call, result));
  return result;
}

async function replaceBySync(
  deps: SyncDeps,
  { state }: Loaded<DefinitionState>,
  { successor: events }: Extract<SyncDecision, { outcome: 'NEW_VERSION' }>,
  { hash: labYamlHash }: ArtifactReading,
  call: Call,
): Promise<SyncRecord> {
  const id = call.newId as string;
  const result = newVersionResult(state, { id, labYamlHash });
  // Reading took its time: what was decided since then, a deprecation above all, comes first.
  assertRevision((await deps.definitions.load(state.id)).state, state.revision);
  const cause = marked(call, result);
  const successor = await deps.definitions.insert(id, events, cause);
  await deprecateSuperseded(deps.definitions, state.id, successor, cause);
  return result;
}

/** Another sync was first: its version stands, and its deprecation of the old one is finished. */
async function finishOther(
  { definitions }: SyncDeps,
  state: DefinitionState,
  successor: DefinitionState,
  { hash }: ArtifactReading,
  call: Call,
): Promise<SyncRecord> {
  const result = newVersionResult(state, successor);
  const same = successor.labYamlHash === hash;
  const cause = same ? marked(call, result) : { ...causeOf(call), record: null };
  const now = await deprecateSuperseded(definitions, state.id, successor, cause);
  if (same) return result;
  const message = 'Another sync found another lab file at the same time; look at the version it made.';
  const details = { expected: state.revision, actual: now.revision };
  throw new LabletError('REVISION_CONFLICT', message, details);
}

function newVersionResult(
  { labYamlHash: oldHash }: DefinitionState,
  { id: successorId, labYamlHash: newHash }: Pick<DefinitionState, 'id' | 'labYamlHash'>,
): SyncRecord {
  return { outcome: 'NEW_VERSION', successorId, oldHash, newHash };
}

/** The cause of a save that leaves the result for repeats of the command. */
function marked(call: Call, result: SyncRecord): Cause {
  const { record, ...cause } = causeOf(call);
  return { ...cause, record: record && { ...record, outcome: JSON.stringify(result) } };
}

async function successorOf(
  definitions: Collection<LabletDefinitionDocument>,
  supersededId: string,
): Promise<DefinitionState | null> {
  const [found] = await definitions.find(
    { familyGuard: syncGuard(supersededId) },
    { index: 'familyGuard', limit: 1 },
  );
  return found ? viewDefinition(found) : null;
}

/** The highest version of the same MAJOR.MINOR, whatever its status; an index orders versions from the top. */
async function highestPatch(
  definitions: Collection<LabletDefinitionDocument>,
  { name, version }: DefinitionState,
): Promise<string[]> {
  const [major, minor] = parseVersion(version) as VersionNumbers;
  const top = versionRank(`${major}.${minor}.${HIGHEST_PATCH}`);
  const found = await definitions.find(
    { name, versionRank: { $gte: top } },
    { index: 'name_versionRank', limit: 1 },
  );
  return found.map((each) => each.version);
}
