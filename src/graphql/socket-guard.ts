import { GraphQLError, type OperationTypeNode } from 'graphql';
import type { IncomingMessage } from 'node:http';
import type { WebSocket, WebSocketServer } from 'ws';
import type { Identity } from '../auth/identify.js';
import { LabletError } from '../errors.js';
import { callerLimit } from './caller-limit.js';
import { callerName, whenExpired } from './token-end.js';

export interface SocketLimits {
  readonly maxPerUser: number;
  readonly maxSubscriptions: number;
}

interface GuardParts extends SocketLimits {
  /** Hears of every change of the number of open sockets. */
  readonly onCount: (change: 1 | -1) => void;
}

/** Closing codes of ours; 4403 and 4429 are those of graphql-ws for the like. */
export const SOCKET_CODES = { restarting: 1012, tokenExpired: 4403, tooMany: 4429 } as const;

/** Unread bytes above which a socket is not read from: who does not take answers gets no more of them. */
const MAX_UNREAD_BYTES = 1 << 20;
const RETRY_MS = 1000;

/** Keeps each socket within its bounds. */
export function socketGuard({ maxPerUser, maxSubscriptions, onCount }: GuardParts) {
  const places = callerLimit(maxPerUser);
  /** Ids of the operations of a socket that are subscriptions; some of them may be over. */
  const subscribed = new WeakMap<WebSocket, Set<string>>();
  return {
    /** False when the caller has too many sockets; the socket is closed then. One that stays ends with its token. */
    admit(socket: WebSocket, identity: Identity, address: string | null): boolean {
      if (socket.readyState !== socket.OPEN) return false;
      const release = places.take(callerName(identity, address));
      if (!release) {
        socket.close(SOCKET_CODES.tooMany, `RATE_LIMITED: at most ${maxPerUser} sockets of one user`);
        return false;
      }
      const forget = whenExpired(identity, () => socket.close(SOCKET_CODES.tokenExpired, 'Token expired'));
      onCount(1);
      socket.once('close', () => {
        onCount(-1);
        release();
        forget();
      });
      return true;
    },
    /** Why one more subscription is refused, if it is one and too many of `open` are. */
    refusal(socket: WebSocket, id: string, kind: OperationTypeNode, open: object): GraphQLError[] | null {
      const ids = new Set([...(subscribed.get(socket) ?? [])].filter((each) => each !== id && each in open));
      subscribed.set(socket, ids);
      if (kind !== 'subscription') return null;
      if (ids.size >= maxSubscriptions) {
        const message = `This socket has ${maxSubscriptions} subscriptions, the most; end one of them first.`;
        const details = { limit: maxSubscriptions, retryAfterMs: RETRY_MS };
        return [
          new GraphQLError(message, { originalError: new LabletError('RATE_LIMITED', message, details) }),
        ];
      }
      ids.add(id);
      return null;
    },
  };
}

/** Stops reading from a socket while its peer does not take what it was sent, so that floods cost no memory. */
export function holdBackFloods(wss: WebSocketServer): void {
  wss.on('connection', (socket: WebSocket, { socket: stream }: IncomingMessage) => {
    const check = () => {
      if (socket.bufferedAmount > MAX_UNREAD_BYTES) socket.pause();
    };
    socket.on('message', check);
    socket.on('ping', check);
    stream.on('drain', () => {
      if (socket.isPaused) socket.resume();
    });
  });
}
