/** Subscribers of the live benchmarks, many in one process, each with a socket of its own. */
import { WebSocket } from 'ws';

export interface Told {
  readonly connected: number;
  readonly synced: number;
  readonly messages: number;
  readonly ended: number;
  readonly resumable: number;
  readonly sample: string | null;
}

export interface Crowd {
  readonly url: string;
  readonly token: string | null;
  readonly query: string;
  readonly count: number;
  readonly mode: 'fast' | 'paused' | 'slow';
}

const BYTES_A_SECOND = 1000;
let [connected, synced, messages, ended, resumable] = [0, 0, 0, 0, 0];
let isPacing = true;
const held: WebSocket[] = [];
let sample: string | null = null;
let delays: number[] = [];

function heard(text: string, isPaced: boolean): void {
  messages++;
  sample = text;
  // The writer names the moment by the machine's clock.
  const at = /"at":"([^"]+)"/.exec(text);
  if (at && isPaced) delays.push(performance.timeOrigin + performance.now() - Number(at[1]));
}

function open({ url, token, query, mode }: Crowd, n: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = token === null ? new WebSocket(url) : new WebSocket(url, 'graphql-transport-ws');
    const bare = token === null;
    socket.on('error', () => undefined);
    socket.on('open', () => {
      connected++;
      if (bare) return resolve();
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    });
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      if (bare) return heard(text, mode === 'fast');
      if (text.startsWith('{"type":"connection_ack"')) {
        socket.send(JSON.stringify({ type: 'subscribe', id: `s${n}`, payload: { query } }));
      } else if (text.includes('"kind":"SYNCED"')) {
        synced++;
        if (mode !== 'fast') held.push(socket);
        if (mode === 'paused') socket.pause();
        if (mode === 'slow') slowDown(socket);
        resolve();
      } else if (text.includes('"type":"error"')) {
        ended++;
        if (text.includes('"SLOW_READER"') && text.includes('"liveRevision":"')) resumable++;
      } else if (text.includes('"kind":"CHANGED"')) heard(text, mode === 'fast');
    });
    socket.on('close', (code, reason) => {
      connected--;
      // Of no effect once it was ready.
      reject(new Error(`a socket was closed before it was ready: ${code} ${reason.toString()}`));
    });
  });
}

/** Reads for a moment, and then not for as long as what was read stands for. */
function slowDown(socket: WebSocket): void {
  let bytes = 0;
  socket.on('message', (data: Buffer) => {
    bytes += data.length;
    if (!isPacing || bytes < BYTES_A_SECOND) return;
    const pause = (bytes / BYTES_A_SECOND) * 1000;
    bytes = 0;
    socket.pause();
    setTimeout(() => socket.resume(), pause).unref();
  });
}

process.on('message', (order: Crowd | 'told' | 'delays' | 'resume') => {
  if (order === 'resume') {
    isPacing = false;
    for (const socket of held) socket.resume();
    return void process.send?.('resumed');
  }
  if (order === 'told') {
    return void process.send?.({ connected, synced, messages, ended, resumable, sample } satisfies Told);
  }
  if (order === 'delays') {
    process.send?.(delays);
    delays = [];
    return;
  }
  void (async () => {
    for (let n = 0; n < order.count; n += 50) {
      const some = Math.min(50, order.count - n);
      await Promise.all(Array.from({ length: some }, (_, index) => open(order, n + index)));
    }
    process.send?.('ready');
  })();
});
process.on('disconnect', () => process.exit());
