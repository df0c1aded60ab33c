import type { ClaimLedger } from '../claims/ledger.js';
import { heldClaim, type InstanceState } from './instance-state.js';

/**
 * Gives the claim of an instance back, after the commit of the document that ended it. Nothing to do while the
 * instance holds it or never had one. A failure is left to repair: the instance is TERMINATED either way.
 */
export async function endClaim(ledger: ClaimLedger, instance: InstanceState): Promise<void> {
  const { id: instanceId, claim } = instance;
  if (claim === null || heldClaim(instance) !== null) return;
  const { workerId, token } = claim;
  await ledger.giveBack({ instanceId, workerId, token });
}
