/** Floods one socket, for the benchmark of floods. */
import { once } from 'node:events';
import { WebSocket } from 'ws';

export interface Flood {
  readonly url: string;
  readonly token: string;
  readonly kind: 'subscriptions' | 'pings';
  readonly count: number;
  readonly query: string;
}

export interface Flooded {
  /** Why the server closed the socket, or the flood failed, if it did. */
  readonly fault: string | null;
}

async function run({ url, token, kind, count, query }: Flood): Promise<Flooded> {
  const headers = { authorization: `Bearer ${token}` };
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', { headers });
  const send = (message: object) => socket.send(JSON.stringify(message));
  await once(socket, 'open');
  send({ type: 'connection_init' });
  await once(socket, 'message');
  const over = new Promise<Flooded>((resolve) => {
    socket.on('message', (data: Buffer) => {
      const { id } = JSON.parse(data.toString()) as { id?: string };
      if (id === 'last') resolve({ fault: null });
    });
    socket.on('close', (code, reason) => resolve({ fault: `${code} ${String(reason)}` }));
  });
  for (let n = 0; n < count; n++) {
    if (kind === 'pings') send({ type: 'ping' });
    else {
      send({ type: 'subscribe', id: `s${n}`, payload: { query } });
      send({ type: 'complete', id: `s${n}` });
    }
  }
  send({ type: 'subscribe', id: 'last', payload: { query } });
  const flooded = await over;
  socket.terminate();
  return flooded;
}

process.on('message', (order: Flood) => {
  run(order).then(
    (flooded) => process.send?.(flooded),
    (error: unknown) => process.send?.({ fault: String(error) } satisfies Flooded),
  );
});
process.send?.('ready');
