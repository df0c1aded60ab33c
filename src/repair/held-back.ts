import type { Withheld } from './findings.js';

const REMEDY = 'look at repairReports, then restore the documents or accept them with runRepair and force';

/** What repair leaves to an administrator, and what they do about it, for those who run the server; null if nothing. */
export function heldBack(withheld: Withheld | null): string | null {
  switch (withheld) {
    case 'THRESHOLD':
      return `repair mends nothing: it would take away many claims or live keys, whose documents are missing or older; ${REMEDY}`;
    case 'DOCUMENTS_WENT_BACK':
      return `repair mends nothing: the documents are older than the live store; ${REMEDY}`;
    default:
      return null;
  }
}
