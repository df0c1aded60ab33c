import type { LabletClient, StreamOptions } from './client.js';
import { ApiError, ConnectionLost } from './errors.js';
import type { TypedDocumentString } from './generated.js';
import { hintIn, waitAfter } from './retry.js';

/** The answer of a live stream: one field, with a message that carries its position. */
export type LiveResult = Readonly<Record<string, { readonly kind: string; readonly liveRevision: string }>>;

export interface LiveVariables {
  readonly after?: string | null | undefined;
}

export interface FollowOptions extends StreamOptions {
  /** Hears of every failure after which the stream is tried again. */
  readonly onRetry?: (failure: Error, waitMs: number) => void;
}

const FIRST_WAIT_MS = 100;
/** Closing codes of graphql-ws for requests that will be refused again. */
const FINAL_CODES: readonly (number | null)[] = [4400, 4401, 4403, 4406, 4409];

/** The messages of a live stream, across lost connections, each after the one before it. */
export async function* followStream<Result extends LiveResult, Variables extends LiveVariables>(
  client: Pick<LabletClient, 'subscribe'>,
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  { signal, onRetry }: FollowOptions = {},
): AsyncGenerator<Result> {
  let after = variables.after ?? null;
  for (let failures = 0; !signal?.aborted; failures++) {
    let failure: Error = new ConnectionLost(null, 'the server ended the stream', null);
    try {
      for await (const result of client.subscribe(document, { ...variables, after }, { signal })) {
        failures = 0;
        // The position of a message inside a snapshot starts the snapshot again, after RESYNC_REQUIRED.
        after = Object.values(result)[0]?.liveRevision ?? after;
        yield result;
      }
    } catch (error) {
      failure = error as Error;
      if (isFinal(failure)) throw failure;
    }
    if (signal?.aborted) return;
    const waitMs = waitAfter(failures, askedBy(failure), FIRST_WAIT_MS);
    onRetry?.(failure, waitMs);
    await pause(waitMs, signal);
  }
}

function isFinal(failure: Error): boolean {
  if (failure instanceof ApiError) return !failure.retryable;
  return !(failure instanceof ConnectionLost) || FINAL_CODES.includes(failure.code);
}

/** How long the server asks to wait, in ms. */
function askedBy(failure: Error): number {
  if (failure instanceof ApiError) return Number(failure.details['retryAfterMs'] ?? 0);
  return hintIn(failure.message);
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}
