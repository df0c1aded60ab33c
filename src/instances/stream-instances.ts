import { visibleInstances, type Visibility } from '../auth/policies.js';
import type { LiveKeys } from '../claims/keys.js';
import { codecs, type InstanceStateValue } from '../claims/values.js';
import type { Collection } from '../db/document-store.js';
import { validationFailed } from '../errors.js';
import type { Call } from '../lib/operation.js';
import type { LiveValue } from '../live/change-ring.js';
import { scopeOf, type LivePosition, type LiveTokens } from '../live/live-token.js';
import type { HubMessage, ReaderOptions, WatchHub } from '../live/watch-hub.js';
import type { InstanceDocument } from './instance-model.js';
import type { InstanceState } from './instance-state.js';
import type { InstanceStateName } from './transitions.js';
import { viewInstance } from './view-instance.js';

export interface StreamDeps {
  readonly collections: { readonly instances: Collection<InstanceDocument> };
  readonly hub: WatchHub;
  readonly keys: LiveKeys;
  readonly tokens: LiveTokens;
}

export type LiveKind = 'SNAPSHOT' | 'SYNCED' | 'CHANGED' | 'REMOVED' | 'BOOKMARK' | 'RESYNC_REQUIRED';

/** One message of the stream. */
export interface InstanceChange {
  readonly kind: LiveKind;
  readonly liveRevision: string;
  readonly instanceId: string | null;
  readonly transition: {
    readonly from: InstanceStateName | null;
    readonly to: InstanceStateName;
    readonly at: string;
    readonly sequence: number;
  } | null;
  readonly instance: InstanceState | null;
}

/** Which instances a subscriber follows; all given parts must hold. */
export interface InstanceFilter {
  readonly ids?: readonly string[] | null | undefined;
  readonly states?: readonly InstanceStateName[] | null | undefined;
  readonly workerId?: string | null | undefined;
  readonly ownerId?: string | null | undefined;
  readonly definitionId?: string | null | undefined;
}

/** The messages of one subscriber: snapshot or resumption first, then every change, without a gap. */
export async function* streamInstances(
  deps: StreamDeps,
  filter: InstanceFilter,
  after: string | null,
  { actor, signal }: Call,
): AsyncGenerator<InstanceChange> {
  const visibility = visibleInstances(actor);
  const scope = scopeOf(filter, visibility.view);
  const matches = matcher(filter, visibility);
  let last: string | null = null;
  const start = startOf(deps, after, scope);
  const options = { ...start, signal, wants: wanted(deps.keys, filter), lastToken: () => last };
  for await (const message of deps.hub.read(options)) {
    const change = await shape(deps, message, matches, scope);
    if (!change) continue;
    last = change.liveRevision;
    yield change;
  }
}

/** Where to start: a position of this deployment and scope resumes; anything else is a new snapshot. */
function startOf(
  { tokens }: StreamDeps,
  after: string | null,
  scope: string,
): Pick<ReaderOptions, 'after' | 'resync'> {
  if (after === null) return { after: null };
  const position = tokens.decode(after);
  if (!position) {
    throw validationFailed([
      { path: 'after', rule: 'LIVE_REVISION', message: 'is not a position of this server' },
    ]);
  }
  const usable = position.scope === null || position.scope === scope;
  if (!usable || position.snapshot) return { after: null, resync: true };
  return { after: position };
}

/** Instance state keys only, and only those asked for by id. */
function wanted(keys: LiveKeys, { ids }: InstanceFilter): (key: string) => boolean {
  if (ids == null) return (key) => key.startsWith(keys.instances) && key.endsWith('/state');
  const asked = new Set(ids.map(keys.instanceState));
  return (key) => asked.has(key);
}

function matcher(
  filter: InstanceFilter,
  { sees }: Visibility,
): (value: InstanceStateValue | null) => boolean {
  const { states, workerId, ownerId, definitionId } = filter;
  return (value) =>
    value !== null &&
    sees(value) &&
    (states == null || states.includes(value.state)) &&
    (workerId == null || value.workerId === workerId) &&
    (ownerId == null || value.ownerId === ownerId) &&
    (definitionId == null || value.definitionId === definitionId);
}

async function shape(
  deps: StreamDeps,
  message: HubMessage,
  matches: (value: InstanceStateValue | null) => boolean,
  scope: string,
): Promise<InstanceChange | null> {
  const token = (position: Partial<LivePosition> & { revision: number }) =>
    deps.tokens.encode({ epoch: message.epoch, index: null, scope, snapshot: false, ...position });
  const bare = (kind: LiveKind, liveRevision: string): InstanceChange => ({
    kind,
    liveRevision,
    instanceId: null,
    transition: null,
    instance: null,
  });
  switch (message.kind) {
    case 'SYNCED':
    case 'BOOKMARK':
      return bare(message.kind, token({ revision: message.revision }));
    case 'RESYNC':
      return bare('RESYNC_REQUIRED', token({ revision: deps.hub.revision(), snapshot: true }));
    case 'SNAPSHOT': {
      const value = read(message.value);
      if (!value || !matches(value) || value.state === 'TERMINATED') return null;
      return full(deps, 'SNAPSHOT', token({ revision: message.revision, snapshot: true }), value);
    }
    case 'CHANGED': {
      const { value, previous, revision, index } = message;
      const [now, before] = [read(value), read(previous)];
      const liveRevision = token({ revision, index });
      if (now && matches(now)) return full(deps, 'CHANGED', liveRevision, now);
      // The value of a finished instance lapses some day; its end has been announced.
      const left = before && matches(before) && before.state !== 'TERMINATED';
      if (!left) return null;
      return {
        ...bare('REMOVED', liveRevision),
        instanceId: before.id,
        transition: now && transitionOf(now),
      };
    }
  }
}

async function full(
  { collections }: StreamDeps,
  kind: LiveKind,
  liveRevision: string,
  value: InstanceStateValue,
): Promise<InstanceChange> {
  const document = await collections.instances.get(value.id);
  const instance = document && viewInstance(document);
  return { kind, liveRevision, instanceId: value.id, transition: transitionOf(value), instance };
}

function transitionOf({ from, state, at, seq }: InstanceStateValue): InstanceChange['transition'] {
  return { from, to: state, at, sequence: seq };
}

function read(value: LiveValue | null): InstanceStateValue | null {
  if (value === null) return null;
  const decoded = codecs.instanceState.decode(value.text);
  return decoded.ok ? decoded.value : null;
}
