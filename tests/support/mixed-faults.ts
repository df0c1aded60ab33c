/** Servers that many clients work on while they and their stores are killed and frozen, one after the other. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Change } from './live-audit.js';
import type { RunningEngine } from './engine-process.js';
import { startServerProcess, type ServerProcess } from './server-process.js';

/** Something that can be broken for a while, and is whole again once the promise is kept. */
export interface Fault {
  readonly name: string;
  readonly strike: (ms: number) => Promise<void>;
}

/** A server that is started again on its port each time it was killed. */
export class LastingServer {
  /** What it logged, at level `error`, in the lives that have ended. */
  readonly logs: string[] = [];
  #running: ServerProcess | null = null;

  constructor(
    readonly name: string,
    private readonly env: Readonly<Record<string, string>>,
    private readonly program: string,
  ) {}

  async restart(): Promise<ServerProcess> {
    return (this.#running = await startServerProcess(this.env, this.program));
  }

  async kill(): Promise<void> {
    const ended = await this.#running?.kill('SIGKILL');
    this.logs.push(...(ended?.stdout.split('\n').filter((line) => line !== '') ?? []));
  }

  pause(): void {
    void this.#running?.kill('SIGSTOP');
  }

  resume(): void {
    void this.#running?.kill('SIGCONT');
  }
}

export function faultsOf(victim: LastingServer | RunningEngine): Fault[] {
  return [
    {
      name: `${victim.name} killed`,
      strike: async (ms) => {
        await victim.kill();
        await delay(ms);
        await victim.restart();
      },
    },
    {
      name: `${victim.name} frozen`,
      strike: async (ms) => {
        victim.pause();
        await delay(ms);
        victim.resume();
      },
    },
  ];
}

/**
 * What is wrong with what a subscriber was told: a change that came twice or went back, a snapshot older than what was
 * told, or a view at the end that is not `states`. One that has ended for good may be gone from the view.
 */
export function wrongs(messages: readonly Change[], states: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  const latest = new Map<string, number>();
  const view = new Map<string, string>();
  for (const { kind, instanceId, transition } of messages) {
    if (kind === 'RESYNC_REQUIRED') view.clear();
    if (instanceId == null || !transition) continue;
    const { sequence, to } = transition;
    const before = latest.get(instanceId) ?? 0;
    const isOld = kind === 'SNAPSHOT' ? sequence < before : sequence <= before;
    if (isOld) found.push(`${kind} of ${instanceId}: ${sequence} after ${before}`);
    latest.set(instanceId, Math.max(before, sequence));
    if (kind === 'REMOVED') view.delete(instanceId);
    else view.set(instanceId, to);
  }
  for (const [id, state] of states) {
    const shown = view.get(id);
    if (shown !== state && !(state === 'TERMINATED' && shown === undefined))
      found.push(`${id} is ${state}, the last that was told is ${shown ?? 'nothing'}`);
  }
  return found;
}
