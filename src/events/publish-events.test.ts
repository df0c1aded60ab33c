import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { gate, keptLog, overriding } from '../../tests/support/by-hand.js';
import { added, CAUSE, CounterDocument, counterRepository, made } from '../../tests/support/counter.js';
import { tempStores, type TempStores } from '../../tests/support/temp-stores.js';
import { StoreUnavailable, type Collection } from '../db/document-store.js';
import { DomainEventDocument } from './event-model.js';
import { eventPublisher } from './publish-events.js';

const SWEEP_MS = 5000;

let stores: TempStores;
let log: Collection<DomainEventDocument>;
let counters: Collection<CounterDocument>;
let replacedLog: Partial<Collection<DomainEventDocument>>;
let replaced: Partial<Collection<CounterDocument>>;
let lines: ReturnType<typeof keptLog>['lines'];
let published: number[];
let backlog: { documents: number; oldestAt: string | null }[];
let publisher: ReturnType<typeof eventPublisher>;
let count = 0;

beforeAll(async () => {
  stores = await tempStores([CounterDocument, DomainEventDocument]);
  log = stores.documents.collection(DomainEventDocument);
  counters = stores.documents.collection(CounterDocument);
});
afterAll(() => stores.close());

beforeEach(() => {
  [replacedLog, replaced, published, backlog] = [{}, {}, [], []];
  ({ publisher, lines } = newPublisher());
});
afterEach(() => publisher.close());

/** A publisher on stores that can be disturbed. */
function newPublisher() {
  const kept = keptLog();
  const made = eventPublisher({
    log: overriding(log, replacedLog),
    sources: [overriding(counters, replaced)],
    sweepMs: SWEEP_MS,
    logger: kept.logger,
    onPublished: (events) => published.push(events),
    onSwept: (documents, oldestAt) => backlog.push({ documents, oldestAt }),
  });
  return { publisher: made, lines: kept.lines };
}

/** A repository whose events nobody is told of; ids differ from counter to counter. */
function silent() {
  const ids = { next: (prefix: string) => `${prefix}_${++count}`, ulid: () => String(++count) };
  return counterRepository(counters, { ids }).repository;
}

/** A counter with two commits and three events in its outbox. */
async function counter(): Promise<string> {
  const id = `c${++count}`;
  await silent().insert(id, [made(id)], CAUSE);
  await silent().update(id, CAUSE, () => [added(1), added(2)]);
  return id;
}

async function logged(id: string): Promise<DomainEventDocument[]> {
  return log.find({ aggregateId: id }, { index: 'aggregateId_number', limit: 100 });
}
async function publish(id: string): Promise<void> {
  publisher.wake('counters', id);
  await publisher.idle();
}
const unavailable = () => Promise.reject(new StoreUnavailable('refused'));

