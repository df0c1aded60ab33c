import { GraphQLError, type ExecutionResult } from 'graphql';

type Results = AsyncIterator<ExecutionResult>;

/** The results of one event stream, which can be ended from outside with a last word. */
export interface EventResults extends AsyncGenerator<ExecutionResult> {
  /** Ends it: what was pulled is followed by `last`, if there is one, and then nothing. */
  end(last: ExecutionResult | null): void;
}

/**
 * Results for an event stream, where an error that ends the stream is a result too: only what is sent as an event
 * reaches the reader. Not a generator, since `return()` must end it also while it waits.
 */
export function eventResults(source: AsyncIterable<ExecutionResult>): EventResults {
  const inner: Results = source[Symbol.asyncIterator]();
  let last: ExecutionResult | null = null;
  let isOver = false;
  const done = { done: true, value: undefined } as const;

  async function pulled(): Promise<IteratorResult<ExecutionResult>> {
    if (isOver) return done;
    try {
      return await inner.next();
    } catch (error) {
      isOver = true;
      const cause = error instanceof Error ? error : new Error(String(error));
      return { done: false, value: { errors: [new GraphQLError(cause.message, { originalError: cause })] } };
    }
  }

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const result = await pulled();
      if (!result.done) return result;
      isOver = true;
      const value = last;
      last = null;
      return value ? { done: false, value } : done;
    },
    async return() {
      isOver = true;
      await inner.return?.();
      return done;
    },
    throw: (error) => Promise.reject(error instanceof Error ? error : new Error(String(error))),
    end(word) {
      last = word;
      isOver = true;
      void inner.return?.();
    },
  };
}
