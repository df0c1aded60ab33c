import type { IStatusResponse } from 'etcd3';
import { delay } from './delay.js';
import { EtcdMember, type EtcdAccess, type EtcdService } from './etcd-member.js';
import { liveError } from './etcd-errors.js';
import { LiveOutcomeUnknown, LiveUnavailable } from './live-store.js';

const READ_ATTEMPTS = 3;
const FIRST_RETRY_MS = 50;

/** The servers of one etcd cluster. All calls go to one of them until it fails, then to the next. */
export class EtcdCluster {
  readonly #members: readonly EtcdMember[];
  readonly #callMs: number;
  #preferred = 0;
  #changes = 0;
  #closed = false;

  /** `callMs`: how long a call may take in all. */
  constructor(endpoints: readonly string[], access: EtcdAccess, callMs: number) {
    if (endpoints.length === 0) throw new RangeError('etcd needs at least one endpoint');
    this.#members = endpoints.map((endpoint) => new EtcdMember(endpoint, access));
    this.#callMs = callMs;
  }

  get callMs(): number {
    return this.#callMs;
  }

  /** The server in use. */
  member(): EtcdMember {
    if (this.#closed) throw new LiveUnavailable('the live store is closed');
    return this.#members[this.#preferred] as EtcdMember;
  }

  /** Calls go to another server from now on, unless they already do. */
  leave(member: EtcdMember): void {
    if (this.#members[this.#preferred] === member) {
      this.#preferred = (this.#preferred + 1) % this.#members.length;
      this.#changes++;
    }
  }

  /** How often a connection was lost or another server taken. */
  interruptions(): number {
    return this.#members.reduce((sum, member) => sum + member.losses, this.#changes);
  }

  /** Three attempts or more, at different servers where there are several, with growing delays between. */
  async read<Response>(service: EtcdService, method: string, request: unknown): Promise<Response> {
    const end = performance.now() + this.#callMs;
    const attempts = Math.max(READ_ATTEMPTS, this.#members.length);
    for (let attempt = 1; ; attempt++) {
      const member = this.member();
      // A server that hangs must leave time for another one; a lone one gets all there is.
      const isShared = this.#members.length > 1 && attempt < attempts;
      const left = end - performance.now();
      try {
        return await member.call<Response>(service, method, request, isShared ? left / 2 : left);
      } catch (error) {
        const fault = liveError(error, 'read');
        if (!(fault instanceof LiveUnavailable) || this.#closed) throw fault;
        this.leave(member);
        const pause = FIRST_RETRY_MS * 3 ** (attempt - 1);
        if (attempt === attempts || performance.now() + pause >= end) throw fault;
        await delay(pause);
      }
    }
  }

  /** Sent at most once. Only what surely did not reach a server goes to the next one. */
  async write<Response>(service: EtcdService, method: string, request: unknown): Promise<Response> {
    const end = performance.now() + this.#callMs;
    for (let untried = this.#members.length - 1; ; untried--) {
      const member = this.member();
      try {
        return await member.call<Response>(service, method, request, end - performance.now());
      } catch (error) {
        const fault = liveError(error, 'write');
        const neverArrived = fault instanceof LiveUnavailable;
        if (neverArrived || fault instanceof LiveOutcomeUnknown) this.leave(member);
        if (!neverArrived || untried === 0 || this.#closed || performance.now() >= end) throw fault;
      }
    }
  }

  /** The status of the first server that answers and knows a leader. */
  async status(withinMs: number): Promise<IStatusResponse> {
    const asked = this.#members.map(async (member) => {
      const status = await member.call<IStatusResponse>('Maintenance', 'status', {}, withinMs);
      if (status.leader === '0') throw new LiveUnavailable(`etcd at ${member.endpoint} has no leader`);
      return status;
    });
    return Promise.any(asked).catch((error: unknown) => {
      throw error instanceof AggregateError ? (error.errors[0] as Error) : error;
    });
  }

  close(): void {
    this.#closed = true;
    for (const member of this.#members) member.close();
  }
}
