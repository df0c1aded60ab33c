import { WebSocket } from 'ws';
import * as api from '../../src/client/index.js';
import { workerInput } from './stage.js';
import { required } from './story.js';

/** One mutation of a client, with all its attempts; the key also marks its effect, as reason, owner or name. */
export interface Sent {
  readonly key: string;
  readonly what: 'create' | 'schedule' | 'move' | 'terminate' | 'register' | 'moveWorker';
  readonly document: api.TypedDocumentString<any, any>;
  readonly input: Record<string, unknown>;
  attempts: number;
  /** UNKNOWN: nobody acknowledged or refused it. */
  outcome: 'UNKNOWN' | 'OK' | string;
  /** Id and revision of the object, and its ports, of the last acknowledgement. */
  answer: Answer | null;
}

interface Answer {
  readonly id: string;
  readonly revision: number;
  readonly state?: string;
  readonly status?: string;
  readonly allocatedPorts?: readonly { readonly number: number }[];
}

/** An object of one lane: nobody else moves it, but for workers that are lost. */
interface Own {
  readonly kind: 'instance' | 'worker';
  readonly id: string;
  /** As it was last acknowledged or read; null once that may be wrong. */
  state: string | null;
  revision: number;
}

/** What all lanes share. */
export interface Scene {
  readonly random: () => number;
  readonly token: string;
  /** Servers that may be asked; those that are gone are taken out. */
  readonly urls: string[];
  readonly definitionId: string;
  /** Workers to schedule on. */
  readonly workerIds: string[];
  readonly history: Sent[];
  /** Reads that did not show what had been acknowledged before. */
  readonly lost: string[];
}

const UNKNOWN_CODES = ['STORE_UNAVAILABLE', 'TIMEOUT', 'INTERNAL'];

const INSTANCE_WAYS: Readonly<Record<string, readonly string[]>> = {
  PENDING: ['schedule', 'schedule', 'schedule', 'terminate'],
  SCHEDULED: ['INSTANTIATING', 'INSTANTIATING', 'terminate'],
  INSTANTIATING: ['RUNNING', 'RUNNING', 'terminate'],
  RUNNING: ['STOPPING', 'COLLECTING', 'terminate'],
  COLLECTING: ['STOPPING', 'terminate'],
  STOPPING: ['STOPPED', 'terminate'],
  STOPPED: ['ARCHIVED', 'RUNNING', 'terminate'],
  ARCHIVED: ['terminate'],
};
const WORKER_WAYS: Readonly<Record<string, readonly string[]>> = {
  PENDING: ['PROVISIONING'],
  PROVISIONING: ['RUNNING'],
  RUNNING: ['STOPPING'],
  STOPPING: ['STOPPED'],
  STOPPED: ['RUNNING', 'TERMINATED'],
  FAILED: ['TERMINATED'],
};

