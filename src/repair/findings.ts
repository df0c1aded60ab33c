/** What repair looks for; each kind is a difference between documents and live keys, or work left half done. */
export const FINDING_KINDS = [
  'WORKER_GONE',
  'ORPHAN_CLAIM',
  'MISSING_CLAIM',
  'CLAIM_LOST',
  'PARTIAL_CLAIM',
  'STALE_STATE',
  'AHEAD_STATE',
  'STALE_CONFIG',
  'UNFINISHED_SYNC',
  'MALFORMED_KEY',
  'UNPUBLISHED_EVENT',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** REPORTED: seen and left as it is. */
export const FINDING_ACTIONS = ['REPAIRED', 'REPORTED'] as const;
export type FindingAction = (typeof FINDING_ACTIONS)[number];

/** REQUESTED waits for the leader; FAILED ended early, its pass may have mended some of it. */
export const REPORT_STATUSES = ['REQUESTED', 'RUNNING', 'DONE', 'FAILED'] as const;
export type ReportStatus = (typeof REPORT_STATUSES)[number];

/** LEAD: a process took the lead. SWEEP: the interval. REQUEST: `runRepair`. */
export const REPORT_TRIGGERS = ['LEAD', 'SWEEP', 'REQUEST'] as const;
export type ReportTrigger = (typeof REPORT_TRIGGERS)[number];

/** Why a pass left what it found as it was. */
export const WITHHELD_REASONS = ['DRY_RUN', 'THRESHOLD', 'DOCUMENTS_WENT_BACK'] as const;
export type Withheld = (typeof WITHHELD_REASONS)[number];

/** One difference. `expected` and `actual` are for people and name no tokens. */
export interface Difference {
  readonly kind: FindingKind;
  readonly entityId: string;
  /** The worker it is about, if any. */
  readonly workerId: string | null;
  readonly expected: string;
  readonly actual: string;
  /**
   * True where mending takes something away that only a lost document would justify: many of these at once mean
   * that the documents are wrong, not the keys.
   */
  readonly counted: boolean;
}

/** A difference as it is reported. */
export interface Finding extends Omit<Difference, 'counted'> {
  readonly action: FindingAction;
}

/** A pass that would take away more than this many, and more than this share of all claims and keys, only reports. */
export const MOST_TAKEN_AWAY = 10;
export const LARGEST_SHARE_TAKEN_AWAY = 0.05;

/** True when mending these would take so much away that an administrator has to ask for it. */
export function exceedsThreshold(differences: readonly Difference[], claimsAndKeys: number): boolean {
  const counted = differences.filter((each) => each.counted).length;
  return counted > MOST_TAKEN_AWAY && counted > claimsAndKeys * LARGEST_SHARE_TAKEN_AWAY;
}
