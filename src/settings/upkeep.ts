import { define, millis, seconds, whole } from '../lib/settings.js';

/** What the leader and the background loops do. */
export const upkeepSettings = {
  leaderTtlSeconds: define('LEADER_TTL_SECONDS', '15', whole(1, 86_400), 'Lease of the leader key.'),
  outboxSweepSeconds: define(
    'OUTBOX_SWEEP_SECONDS',
    '5',
    seconds,
    'Interval of the sweep for events not copied yet.',
  ),
  repairSeconds: define('REPAIR_SECONDS', '15', seconds, "Interval of the leader's repair."),
  repairConfirmSeconds: define(
    'REPAIR_CONFIRM_SECONDS',
    '8',
    seconds,
    'Time between the first look at a difference and the one that decides.',
  ),
  repairPollMs: define(
    'REPAIR_POLL_MS',
    '1000',
    millis,
    'How often the leader looks for requests to repair.',
  ),
  retentionSweepSeconds: define(
    'RETENTION_SWEEP_SECONDS',
    '3600',
    seconds,
    'Interval of the deletion of what is no longer kept.',
  ),
  keepEventsDays: define('KEEP_EVENTS_DAYS', '365', whole(1, 36_500), 'How long events are kept.'),
  keepReportsDays: define('KEEP_REPORTS_DAYS', '90', whole(1, 36_500), 'How long repair reports are kept.'),
  idempotencyHours: define('IDEMPOTENCY_HOURS', '24', whole(1, 720), 'How long idempotency keys are kept.'),
} as const;
