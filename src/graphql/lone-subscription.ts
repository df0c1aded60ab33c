import { subscribe, type ExecutionArgs, type ExecutionResult } from 'graphql';

type Results = AsyncIterableIterator<ExecutionResult>;

/** A subscription that is executed by itself; once it is completed, nothing that was under way is told. */
export async function alone(args: ExecutionArgs): Promise<Results | ExecutionResult> {
  const inner = (await subscribe(args)) as Results | ExecutionResult;
  if (!(Symbol.asyncIterator in inner)) return inner;
  const done: IteratorResult<ExecutionResult> = { done: true, value: undefined };
  let isOver = false;
  const results: Results = {
    [Symbol.asyncIterator]: () => results,
    async next() {
      const result = await inner.next();
      return isOver ? done : result;
    },
    async return() {
      isOver = true;
      await inner.return?.();
      return done;
    },
  };
  return results;
}
