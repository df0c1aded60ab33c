/** Runs work of the same key one after the other, in the order of the calls; work of other keys does not wait. */
export type InTurn = <R>(key: string, work: () => Promise<R>) => Promise<R>;

export function inTurn(): InTurn {
  const last = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const before = last.get(key) ?? Promise.resolve();
    const own = before.then(work, work);
    last.set(key, own);
    try {
      return await own;
    } finally {
      if (last.get(key) === own) last.delete(key);
    }
  };
}
