/**
 * What a subscription hands to graphql-js: starts on the first pull, and `return()` settles at once.
 * A bare async generator that waits inside cannot be closed, and the socket would wait for it.
 */
export function feed<T>(
  start: (signal: AbortSignal) => AsyncIterable<T>,
  outer?: AbortSignal,
): AsyncIterableIterator<T> {
  const controller = new AbortController();
  const done: IteratorResult<T> = { done: true, value: undefined };
  let inner: AsyncIterator<T> | null = null;
  /** Ends the pulls that wait; a race with one promise for all pulls would hold on to every value. */
  const waiting = new Set<() => void>();

  function close(): void {
    controller.abort();
    outer?.removeEventListener('abort', close);
    for (const end of waiting) end();
    inner?.return?.(undefined)?.catch(() => undefined);
  }
  if (outer?.aborted) close();
  else outer?.addEventListener('abort', close, { once: true });

  async function pull(): Promise<IteratorResult<T>> {
    let end = (): void => undefined;
    try {
      return await new Promise((resolve, reject) => {
        end = () => resolve(done);
        waiting.add(end);
        inner ??= start(controller.signal)[Symbol.asyncIterator]();
        inner.next().then(resolve, reject);
      });
    } finally {
      waiting.delete(end);
    }
  }

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (controller.signal.aborted) return done;
      try {
        const result = await pull();
        if (result.done) close();
        return result;
      } catch (error) {
        close();
        throw error;
      }
    },
    return() {
      close();
      return Promise.resolve(done);
    },
    async throw(error) {
      close();
      throw error;
    },
  };
}
