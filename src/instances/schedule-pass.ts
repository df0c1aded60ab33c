import { setTimeout as delay } from 'node:timers/promises';
import type { Claim } from '../claims/draft.js';
import { ClaimHeld, type ClaimLedger } from '../claims/ledger.js';
import { assertRevision, causeOf, isApplied, type Loaded } from '../db/aggregate-repository.js';
import { RevisionConflict, StoreUnavailable, type Collection } from '../db/document-store.js';
import type { LabletDefinitionDocument } from '../definitions/definition-model.js';
import { findDefinition } from '../definitions/find-definition.js';
import { isLabletError, LabletError } from '../errors.js';
import type { Clock } from '../lib/clock.js';
import type { Ids } from '../lib/ids.js';
import type { Call } from '../lib/operation.js';
import { findWorker } from '../workers/find-worker.js';
import type { WorkerDocument } from '../workers/worker-model.js';
import type { InstanceRepository } from './instance-repository.js';
import { needsClaim, schedule } from './instance.js';
import type { InstanceState } from './instance-state.js';
import type { PublishDeps } from './publish-instance.js';

export interface ScheduleDeps extends PublishDeps {
  readonly instances: InstanceRepository;
  readonly collections: {
    readonly definitions: Collection<LabletDefinitionDocument>;
    readonly workers: Collection<WorkerDocument>;
  };
  readonly ledger: ClaimLedger;
  readonly clock: Clock;
  readonly ids: Ids;
}

export interface ScheduleInput {
  readonly id: string;
  readonly workerId: string;
  readonly expectedRevision?: number | null | undefined;
}

export type PassResult =
  | { readonly outcome: 'SCHEDULED' | 'UNCHANGED'; readonly instance: InstanceState }
  /** The save surely did not happen and its claim is released: a new pass may begin. */
  | { readonly outcome: 'AGAIN' };

const FOREIGN_CLAIM_WAIT_MS = 5000;
const FOREIGN_CLAIM_POLL_MS = 50;

/**
 * One pass: load the document, claim under a token of its own, save under the revision that was loaded. A
 * claim is never saved under another revision. If the save surely did not happen the pass gives its claim
 * back; if that cannot be learned it keeps it, and repair decides from the document.
 */
export async function schedulePass(
  deps: ScheduleDeps,
  input: ScheduleInput,
  call: Call,
  { last }: { last: boolean },
): Promise<PassResult> {
  const loaded = await deps.instances.load(input.id);
  const { state } = loaded;
  if (isApplied(loaded, call)) return { outcome: 'UNCHANGED', instance: state };
  assertRevision(state, input.expectedRevision);
  if (!needsClaim(state, input.workerId, deps.clock.now())) return { outcome: 'UNCHANGED', instance: state };
  const worker = await findWorker(deps.collections.workers, input.workerId);
  const definition = await findDefinition(deps.collections.definitions, { id: state.definitionId });
  const { id: instanceId, workerId } = input;
  const token = deps.ids.ulid();
  const claimedAt = deps.clock.now();
  let claim: Claim;
  try {
    claim = await deps.ledger.claim({ instanceId, workerId, worker, need: definition, token, claimedAt });
  } catch (error) {
    if (!(error instanceof ClaimHeld)) throw error;
    await foreignClaimSettled(deps, input, error);
    return { outcome: 'AGAIN' };
  }
  return saveClaim(deps, loaded, claim, {
    workerId,
    definition,
    call,
    last,
  });
}

interface SaveFacts {
  readonly workerId: string;
  readonly definition: Awaited<ReturnType<typeof findDefinition>>;
  readonly call: Call;
  readonly last: boolean;
}

async function saveClaim(
  { instances, ledger, clock }: ScheduleDeps,
  loaded: Loaded<InstanceState>,
  claim: Claim,
  { workerId, definition, call, last }: SaveFacts,
): Promise<PassResult> {
  const { instanceId, token, claimedAt, amounts } = claim;
  const ports = definition.portTemplate.map(({ name, protocol, kind }) => ({
    name,
    protocol,
    kind,
    number: claim.ports[name] as number,
  }));
  try {
    const events = schedule(loaded.state, { workerId, token, claimedAt, amounts, ports, now: clock.now() });
    return { outcome: 'SCHEDULED', instance: await instances.save(loaded, events, causeOf(call)) };
  } catch (error) {
    if (!surelyNotSaved(error)) throw error;
    await ledger.giveBack({ instanceId, workerId, token });
    if (error instanceof RevisionConflict && !last) return { outcome: 'AGAIN' };
    throw error;
  }
}

function surelyNotSaved(error: unknown): boolean {
  return error instanceof RevisionConflict || error instanceof StoreUnavailable || isLabletError(error);
}

/**
 * Another pass holds the claim, which is never shared: waits until the document records it or it is gone.
 * @throws CLAIM_CONTENTION when neither happened in time
 */
async function foreignClaimSettled(deps: ScheduleDeps, input: ScheduleInput, held: ClaimHeld): Promise<void> {
  const until = deps.clock.monotonic() + FOREIGN_CLAIM_WAIT_MS;
  let tries = 0;
  while (deps.clock.monotonic() < until) {
    tries++;
    const { state } = await deps.instances.load(input.id);
    if (state.state !== 'PENDING') return;
    const { holder } = await deps.ledger.read(held.workerId, input.id);
    if (holder?.token !== held.token) return;
    await delay(FOREIGN_CLAIM_POLL_MS);
  }
  throw new LabletError('CLAIM_CONTENTION', 'Another caller is scheduling this instance; try again.', {
    attempts: tries,
  });
}