describe('events', () => {
  it('are copied in number order under their own ids, then taken out of the document', async () => {
    const id = await counter();
    const waiting = (await counters.get(id))?.outbox;
    await publish(id);
    const copies = await logged(id);
    expect(copies.map(({ number, type, revision, by }) => [number, type, revision, by])).toEqual([
      [1, 'Made', 1, 'u-1'],
      [2, 'Added', 2, 'u-1'],
      [3, 'Added', 2, 'u-1'],
    ]);
    expect(copies.map((event) => event.id)).toEqual(waiting?.map((event) => event.id));
    expect(await counters.get(id)).toMatchObject({ outbox: [], hasOutbox: false, revision: 2 });
    expect(published).toEqual([3]);
  });

  it('name the worker they are about: from their payload, or the worker whose own they are', async () => {
    const id = await counter();
    const { outbox = [] } = (await counters.get(id)) ?? {};
    const [first, second, third] = outbox as never as Record<string, unknown>[];
    const changed = [
      { ...first, payload: { workerId: 'wrk_1' } },
      { ...second, aggregateType: 'Worker', payload: {} },
      third,
    ];
    await counters.amend(id, { outbox: changed as never });
    await publish(id);
    expect((await logged(id)).map(({ workerId }) => workerId)).toEqual(['wrk_1', id, null]);
  });

  it('that were copied before are not copied twice', async () => {
    const id = await counter();
    const before = await counters.get(id);
    await publish(id);
    // As if the process had died between copying and taking out.
    await counters.amend(id, { outbox: before?.outbox ?? [], hasOutbox: true });
    await publish(id);
    expect(await logged(id)).toHaveLength(3);
    expect(await counters.get(id)).toMatchObject({ outbox: [], hasOutbox: false });
  });

  it('are known to the log once they are copied', async () => {
    const id = await counter();
    const eventId = (await counters.get(id))?.outbox[0]?.id ?? '';
    expect(await publisher.holds(eventId)).toBe(false);
    await publish(id);
    expect(await publisher.holds(eventId)).toBe(true);
  });

  it('of many documents are copied; a missing document is none', async () => {
    const [one, two] = [await counter(), await counter()];
    publisher.wake('counters', one);
    publisher.wake('counters', 'gone');
    publisher.wake('counters', two);
    await publisher.idle();
    expect([(await logged(one)).length, (await logged(two)).length]).toEqual([3, 3]);
    expect(lines).toEqual([]);
  });

  it('that come while their document is being copied follow', async () => {
    const id = await counter();
    const [begun, held] = [gate(), gate()];
    replacedLog.insertMissing = async (events) => {
      begun.open();
      await held.opened;
      return log.insertMissing(events);
    };
    publisher.wake('counters', id);
    await begun.opened;
    await silent().update(id, CAUSE, () => [added(3)]);
    publisher.wake('counters', id);
    held.open();
    await publisher.idle();
    expect((await logged(id)).map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(await counters.get(id)).toMatchObject({ outbox: [], hasOutbox: false });
  });

  it('of one document wait for none of another', async () => {
    const [slow, quick] = [await counter(), await counter()];
    const held = gate();
    replacedLog.insertMissing = async (events) => {
      if (events[0]?.aggregateId === slow) await held.opened;
      return log.insertMissing(events);
    };
    publisher.wake('counters', slow);
    publisher.wake('counters', quick);
    await vi.waitFor(async () => expect(await logged(quick)).toHaveLength(3));
    expect(await logged(slow)).toEqual([]);
    held.open();
    await publisher.idle();
    expect(await logged(slow)).toHaveLength(3);
  });

  it('that a commit hands over are copied without reading its document', async () => {
    const id = await counter();
    const waiting = (await counters.get(id))?.outbox ?? [];
    let reads = 0;
    replaced.get = (wanted) => {
      reads++;
      return counters.get(wanted);
    };
    publisher.wake('counters', id, waiting);
    await publisher.idle();
    expect((await logged(id)).map((event) => event.id)).toEqual(waiting.map((event) => event.id));
    expect(await counters.get(id)).toMatchObject({ outbox: [], hasOutbox: false });
    expect(reads).toBe(0);
  });

  it('of a later commit are copied although an earlier one is told of after it', async () => {
    const id = await counter();
    const later = (await counters.get(id))?.outbox ?? [];
    const first = later.slice(0, 1);
    const held = gate();
    replacedLog.insertMissing = async (events) => {
      await held.opened;
      return log.insertMissing(events);
    };
    for (const events of [first, later, first]) publisher.wake('counters', id, events);
    held.open();
    await publisher.idle();
    expect(await logged(id)).toHaveLength(3);
    expect(await counters.get(id)).toMatchObject({ outbox: [], hasOutbox: false });
  });

  it('of one document are copied with one call of the store, however many wait', async () => {
    const id = await counter();
    const calls: number[] = [];
    replacedLog.insertMissing = (events) => {
      calls.push(events.length);
      return log.insertMissing(events);
    };
    await publish(id);
    expect(calls).toEqual([3]);
  });

  it('of a collection without outbox cannot be asked for', () => {
    expect(() => publisher.wake('lab_files', 'x')).toThrow('no outbox in lab_files');
  });
});

describe('a store that fails', () => {
  it('leaves the events where they are, in order, and other documents go on', async () => {
    const [stuck, other] = [await counter(), await counter()];
    replacedLog.insertMissing = async ([first, ...others]) => {
      if (first?.aggregateId !== stuck) return log.insertMissing([first as DomainEventDocument, ...others]);
      await log.insert(first);
      return unavailable();
    };
    publisher.wake('counters', stuck);
    publisher.wake('counters', other);
    await publisher.idle();
    expect((await logged(stuck)).map(({ number }) => number)).toEqual([1]);
    expect(await counters.get(stuck)).toMatchObject({ outbox: { length: 3 }, hasOutbox: true });
    expect(await logged(other)).toHaveLength(3);
    expect(lines).toMatchObject([{ level: 'warn', fields: { collection: 'counters', id: stuck } }]);
    delete replacedLog.insertMissing;
    await publish(stuck);
    expect(await logged(stuck)).toHaveLength(3);
  });

  it('between copying and taking out makes no second copy', async () => {
    const id = await counter();
    replaced.pullEvents = unavailable;
    await publish(id);
    expect(await counters.get(id)).toMatchObject({ outbox: { length: 3 } });
    delete replaced.pullEvents;
    await publish(id);
    expect(await logged(id)).toHaveLength(3);
    expect(await counters.get(id)).toMatchObject({ outbox: [], hasOutbox: false });
  });
});

describe('the sweep', () => {
  /** A publisher whose sweeps happen when told. */
  function sweeping() {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { publisher: swept, lines: told } = newPublisher();
    return { swept, told, tick: () => vi.advanceTimersByTime(SWEEP_MS) };
  }
  afterEach(() => void vi.useRealTimers());

  it('finds what an ended process left', async () => {
    const ids = [await counter(), await counter()];
    const { swept, tick } = sweeping();
    tick();
    for (const id of ids) await vi.waitFor(async () => expect(await logged(id)).toHaveLength(3));
    await swept.close();
    expect(backlog).toMatchObject([{ documents: 2, oldestAt: expect.stringMatching(/Z$/) }]);
  });

  it('waits for the store, and comes back', async () => {
    const id = await counter();
    const { swept, tick, told } = sweeping();
    replaced.find = unavailable;
    tick();
    await vi.waitFor(() => expect(told).toMatchObject([{ level: 'debug' }]));
    delete replaced.find;
    tick();
    await vi.waitFor(async () => expect(await logged(id)).toHaveLength(3));
    await swept.close();
  });

  it('mends a document whose events were taken out by a call that died half way', async () => {
    const id = await counter();
    await publish(id);
    await counters.amend(id, { hasOutbox: true });
    const { swept, tick } = sweeping();
    tick();
    await vi.waitFor(async () => expect(await counters.get(id)).toMatchObject({ hasOutbox: false }), 500);
    await swept.close();
  });

  it('ends with the publisher, after what is being copied', async () => {
    const id = await counter();
    const { swept, tick } = sweeping();
    swept.wake('counters', id);
    await swept.close();
    expect(await logged(id)).toHaveLength(3);
    const left = await counter();
    tick();
    swept.wake('counters', left);
    await swept.idle();
    expect(await logged(left)).toEqual([]);
    await counters.remove(left, 2);
  });
});
