import type { LiveKeys } from '../claims/keys.js';
import { codecs, type WorkerStateValue } from '../claims/values.js';
import type { Collection } from '../db/document-store.js';
import type { Call } from '../lib/operation.js';
import type { LiveValue } from '../live/change-ring.js';
import {
  liveStream,
  sharedReads,
  type LiveMessage,
  type LiveStreamDeps,
  type ValueMessage,
} from '../live/live-stream.js';
import { viewWorker } from './find-worker.js';
import type { WorkerStatus } from './transitions.js';
import type { WorkerDocument } from './worker-model.js';
import type { WorkerState } from './worker-state.js';

export interface StreamDeps extends LiveStreamDeps {
  readonly collections: { readonly workers: Collection<WorkerDocument> };
  readonly keys: LiveKeys;
}

/** Which workers a subscriber follows; all given parts must hold. */
export interface WorkerFilter {
  readonly ids?: readonly string[] | null | undefined;
  readonly statuses?: readonly WorkerStatus[] | null | undefined;
  readonly templateName?: string | null | undefined;
}

interface Body {
  readonly workerId: string | null;
  readonly transition: {
    readonly from: WorkerStatus | null;
    readonly to: WorkerStatus;
    readonly at: string;
    readonly sequence: number;
  } | null;
  readonly worker: WorkerState | null;
}

/** One message of the stream. */
export type WorkerChange = LiveMessage & Body;

const BARE: Body = { workerId: null, transition: null, worker: null };
const shared = sharedReads<WorkerState | null>();

/** The messages of one subscriber, who may read workers: snapshot or resumption first, then every change. */
export function streamWorkers(
  deps: StreamDeps,
  filter: WorkerFilter,
  after: string | null,
  { signal }: Pick<Call, 'signal'>,
): AsyncGenerator<WorkerChange> {
  const { hub, keys, collections } = deps;
  /** Templates of workers that were looked at; they never change. */
  const templates = new Map<string, string | null>();

  async function load(id: string, of: LiveValue): Promise<WorkerState | null> {
    return shared(of, async () => {
      const document = await collections.workers.get(id);
      return document && viewWorker(document);
    });
  }

  async function hasTemplate(id: string, of: LiveValue): Promise<boolean> {
    if (filter.templateName == null) return true;
    const known = templates.get(id);
    if (known !== undefined) return known === filter.templateName;
    const worker = await load(id, of);
    if (worker) templates.set(id, worker.templateName);
    return worker?.templateName === filter.templateName;
  }

  const hasStatus = ({ status }: WorkerStateValue) => filter.statuses?.includes(status) ?? true;
  const isShown = async (value: WorkerStateValue, of: LiveValue) =>
    hasStatus(value) && (await hasTemplate(value.id, of));

  /** The worker as it is now, for what has no move: a snapshot, or a change of claims and limits. */
  async function present(of: LiveValue | null, kind: 'SNAPSHOT' | 'CHANGED') {
    const value = read(of);
    if (!of || !value || value.status === 'TERMINATED' || !(await isShown(value, of))) return null;
    const transition = kind === 'SNAPSHOT' ? transitionOf(value) : null;
    return { kind, workerId: value.id, transition, worker: await load(value.id, of) };
  }

  async function moved({ value, previous }: Extract<ValueMessage, { kind: 'CHANGED' }>) {
    const [now, before] = [read(value), read(previous)];
    // Nobody here can say what it says, as when a newer server wrote it: that is no end.
    if (value && !now) return null;
    if (value && now && (await isShown(now, value))) {
      // Repair may write a value again; only a move is news.
      if (before?.seq === now.seq && before.status === now.status) return null;
      const worker = await load(now.id, value);
      return { kind: 'CHANGED' as const, workerId: now.id, transition: transitionOf(now), worker };
    }
    if (!previous) return null;
    // Of what nobody could read it is not known whether it was shown: in doubt it is told that it has left.
    const last = before ?? now;
    // The value of a worker that is gone lapses some day; its end has been announced.
    const wasShown = !before || (before.status !== 'TERMINATED' && (await isShown(before, previous)));
    if (!last || !wasShown) return null;
    return {
      ...{ kind: 'REMOVED' as const, workerId: last.id, worker: null },
      transition: now && transitionOf(now),
    };
  }

  return liveStream<Body>(deps, {
    ...{ name: 'workerChanges', filter, view: 'all', after, signal, bare: BARE },
    wants: wanted(keys, filter),
    async tell(message) {
      const key = keys.parse(message.key);
      const isState = key?.kind === 'workerState';
      if (message.kind === 'SNAPSHOT') return isState ? present(message.value, 'SNAPSHOT') : null;
      if (isState) return moved(message);
      return key && 'id' in key ? present(hub.value(keys.workerState(key.id)), 'CHANGED') : null;
    },
  });
}

/** Every key of workers, or of those asked for by id. */
function wanted(keys: LiveKeys, { ids }: WorkerFilter): (key: string) => boolean {
  if (ids == null) return (key) => key.startsWith(keys.workers);
  const asked = new Set(
    ids.flatMap((id) => [keys.workerState(id), keys.workerCapacity(id), keys.workerPorts(id)]),
  );
  return (key) => asked.has(key);
}

function transitionOf({ from, status, at, seq }: WorkerStateValue): Body['transition'] {
  return { from, to: status, at, sequence: seq };
}

function read(value: LiveValue | null): WorkerStateValue | null {
  return value && value.as(codecs.workerState);
}
