/** Counts what each caller has open, and refuses more than `max`. */
export function callerLimit(max: number) {
  const open = new Map<string, number>();
  return {
    /** A function that gives the place back, once; null where the caller has as many as allowed. */
    take(caller: string): (() => void) | null {
      const count = open.get(caller) ?? 0;
      if (count >= max) return null;
      open.set(caller, count + 1);
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        const rest = (open.get(caller) ?? 1) - 1;
        if (rest > 0) open.set(caller, rest);
        else open.delete(caller);
      };
    },
  };
}

export type CallerLimit = ReturnType<typeof callerLimit>;
