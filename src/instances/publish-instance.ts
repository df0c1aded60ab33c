import type { LiveStates } from '../claims/live-states.js';
import type { LivePositions } from '../live/live-positions.js';
import { instanceStateValue, type InstanceState } from './instance-state.js';

export interface PublishDeps {
  readonly liveStates: LiveStates;
  readonly positions: LivePositions;
}

/** What every command on an instance answers. */
export interface InstanceAnswer {
  readonly instance: InstanceState;
  readonly liveRevision: string | null;
}

/** After the commit: mirrors the state to the live store and answers with the revision it is visible at. */
export async function publishInstance(deps: PublishDeps, instance: InstanceState): Promise<InstanceAnswer> {
  const write = deps.liveStates.instance(instanceStateValue(instance));
  return { instance, liveRevision: await deps.positions.after(write) };
}

/** The answer of a command that changed nothing. */
export function unchangedInstance(
  { positions }: Pick<PublishDeps, 'positions'>,
  instance: InstanceState,
): InstanceAnswer {
  return { instance, liveRevision: positions.now() };
}
