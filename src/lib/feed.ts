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
  const closed = new Promise<IteratorResult<T>>((resolve) => {
    controller.signal.addEventListener('abort', () => resolve(done), { once: true });
  });
  const abort = () => controller.abort();
  if (outer?.aborted) abort();
  else outer?.addEventListener('abort', abort, { once: true });
  let inner: AsyncIterator<T> | null = null;

  function close(): Promise<IteratorResult<T>> {
    controller.abort();
    outer?.removeEventListener('abort', abort);
    inner?.return?.(undefined)?.catch(() => undefined);
    return Promise.resolve(done);
  }

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (controller.signal.aborted) return done;
      inner ??= start(controller.signal)[Symbol.asyncIterator]();
      try {
        const result = await Promise.race([inner.next(), closed]);
        if (result.done) await close();
        return result;
      } catch (error) {
        await close();
        throw error;
      }
    },
    return: close,
    async throw(error) {
      await close();
      throw error;
    },
  };
}
