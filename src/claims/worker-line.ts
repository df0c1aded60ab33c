/** Too many requests wait for one worker. */
export class LineFull extends Error {
  override readonly name = 'LineFull';
}

/**
 * Lets the requests for one worker inside this process go one after the other, in the order they came, so that
 * they do not overtake each other's transactions. Requests for different workers do not wait for each other.
 */
export function workerLine(limit: number) {
  const lines = new Map<string, { last: Promise<unknown>; waiting: number }>();

  /** `always` lets a request in however long the line is. @throws LineFull at once when `limit` requests wait already */
  return async function inLine<T>(
    workerId: string,
    work: () => Promise<T>,
    { always = false }: { always?: boolean } = {},
  ): Promise<T> {
    const line = lines.get(workerId) ?? { last: Promise.resolve(), waiting: 0 };
    if (line.waiting >= limit && !always) throw new LineFull(`${limit} requests wait for ${workerId}`);
    lines.set(workerId, line);
    line.waiting++;
    const turn = line.last.then(work, work);
    // What one request ends with is its own affair.
    line.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      line.waiting--;
      if (line.waiting === 0) lines.delete(workerId);
    }
  };
}
