import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** A socket of `ws`, and what it writes to. */
export interface Peer {
  readonly socket: Pick<WebSocket, 'bufferedAmount' | 'send' | 'readyState' | 'OPEN'>;
  readonly stream: Duplex;
}

type Done = (error?: Error) => void;

/** Codes of writes that a peer no longer takes. */
const GONE = new Set(['ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END', 'EPIPE', 'ECONNRESET']);

/** From this size on, bytes that many sockets share are written as they are rather than copied for each. */
const LARGE_BYTES = 16 * 1024;
const FINAL_TEXT = 0x81;

/** Resolves once the message has left, or its peer has: that is its good right, and told by `close`. */
export function sendMessage({ socket }: Peer, data: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) return resolve();
    const settled = unlessGone((error) => (error ? reject(error) : resolve()));
    socket.send(data, settled);
  });
}

/**
 * Sends one text message, UTF-8: its own beginning, and a rest that other sockets are sent too. Written at once and in
 * one frame (RFC 6455, section 5.2), where `ws` makes two writes; that is most of what a message costs. Messages of a
 * server are not masked, and these sockets do not compress.
 */
export function sendText({ socket, stream }: Peer, head: Buffer, rest: Buffer, done?: Done): void {
  const sent = done && unlessGone(done);
  if (socket.readyState !== socket.OPEN) {
    return socket.send(Buffer.concat([head, rest]), { binary: false }, sent);
  }
  if (rest.length < LARGE_BYTES) {
    stream.write(frameOf(head, rest.length, rest), sent);
    return;
  }
  stream.cork();
  stream.write(frameOf(head, rest.length));
  stream.write(rest, sent);
  stream.uncork();
}

/** The beginning of a frame, up to the end of `head`, with the `restLength` bytes that follow if they are given. */
function frameOf(head: Buffer, restLength: number, rest?: Buffer): Buffer {
  const length = head.length + restLength;
  const offset = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(offset + head.length + (rest ? restLength : 0));
  frame[0] = FINAL_TEXT;
  if (offset === 2) frame[1] = length;
  else if (offset === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.set(head, offset);
  if (rest) frame.set(rest, offset + head.length);
  return frame;
}

function unlessGone(done: Done) {
  return (error?: Error | null): void => {
    const { code } = (error ?? {}) as NodeJS.ErrnoException;
    done(GONE.has(code ?? '') ? undefined : (error ?? undefined));
  };
}
