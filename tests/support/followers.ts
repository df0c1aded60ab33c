/** Subscribers that follow across everything, and keep what they are told. */
import {
  InstanceChangesDocument,
  WorkerChangesDocument,
  type FollowOptions,
  type InstanceChangesSubscriptionVariables,
  type LabletClient,
} from '../../src/client/index.js';
import { requestEventStream } from './event-stream.js';
import type { Change, WorkerChange } from './live-audit.js';
import { StreamLog } from './stream-log.js';

/** One subscriber; its stream is opened with what ends it and hears of its failures. */
class StreamFollower<Message extends Change | WorkerChange> {
  readonly retries: Error[] = [];
  readonly #end = new AbortController();
  readonly #log: StreamLog<Message>;

  constructor(open: (options: FollowOptions & { readonly signal: AbortSignal }) => AsyncIterable<Message>) {
    const onRetry = (failure: Error) => void this.retries.push(failure);
    this.#log = new StreamLog(open({ signal: this.#end.signal, onRetry }));
  }

  get messages(): readonly Message[] {
    return this.#log.seen;
  }

  /** Position of the latest message. */
  get position(): string | null {
    return this.messages.at(-1)?.liveRevision ?? null;
  }

  /** Waits until a message satisfies `wanted`. */
  async until(wanted: (message: Message) => boolean, ms = 15_000): Promise<void> {
    await this.#log.until(wanted, ms);
  }

  /** Waits until it was told of the latest move of this one, by a change or a snapshot. */
  reaches(id: string, sequence: number, ms?: number): Promise<void> {
    return this.until(
      (message) =>
        ('workerId' in message ? message.workerId : message.instanceId) === id &&
        message.transition?.sequence === sequence,
      ms,
    );
  }

  synced(): Promise<void> {
    return this.until(({ kind }) => kind === 'SYNCED');
  }

  async end(): Promise<void> {
    this.#end.abort();
    await this.#log.ended;
  }
}

/** Follows instances on a socket. */
export class Follower extends StreamFollower<Change> {
  constructor(client: LabletClient, variables: InstanceChangesSubscriptionVariables = {}) {
    super(async function* (options) {
      const stream = client.follow(InstanceChangesDocument, variables, options);
      for await (const { instanceChanges } of stream) yield instanceChanges;
    });
  }
}

/** Follows workers on a socket. */
export class WorkerFollower extends StreamFollower<WorkerChange> {
  constructor(client: LabletClient) {
    super(async function* (options) {
      const stream = client.follow(WorkerChangesDocument, {}, options);
      for await (const { workerChanges } of stream) yield workerChanges;
    });
  }
}

/** Follows instances on an event stream, as browsers do: after the last id that it was told. */
export class EventFollower extends StreamFollower<Change> {
  constructor(url: string, token: string) {
    super(async function* ({ signal, onRetry }) {
      let after: string | null = null;
      let refusal: { readonly code: string; readonly retryable: boolean } | null = null;
      while (!signal.aborted) {
        try {
          const headers: Record<string, string> = after === null ? {} : { 'last-event-id': after };
          const query = String(InstanceChangesDocument);
          const stream = await requestEventStream(url, { token, query, headers });
          const stop = () => stream.close();
          if (signal.aborted) stop();
          signal.addEventListener('abort', stop);
          try {
            for await (const { event, id, data } of stream.events) {
              after = id ?? after;
              refusal = data?.errors?.[0]?.extensions ?? null;
              if (refusal) break;
              if (event === 'next') yield data.data.instanceChanges as Change;
            }
          } finally {
            signal.removeEventListener('abort', stop);
          }
          throw new Error(`the stream ended: ${stream.status} ${JSON.stringify(refusal ?? stream.body)}`);
        } catch (error) {
          if (refusal && !refusal.retryable) throw error;
          if (!signal.aborted) onRetry?.(error as Error, 100);
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    });
  }
}
