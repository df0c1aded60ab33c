import { define, flag, millis, seconds, whole } from '../lib/settings.js';

/** Watches and subscriptions. */
export const liveSettings = {
  liveShared: define(
    'LIVE_SHARED',
    'true',
    flag,
    'Whether equal subscriptions on sockets share the execution and the bytes of a change.',
  ),
  readerQueueChanges: define(
    'READER_QUEUE_CHANGES',
    '1000',
    whole(1, 1_000_000),
    'Changes a subscriber may lag behind.',
  ),
  readerQueueBytes: define(
    'READER_QUEUE_BYTES',
    '4194304',
    whole(1024, 1 << 30),
    'Size of these changes together.',
  ),
  readerQueueSeconds: define(
    'READER_QUEUE_SECONDS',
    '60',
    seconds,
    'How long a change may wait for its subscriber.',
  ),
  liveRingChanges: define(
    'LIVE_RING_CHANGES',
    '10000',
    whole(1, 10_000_000),
    'Recent changes kept for resuming.',
  ),
  liveRingBytes: define(
    'LIVE_RING_BYTES',
    '67108864',
    whole(1024, 1 << 30),
    'Size of these changes together.',
  ),
  liveCompareSeconds: define(
    'LIVE_COMPARE_SECONDS',
    '300',
    seconds,
    'Interval at which the live values are compared with the store.',
  ),
  atLeastWaitMs: define(
    'AT_LEAST_WAIT_MS',
    '2000',
    millis,
    'How long a query with `atLeast`, or a subscription with `after`, waits for that live revision.',
  ),
  bookmarkSeconds: define(
    'BOOKMARK_SECONDS',
    '30',
    seconds,
    'Silence after which a subscriber gets a BOOKMARK.',
  ),
  tickSeconds: define('TICK_SECONDS', '10', seconds, "Interval of the leader's tick."),
  watchFreshSeconds: define(
    'WATCH_FRESH_SECONDS',
    '35',
    seconds,
    'Age of the latest change at which the watch counts as stale.',
  ),
} as const;
