import type { ServerResponse } from 'node:http';

/** Writes an event stream, one piece after the other, each after the one before it has left the process. */
export interface EventWriter {
  /** Resolves once everything that was announced has left; the reader is slow until then. */
  drained(): Promise<void>;
  /** The next piece of kind `next` carries this position. */
  announce(position: string | null): void;
  /** Copies the pieces until they end, or the reader has gone. */
  copy(pieces: AsyncIterable<string>): Promise<void>;
  /** Says when to come back, and ends without the word that the stream is complete. */
  retryAfter(ms: number): void;
}

export function eventWriter(response: ServerResponse): EventWriter {
  const positions: (string | null)[] = [];
  const waiting = new Set<() => void>();
  let isLeaving = false;

  const wake = () => {
    for (const each of waiting) each();
    waiting.clear();
  };
  response.once('close', wake);

  function write(piece: string): Promise<boolean> {
    if (!response.writable) return Promise.resolve(false);
    return new Promise((resolve) => response.write(piece, (error) => resolve(!error)));
  }

  return {
    async drained() {
      while (positions.length > 0 && !response.destroyed) {
        await new Promise<void>((resolve) => waiting.add(resolve));
      }
    },
    announce: (position) => void positions.push(position),
    async copy(pieces) {
      for await (const piece of pieces) {
        const isNext = piece.startsWith('event: next');
        const position = isNext ? positions[0] : null;
        // The reader of a server that restarts is not done: without that word it comes back.
        if (isLeaving && piece.startsWith('event: complete')) break;
        if (!(await write(position ? `id: ${position}\n${piece}` : piece))) break;
        if (isNext) positions.shift();
        wake();
      }
      if (response.writable) response.end();
    },
    retryAfter(ms) {
      isLeaving = true;
      if (response.writable) response.write(`retry: ${ms}\n\n`);
    },
  };
}
