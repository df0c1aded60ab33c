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
  /** Ends the pull that waits; a race with one promise for all pulls would hold on to every value. */
  let endPull: (() => void) | null = null;

  function close(): void {
    controller.abort();
    outer?.removeEventListener('abort', close);
    endPull?.();
    inner?.return?.(undefined)?.catch(() => undefined);
  }
  if (outer?.aborted) close();
  else outer?.addEventListener('abort', close, { once: true });

  function pull(): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      endPull = () => resolve(done);
      inner ??= start(controller.signal)[Symbol.asyncIterator]();
      inner.next().then(resolve, reject);
    });
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
      } finally {
        endPull = null;
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
