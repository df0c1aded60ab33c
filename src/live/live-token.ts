import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

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

  return {
    encode({ epoch, revision, index, scope, snapshot }: LivePosition): string {
      const payload: Payload = [epoch, revision, index, scope, snapshot ? 1 : 0];
      const body = Buffer.from(JSON.stringify(payload)).toString('base64url');
      return `${body}.${sign(body)}`;
    },
    /** The position, or null when the text was not made by this deployment. */
    decode(token: string): LivePosition | null {
      const [body, signature, ...rest] = token.split('.');
      if (!body || !signature || rest.length > 0) return null;
      const expected = Buffer.from(sign(body));
      const given = Buffer.from(signature);
      if (expected.length !== given.length || !timingSafeEqual(expected, given)) return null;
      const [epoch, revision, index, scope, snapshot] = JSON.parse(
        Buffer.from(body, 'base64url').toString(),
      ) as Payload;
      return { epoch, revision, index, scope, snapshot: snapshot === 1 };
    },
  };
}

export type LiveTokens = ReturnType<typeof liveTokens>;

/** Short hash of what a stream shows and to whom. */
export function scopeOf(filter: unknown, view: string): string {
  return createHash('sha256')
    .update(JSON.stringify([filter, view]))
    .digest('base64url')
    .slice(0, 10);
}
