import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { validationFailed } from '../errors.js';

/** A position in the live feed. */
export interface LivePosition {
  /** Names the life of the live store; another one means that positions do not compare. */
  readonly epoch: string;
  readonly revision: number;
  /** Number of the message within its revision; null stands for the end of the revision. */
  readonly index: number | null;
  /** Hash of filter and view the position belongs to; null resumes under any. */
  readonly scope: string | null;
  /** True inside a snapshot: resuming from there starts the snapshot again. */
  readonly snapshot: boolean;
}

type Payload = [epoch: string, revision: number, index: number | null, scope: string | null, snapshot: 0 | 1];

/** Encodes positions as opaque text that every process of one deployment can check. */
export function liveTokens(secret: string) {
  const sign = (body: string) => createHmac('sha256', secret).update(body).digest('base64url').slice(0, 12);

  /** The position, or null when the text was not made by this deployment. */
  function decode(token: string): LivePosition | null {
    const [body, signature, ...rest] = token.split('.');
    if (!body || !signature || rest.length > 0) return null;
    const expected = Buffer.from(sign(body));
    const given = Buffer.from(signature);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return null;
    const [epoch, revision, index, scope, snapshot] = JSON.parse(
      Buffer.from(body, 'base64url').toString(),
    ) as Payload;
    return { epoch, revision, index, scope, snapshot: snapshot === 1 };
  }

  return {
    encode({ epoch, revision, index, scope, snapshot }: LivePosition): string {
      const payload: Payload = [epoch, revision, index, scope, snapshot ? 1 : 0];
      const body = Buffer.from(JSON.stringify(payload)).toString('base64url');
      return `${body}.${sign(body)}`;
    },
    decode,
    /** The position that an argument gives. @throws VALIDATION_FAILED, naming the argument */
    read(token: string, path: string): LivePosition {
      const position = decode(token);
      if (position) return position;
      const message = 'is not a position of this server';
      throw validationFailed([{ path, rule: 'LIVE_REVISION', message }]);
    },
  };
}

export type LiveTokens = ReturnType<typeof liveTokens>;

/** Short hash of what a stream shows and to whom; the order of fields and lists in a filter says nothing. */
export function scopeOf(stream: string, filter: object, view: string): string {
  const given = Object.entries(filter as Readonly<Record<string, unknown>>)
    .filter(([, value]) => value != null)
    .map(([name, value]) => JSON.stringify([name, Array.isArray(value) ? sorted(value) : value]))
    .sort(inTextOrder);
  return createHash('sha256')
    .update(JSON.stringify([stream, given, view]))
    .digest('base64url')
    .slice(0, 10);
}

function sorted(list: readonly unknown[]): string[] {
  return [...new Set(list.map(String))].sort(inTextOrder);
}

function inTextOrder(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
