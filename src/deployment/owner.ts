import type { Clock } from '../lib/clock.js';
import type { Closable } from '../lib/closing.js';
import type { Logger } from '../logger.js';
import { DeploymentMismatch } from './open-deployment.js';

/** What became of an attempt to take or renew the lease. UNDECIDED: another one has it and may be gone. */
export type Ownership = 'HELD' | 'FOREIGN' | 'UNDECIDED';

/** Where the owner lease is kept: in the one of the two stores that is not embedded. */
export interface OwnerPlace {
  /** For people. */
  readonly name: string;
  /** Takes the lease for our data folder, or renews it. */
  claim(): Promise<Ownership>;
  /** True when the place itself says that it lapsed. */
  isLapsed(): boolean;
  /** Gives it free for another folder. */
  release(): Promise<void>;
}

export interface OwnerParts {
  readonly place: OwnerPlace;
  readonly ttlSeconds: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const LOST = 'another data folder owns the store, or the owner lease could not be renewed';

/**
 * Sees to it that of all data folders one alone is used with the store that is shared. The holder stops by its own
 * monotonic clock at two thirds of the time, and goes on when it has the lease again.
 */
export function ownerLease({ place, ttlSeconds, clock, logger }: OwnerParts) {
  const ttlMs = ttlSeconds * 1000;
  let heldUntil = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let renewing: Promise<unknown> = Promise.resolve();
  let wasHeld = false;
  let closed = false;

  const isHeld = () => clock.monotonic() < heldUntil && !place.isLapsed();

  async function claim(): Promise<Ownership> {
    const sentAt = clock.monotonic();
    const ownership = await place.claim();
    heldUntil = ownership === 'HELD' ? sentAt + (2 * ttlMs) / 3 : Number.NEGATIVE_INFINITY;
    return ownership;
  }

  function renewLater(): void {
    if (closed) return;
    timer = setTimeout(
      () => {
        renewing = claim()
          .catch((error: unknown) => logger.warn({ err: error }, 'the owner lease could not be renewed'))
          .then(tell)
          .then(renewLater);
      },
      isHeld() ? ttlMs / 3 : Math.min(1000, ttlMs / 6),
    );
    timer.unref();
  }

  function tell(): void {
    if (isHeld() === wasHeld) return;
    wasHeld = !wasHeld;
    if (wasHeld) logger.info({ place: place.name }, 'this data folder owns the store again');
    else logger.error({ place: place.name }, 'the owner lease was lost; nothing is written');
  }

  return {
    /**
     * Takes the lease before anything is written, waiting for one whose holder may be gone.
     * @throws DeploymentMismatch when another folder holds it
     */
    async take(): Promise<void> {
      for (;;) {
        const ownership = await claim();
        if (ownership === 'HELD') break;
        if (ownership === 'FOREIGN') {
          throw new DeploymentMismatch(
            `${place.name} is in use by a server with another data folder; one folder at a time can use it. ` +
              'Stop that server, or check DATA_DIR, MONGODB_URI and ETCD_ENDPOINTS.',
          );
        }
        await new Promise((resolve) => setTimeout(resolve, Math.min(250, ttlMs / 10)));
      }
      wasHeld = true;
      renewLater();
    },
    /** Why nothing may be written; null while the lease is held. */
    fault: (): string | null => (isHeld() ? null : LOST),
    async close(): Promise<void> {
      closed = true;
      clearTimeout(timer);
      await renewing;
      const held = isHeld();
      heldUntil = Number.NEGATIVE_INFINITY;
      // Should it fail, the lease lapses by itself.
      if (held) await place.release().catch(() => undefined);
    },
  } satisfies Closable & Record<string, unknown>;
}

export type OwnerLease = ReturnType<typeof ownerLease>;
