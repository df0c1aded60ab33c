import { visibleInstances } from '../auth/policies.js';
import type { LiveKeys } from '../claims/keys.js';
import { codecs, type InstanceStateValue } from '../claims/values.js';
import type { Collection } from '../db/document-store.js';
import type { Call } from '../lib/operation.js';
import type { LiveValue } from '../live/change-ring.js';
import { liveStream, sharedReads, type LiveMessage, type LiveStreamDeps } from '../live/live-stream.js';
import type { InstanceDocument } from './instance-model.js';
import type { InstanceState } from './instance-state.js';
import type { InstanceStateName } from './transitions.js';
import { viewInstance } from './view-instance.js';

export interface StreamDeps extends LiveStreamDeps {
  readonly collections: { readonly instances: Collection<InstanceDocument> };
  readonly keys: LiveKeys;
}

/** Which instances a subscriber follows; all given parts must hold. */
export interface InstanceFilter {
  readonly ids?: readonly string[] | null | undefined;
  readonly states?: readonly InstanceStateName[] | null | undefined;
  readonly workerId?: string | null | undefined;
  readonly ownerId?: string | null | undefined;
  readonly definitionId?: string | null | undefined;
}

interface Body {
  readonly instanceId: string | null;
  readonly transition: {
    readonly from: InstanceStateName | null;
    readonly to: InstanceStateName;
    readonly at: string;
    readonly sequence: number;
  } | null;
  readonly instance: InstanceState | null;
}

/** One message of the stream. */
export type InstanceChange = LiveMessage & Body;

const BARE: Body = { instanceId: null, transition: null, instance: null };
const shared = sharedReads<InstanceState | null>();

/** The messages of one subscriber: snapshot or resumption first, then every change, without a gap. */
export function streamInstances(
  deps: StreamDeps,
  filter: InstanceFilter,
  after: string | null,
  { actor, signal }: Call,
): AsyncGenerator<InstanceChange> {
  const { view, sees } = visibleInstances(actor);
  const matches = (value: InstanceStateValue) => sees(value) && isAskedFor(value, filter);

  async function full(value: InstanceStateValue, of: LiveValue): Promise<Body> {
    const instance = await shared(of, async () => {
      const document = await deps.collections.instances.get(value.id);
      return document && viewInstance(document);
    });
    return { instanceId: value.id, transition: transitionOf(value), instance };
  }

  return liveStream<Body>(deps, {
    ...{ name: 'instanceChanges', filter, view, after, signal, bare: BARE },
    wants: wanted(deps.keys, filter),
    async tell(message) {
      const { kind, value } = message;
      const now = read(value);
      if (kind === 'SNAPSHOT') {
        const isShown = now && matches(now) && now.state !== 'TERMINATED';
        return isShown ? { kind, ...(await full(now, message.value)) } : null;
      }
      // Nobody here can say what it says, as when a newer server wrote it: that is no end.
      if (value && !now) return null;
      const before = read(message.previous);
      if (value && now && matches(now)) {
        return before && isSameMove(before, now) ? null : { kind, ...(await full(now, value)) };
      }
      // Of what nobody could read it is not known whether it was shown: in doubt it is told that it has left.
      const last = before ?? (message.previous && now);
      // The value of a finished instance lapses some day; its end has been announced.
      const wasShown = before ? matches(before) && before.state !== 'TERMINATED' : last && sees(last);
      if (!last || !wasShown) return null;
      const transition = now && transitionOf(now);
      return { ...BARE, kind: 'REMOVED', instanceId: last.id, transition };
    },
  });
}

/** Instance state keys only, and only those asked for by id. */
function wanted(keys: LiveKeys, { ids }: InstanceFilter): (key: string) => boolean {
  if (ids == null) return (key) => key.startsWith(keys.instances) && key.endsWith('/state');
  const asked = new Set(ids.map(keys.instanceState));
  return (key) => asked.has(key);
}

function isAskedFor(value: InstanceStateValue, filter: InstanceFilter): boolean {
  const { states, workerId, ownerId, definitionId } = filter;
  return (
    (states == null || states.includes(value.state)) &&
    (workerId == null || value.workerId === workerId) &&
    (ownerId == null || value.ownerId === ownerId) &&
    (definitionId == null || value.definitionId === definitionId)
  );
}

/** Repair may write a value again; only a move is news. */
function isSameMove(before: InstanceStateValue, now: InstanceStateValue): boolean {
  return before.seq === now.seq && before.state === now.state && before.workerId === now.workerId;
}

function transitionOf({ from, state, at, seq }: InstanceStateValue): Body['transition'] {
  return { from, to: state, at, sequence: seq };
}

function read(value: LiveValue | null): InstanceStateValue | null {
  return value && value.as(codecs.instanceState);
}
