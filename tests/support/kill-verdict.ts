import { codecs } from '../../src/claims/values.js';
import type { Context } from '../../src/context.js';
import type { Recorded } from '../../src/lib/aggregate.js';
import type { LiveStore } from '../../src/live/live-store.js';
import type { Sent } from './kill-load.js';

/** Every event of the log. */
async function allEvents({ collections, outbox }: Context): Promise<Recorded[]> {
  await outbox.idle();
  const { events: log } = collections;
  const found: Recorded[] = [];
  for (;;) {
    const last = found.at(-1);
    const after = last ? { after: log.keyOf(last as never, 'aggregateId_number') } : {};
    const page = await log.find({}, { index: 'aggregateId_number', limit: 500, ...after });
    found.push(...(page as unknown as Recorded[]));
    if (page.length < 500) return found;
  }
}

/** How often each mutation had its effect, by the events that carry its key. */
export function effects(events: readonly Recorded[], { key, what, input }: Sent): number {
  const count = (types: readonly string[], fits: (payload: any, event: Recorded) => boolean) =>
    events.filter((event) => types.includes(event.type) && fits(event.payload, event)).length;
  switch (what) {
    case 'create':
      return count(['InstanceCreated'], ({ ownerId }) => ownerId === key);
    case 'register':
      return count(['WorkerRegistered'], ({ name }) => name === key);
    case 'schedule':
      return count(['InstanceScheduled'], (_payload, { aggregateId }) => aggregateId === input['id']);
    case 'moveWorker':
      return count(['WorkerStatusChanged'], ({ reason }) => reason === key);
    case 'move':
      return count(MOVES[String(input['to'])] ?? [], ({ reason }) => reason === key);
    case 'terminate': {
      const asked = count(['InstanceTerminationRequested'], ({ reason }) => reason === key);
      return asked > 0 ? asked : count(['InstanceTerminated'], ({ reason }) => reason === key);
    }
  }
}

const MOVES: Readonly<Record<string, readonly string[]>> = {
  INSTANTIATING: ['InstanceInstantiating'],
  RUNNING: ['InstanceRunning', 'InstanceResumed'],
  COLLECTING: ['InstanceCollecting'],
  STOPPING: ['InstanceStopping'],
  STOPPED: ['InstanceStopped'],
  ARCHIVED: ['InstanceArchived'],
};

const ENDS = ['InstanceTerminationRequested', 'InstanceTerminated'];

/** What the clients saw and the stores do not bear out; empty where all is well (I6, I7). */
export async function contradictions(context: Context, history: readonly Sent[]): Promise<string[]> {
  const byKey = new Map<string, Recorded[]>();
  const events = await allEvents(context);
  for (const event of events) {
    const { reason, ownerId, name } = event.payload as Record<string, string | null>;
    for (const mark of new Set([reason, ownerId, name, event.aggregateId])) {
      if (mark != null) byKey.set(mark, [...(byKey.get(mark) ?? []), event]);
    }
  }
  const found: string[] = [];
  for (const sent of history) {
    const { key, what, outcome, answer, input } = sent;
    const mark = what === 'schedule' ? String(input['id']) : key;
    const times = effects(byKey.get(mark) ?? [], sent);
    const most = outcome === 'OK' || outcome === 'UNKNOWN' ? 1 : refusedMost(what);
    // Ending what ends already succeeds and changes nothing.
    const least = outcome === 'OK' && what !== 'terminate' ? 1 : 0;
    if (times < least || times > most) found.push(`${what} ${key}: ${outcome}, ${times} effects`);
    if (!answer) continue;
    if (what === 'terminate' && !(byKey.get(answer.id) ?? []).some(({ type }) => ENDS.includes(type))) {
      found.push(`${what} ${key}: it does not end`);
    }
    const revision = Math.max(0, ...(byKey.get(answer.id) ?? []).map((event) => event.revision));
    if (revision < answer.revision) found.push(`${what} ${key}: revision ${answer.revision} is lost`);
    if (what === 'schedule' && outcome === 'OK' && !recorded(byKey.get(mark) ?? [], sent)) {
      found.push(`${what} ${key}: the ports that were acknowledged are not those that were recorded`);
    }
  }
  return found;
}

/** Of several attempts to schedule one instance all but one may be refused. */
const refusedMost = (what: Sent['what']): number => (what === 'schedule' ? 1 : 0);

function recorded(events: readonly Recorded[], { answer }: Sent): boolean {
  if (answer?.state !== 'SCHEDULED') return true;
  const scheduled = events.find(({ type }) => type === 'InstanceScheduled');
  const ports = (scheduled?.payload as { ports: { number: number }[] } | undefined)?.ports ?? [];
  const numbers = answer.allocatedPorts?.map(({ number }) => number);
  return JSON.stringify(ports.map(({ number }) => number)) === JSON.stringify(numbers);
}

/** I1 at every revision that the live store still has, up to the latest change that is still there. */
export async function revisionsWithDoubles(live: LiveStore, prefix: string): Promise<string[]> {
  const { entries } = await live.list(prefix);
  const last = Math.max(...entries.map(({ modRevision }) => modRevision));
  const found: string[] = [];
  const done = new AbortController();
  for await (const { revision, changes } of live.watch(prefix, { after: 1, signal: done.signal })) {
    for (const { key, value } of changes) {
      const ports = key.endsWith('/ports') && value !== null ? codecs.workerPorts.decode(value) : null;
      const numbers = ports?.ok
        ? Object.values(ports.value.claims).flatMap((each) => Object.values(each))
        : [];
      if (new Set(numbers).size < numbers.length)
        found.push(`${key} at revision ${revision}: ${numbers.join(' ')}`);
    }
    if (revision >= last) break;
  }
  done.abort();
  return found;
}
