import { GraphQLError, type OperationTypeNode } from 'graphql';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Identity } from '../auth/identify.js';
import { LabletError } from '../errors.js';
import { callerLimit } from './caller-limit.js';
import type { OperationTurns } from './operation-turns.js';
import { callerName, whenExpired } from './token-end.js';

export interface SocketLimits {
  readonly maxPerUser: number;
  readonly maxSubscriptions: number;
}

interface GuardParts extends SocketLimits {
  /** Hears of every change of the number of open sockets. */
  readonly onCount: (change: 1 | -1) => void;
  /** Hears of each socket and subscription that is refused because there are too many. */
  readonly onRefusal: () => void;
}

/** Closing codes of ours; 4403 and 4429 are those of graphql-ws for the like. */
export const SOCKET_CODES = { restarting: 1012, tokenExpired: 4403, tooMany: 4429 } as const;

/** Unread bytes above which a socket is not read from: who does not take answers gets no more of them. */
const MAX_UNREAD_BYTES = 1 << 20;
const RETRY_MS = 1000;

/** Keeps each socket within its bounds. */
export function socketGuard({ maxPerUser, maxSubscriptions, onCount, onRefusal }: GuardParts) {
  const places = callerLimit(maxPerUser);
  return {
    /** False when the caller has too many sockets; the socket is closed then. One that stays ends with its token. */
    admit(socket: WebSocket, identity: Identity, address: string | null): boolean {
      if (socket.readyState !== socket.OPEN) return false;
      const release = places.take(callerName(identity, address));
      if (!release) {
        onRefusal();
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
    /** Why one more subscription is refused, if it is one and its socket has too many that have not ended. */
    refusal(operations: OperationTurns, id: string, kind: OperationTypeNode): GraphQLError[] | null {
      if (kind !== 'subscription') return null;
      if (operations.subscriptions >= maxSubscriptions) {
        onRefusal();
        const message = `This socket has ${maxSubscriptions} subscriptions, the most; end one of them first.`;
        const details = { limit: maxSubscriptions, retryAfterMs: RETRY_MS };
        return [
          new GraphQLError(message, { originalError: new LabletError('RATE_LIMITED', message, details) }),
        ];
      }
      operations.markSubscription(id);
      return null;
    },
  };
}

/** Stops reading from a socket while its peer does not take what it was sent, so that floods cost no memory. */
export function holdBackFloods(socket: WebSocket, stream: Duplex): void {
  const check = () => {
    if (socket.bufferedAmount > MAX_UNREAD_BYTES) socket.pause();
  };
  socket.on('message', check);
  socket.on('ping', check);
  stream.on('drain', () => {
    if (socket.isPaused) socket.resume();
  });
}
