import { describe, expect, it, onTestFinished } from 'vitest';
import { liveKeys } from '../src/claims/keys.js';
import { codecs, type InstanceStateValue, type WorkerStateValue } from '../src/claims/values.js';
import { streamInstances } from '../src/instances/stream-instances.js';
import type { LiveMessage } from '../src/live/live-stream.js';
import { liveTokens } from '../src/live/live-token.js';
import { streamWorkers } from '../src/workers/stream-workers.js';
import { scriptedHub } from './support/hub-readers.js';
import { ScriptedLive } from './support/scripted-live.js';

const keys = liveKeys();
const at = '2026-01-01T00:00:00.000Z';
const [INS, WRK] = ['ins_1', 'wrk_1'];
const INSTANCE: InstanceStateValue = {
  ...{ v: 1, id: INS, state: 'RUNNING', from: 'INSTANTIATING', seq: 4, revision: 4, at },
  ...{ ownerId: 'alice', definitionId: 'def_1', workerId: WRK },
};
const WORKER: WorkerStateValue = {
  ...{ v: 1, id: WRK, status: 'RUNNING', from: 'PROVISIONING', seq: 3, revision: 3, at },
};

interface Told extends LiveMessage {
  readonly transition: { readonly to: string } | null;
}

/** What subscribers to all and to RUNNING alone are told while the key takes these texts, after a RUNNING one. */
async function told(key: string, running: string, texts: readonly (string | null)[]): Promise<string[][]> {
  const live = new ScriptedLive();
  live.commit({ [key]: running });
  const { hub } = scriptedHub(live);
  await hub.start();
  onTestFinished(() => hub.close());
  const gone = new AbortController();
  onTestFinished(() => gone.abort());
  const collections = { instances: { get: async () => null }, workers: { get: async () => null } };
  const deps = { hub, keys, collections, tokens: liveTokens('secret') } as never;
  const actor = { subject: 'root', roles: ['ADMIN'] };
  const call = { actor, signal: gone.signal } as never;
  const streams: AsyncIterator<Told>[] = [null, 'RUNNING' as const].map((only) =>
    key.startsWith(keys.instances)
      ? streamInstances(deps, { states: only && [only] }, null, call)
      : streamWorkers(deps, { statuses: only && [only] }, null, call),
  );
  const seen = streams.map((): string[] => []);
  for (const [n, stream] of streams.entries()) {
    while (seen[n]?.at(-1) !== 'SYNCED') seen[n]?.push(short(await stream.next()));
  }
  for (const text of texts) live.commit({ [key]: text });
  // Other objects, told of after everything else.
  const last = {
    [keys.instanceState('ins_2')]: codecs.instanceState.encode({ ...INSTANCE, id: 'ins_2', seq: 99 }),
    [keys.workerState('wrk_2')]: codecs.workerState.encode({ ...WORKER, id: 'wrk_2', seq: 99 }),
  };
  live.commit(last);
  for (const [n, stream] of streams.entries()) {
    for (let message = await stream.next(); !isLast(message); message = await stream.next()) {
      seen[n]?.push(short(message));
    }
  }
  return seen.map((messages) => messages.slice(2));
}

const isLast = ({ value }: IteratorResult<Told>) => JSON.stringify(value).includes('_2"');
const short = ({ value }: IteratorResult<Told>) => {
  const { kind, transition } = value as Told;
  return transition ? `${kind} ${transition.to}` : kind;
};
const instance = (change: Partial<InstanceStateValue>) =>
  codecs.instanceState.encode({ ...INSTANCE, ...change });
const worker = (change: Partial<WorkerStateValue>) => codecs.workerState.encode({ ...WORKER, ...change });
const newer = (text: string) => JSON.stringify({ ...(JSON.parse(text) as object), v: 2 });

describe.each([
  {
    what: 'an instance',
    key: keys.instanceState(INS),
    running: instance({}),
    next: instance({ state: 'STOPPING', from: 'RUNNING', seq: 5 }),
    to: 'STOPPING',
  },
  {
    what: 'a worker',
    key: keys.workerState(WRK),
    running: worker({}),
    next: worker({ status: 'DRAINING', from: 'RUNNING', seq: 4 }),
    to: 'DRAINING',
  },
])('the value of $what that this server cannot read', ({ key, running, next, to }) => {
  it('is no end, as it is when the value is deleted', async () => {
    expect(await told(key, running, [newer(running)])).toEqual([[], []]);
    expect(await told(key, running, [newer(running), null])).toEqual([[], []]);
    expect(await told(key, running, [null])).toEqual([['REMOVED'], ['REMOVED']]);
  });

  it('hides no later move, nor that it has left a filter', async () => {
    const spoilt = 'not JSON';
    expect(await told(key, running, [spoilt, next])).toEqual([[`CHANGED ${to}`], [`REMOVED ${to}`]]);
    expect(await told(key, running, [next])).toEqual([[`CHANGED ${to}`], [`REMOVED ${to}`]]);
  });
});