/** A client that works through its own objects, one mutation after the other. */
export function lane(scene: Scene, name: string) {
  const { random, history } = scene;
  const own: Own[] = [];
  const open: { sent: Sent; about: Own | null }[] = [];
  let made = 0;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

  function clientAt(url: string): api.LabletClient {
    return api.createClient({ url, token: scene.token, webSocketImpl: WebSocket });
  }

  /** Sends it, perhaps again. Throws nothing. */
  async function attempt(sent: Sent, about: Own | null): Promise<void> {
    const url = scene.urls.length > 0 ? pick(scene.urls) : null;
    if (url === null) return;
    sent.attempts++;
    try {
      const input = { ...sent.input, idempotencyKey: sent.key };
      const [payload] = Object.values(await clientAt(url).request(sent.document, { input }));
      const answer = required(Object.values(payload as object)[0]) as Answer;
      if (sent.answer && sent.answer.id !== answer.id) scene.lost.push(`${sent.key} made two objects`);
      Object.assign(sent, { outcome: 'OK', answer });
      learn(sent, about, answer);
    } catch (error) {
      const code = error instanceof api.ApiError ? error.code : 'UNKNOWN';
      const known = code !== 'UNKNOWN' && !UNKNOWN_CODES.includes(code);
      if (known) sent.outcome = code;
      if (about) about.state = null;
      if (!known) open.push({ sent, about });
    }
  }

  function learn({ what }: Sent, about: Own | null, { id, revision, state, status }: Answer): void {
    const known = about ?? { kind: what === 'register' ? 'worker' : 'instance', id, state: null, revision };
    if (!about) own.push(known);
    if (about && about.revision > revision) scene.lost.push(`${id} went back to revision ${revision}`);
    Object.assign(known, { state: state ?? status ?? null, revision });
    if (known.kind === 'worker' && known.state === 'RUNNING') scene.workerIds.push(id);
  }

  function mutation(
    what: Sent['what'],
    document: Sent['document'],
    input: (key: string) => Sent['input'],
  ): Sent {
    const key = `${name}-${++made}`;
    const sent: Sent = {
      key,
      what,
      document,
      input: input(key),
      attempts: 0,
      outcome: 'UNKNOWN',
      answer: null,
    };
    history.push(sent);
    return sent;
  }

  async function begin(): Promise<void> {
    if (random() < 0.1) {
      return attempt(
        mutation('register', api.RegisterWorkerDocument, (key) => small(key)),
        null,
      );
    }
    const { definitionId } = scene;
    const input = (ownerId: string) => ({ definitionId, ownerId });
    return attempt(mutation('create', api.CreateInstanceDocument, input), null);
  }

  async function goOn(object: Own): Promise<void> {
    if (object.state === null || random() < 0.1) return look(object);
    const { id } = object;
    if (object.kind === 'worker') {
      const to = pick(WORKER_WAYS[object.state] ?? []);
      if (to === undefined) return begin();
      const input = (reason: string) => ({ id, to, reason, force: true });
      return attempt(mutation('moveWorker', api.TransitionWorkerDocument, input), object);
    }
    const way = pick(INSTANCE_WAYS[object.state] ?? []);
    if (way === undefined) return begin();
    if (way === 'schedule') {
      const workerId = pick(scene.workerIds);
      return attempt(
        mutation('schedule', api.ScheduleInstanceDocument, () => ({ id, workerId })),
        object,
      );
    }
    if (way === 'terminate') {
      return attempt(
        mutation('terminate', api.TerminateInstanceDocument, (reason) => ({ id, reason })),
        object,
      );
    }
    const lab = way === 'RUNNING' && object.state !== 'STOPPED' ? { cmlLabId: 'lab-1' } : {};
    const input = (reason: string) => ({ id, to: way, reason, ...lab });
    return attempt(mutation('move', api.TransitionInstanceDocument, input), object);
  }

  /** Reads it: what was acknowledged must be there. */
  async function look(object: Own): Promise<void> {
    const url = scene.urls.length > 0 ? pick(scene.urls) : null;
    if (url === null) return;
    try {
      const { id } = object;
      const found = await (object.kind === 'worker'
        ? clientAt(url)
            .request(api.WorkerDocument, { id })
            .then(({ worker }) => worker)
        : clientAt(url)
            .request(api.InstanceDocument, { id })
            .then(({ instance }) => instance));
      if (!found) scene.lost.push(`${id} is gone`);
      else if (found.revision < object.revision) scene.lost.push(`${id} went back to ${found.revision}`);
      else
        Object.assign(object, {
          state: 'state' in found ? found.state : found.status,
          revision: found.revision,
        });
    } catch (error) {
      if (error instanceof api.ApiError && error.code === 'NOT_FOUND')
        scene.lost.push(`${object.id} is gone`);
    }
  }

  return {
    /** Works until the signal; tells of everything that was tried, and waits as long as is asked for. */
    async run(signal: AbortSignal, onTried: () => void | Promise<void>): Promise<void> {
      while (!signal.aborted && scene.urls.length > 0) {
        const left = open.pop();
        // Half of what is unknown is never asked for again.
        if (left && random() < 0.5) await attempt(left.sent, left.about);
        else if (own.length === 0 || random() < 0.3) await begin();
        else await goOn(pick(own.slice(-6)));
        await onTried();
      }
    },
  };
}

function small(name: string): Record<string, unknown> {
  return { ...workerInput(name), portRange: { start: 2000, end: 2011 } };
}
