import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  added,
  CAUSE,
  CounterDocument,
  counterRepository,
  made,
  withRecord,
} from '../../tests/support/counter.js';
import { tempStores, type TempStores } from '../../tests/support/temp-stores.js';
import {
  DuplicateKey,
  RevisionConflict,
  StoreUnavailable,
  WriteOutcomeUnknown,
  type Collection,
} from './document-store.js';

let stores: TempStores;
let counters: Collection<CounterDocument>;
let count = 0;

beforeAll(async () => {
  stores = await tempStores([CounterDocument]);
  counters = stores.documents.collection(CounterDocument);
});
afterAll(() => stores.close());

const unknown = () => new WriteOutcomeUnknown('the reply was lost');
const newId = () => `c${++count}`;

async function counter() {
  const parts = counterRepository(counters);
  const id = newId();
  await parts.repository.insert(id, [made(id)], CAUSE);
  return { ...parts, id };
}

describe('an insert whose reply is lost', () => {
  it('is found by its own id when it was made', async () => {
    const { repository, replaced } = counterRepository(counters);
    const insert = vi.fn(async (document: CounterDocument) => {
      await counters.insert(document);
      throw unknown();
    });
    replaced.insert = insert;
    const id = newId();
    expect(await repository.insert(id, [made(id)], CAUSE)).toMatchObject({ id, revision: 1 });
    expect(insert).toHaveBeenCalledTimes(2);
  });

  it('is made when it was not', async () => {
    const { repository, replaced } = counterRepository(counters);
    let lost = 2;
    replaced.insert = async (document) => {
      if (lost-- > 0) throw unknown();
      return counters.insert(document);
    };
    const id = newId();
    expect(await repository.insert(id, [made(id)], CAUSE)).toMatchObject({ id });
    expect(await counters.get(id)).not.toBeNull();
  });

  it('stays unknown after five tries', async () => {
    const { repository, replaced, woken } = counterRepository(counters);
    replaced.insert = vi.fn(() => Promise.reject(unknown()));
    await expect(repository.insert(newId(), [made('x')], CAUSE)).rejects.toBeInstanceOf(WriteOutcomeUnknown);
    expect(replaced.insert).toHaveBeenCalledTimes(5);
    expect(woken).toEqual([]);
  });

  it('stays unknown when the store is gone after that', async () => {
    const { repository, replaced } = counterRepository(counters);
    let tries = 0;
    replaced.insert = async (document) => {
      if (++tries > 1) throw new StoreUnavailable('refused');
      await counters.insert(document);
      throw unknown();
    };
    const id = newId();
    await expect(repository.insert(id, [made(id)], CAUSE)).rejects.toBeInstanceOf(WriteOutcomeUnknown);
  });
});

describe('a duplicate key', () => {
  it("of another's value is told", async () => {
    const { repository, id } = await counter();
    const taken = repository.insert(newId(), [made(id)], CAUSE);
    await expect(taken).rejects.toBeInstanceOf(DuplicateKey);
    await expect(taken).rejects.toMatchObject({ index: 'name' });
  });

  it('of the own id is the same creation again: its object as it is now', async () => {
    const { repository, id } = await counter();
    await repository.update(id, CAUSE, () => [added(7)]);
    expect(await repository.insert(id, [made(id)], CAUSE)).toMatchObject({ total: 7, revision: 2 });
  });

  it('and any other failure of an insert is told', async () => {
    const { repository, replaced } = counterRepository(counters);
    replaced.insert = () => Promise.reject(new StoreUnavailable('refused'));
    await expect(repository.insert(newId(), [made('x')], CAUSE)).rejects.toBeInstanceOf(StoreUnavailable);
  });
});

describe('a save whose reply is lost', () => {
  /** Saves one addition; `replace` stands for the store's first answer. */
  async function saving(replace: Collection<CounterDocument>['replace']) {
    const parts = await counter();
    const loaded = await parts.repository.load(parts.id);
    const spy = vi.fn(counters.replace.bind(counters)).mockImplementationOnce(replace);
    parts.replaced.replace = spy;
    return { ...parts, spy, save: () => parts.repository.save(loaded, [added(1)], CAUSE) };
  }
  const applied: Collection<CounterDocument>['replace'] = async (document, expected) => {
    await counters.replace(document, expected);
    throw unknown();
  };

  it('is done when its event waits in the document', async () => {
    const { save, spy, woken } = await saving(applied);
    expect(await save()).toMatchObject({ total: 1, revision: 2 });
    expect(spy).toHaveBeenCalledTimes(1);
    expect(woken).toHaveLength(2);
  });

  it('is done when its event was copied already, also when others have saved since', async () => {
    const { save, outbox } = await saving(async (document, expected) => {
      await counters.replace(document, expected);
      await counters.pullEvents(
        document.id,
        document.outbox.map(({ id }) => id),
      );
      await counterRepository(counters).repository.update(document.id, CAUSE, () => [added(50)]);
      const own = document.outbox.at(-1)?.id;
      outbox.holds = async (id) => id === own;
      throw unknown();
    });
    expect(await save()).toMatchObject({ total: 1, revision: 2 });
  });

  it('is made again under the same revision when it did not happen', async () => {
    const { save, spy, id } = await saving(() => Promise.reject(unknown()));
    expect(await save()).toMatchObject({ total: 1 });
    expect(spy).toHaveBeenCalledTimes(2);
    expect(await counters.get(id)).toMatchObject({ total: 1, revision: 2 });
  });

  it('did not happen when the revision moved and its event is nowhere', async () => {
    const { save, id } = await saving(async (document) => {
      await counterRepository(counters).repository.update(document.id, CAUSE, () => [added(50)]);
      throw unknown();
    });
    await expect(save()).rejects.toMatchObject({ name: 'RevisionConflict', expected: 1, actual: 2 });
    expect(await counters.get(id)).toMatchObject({ total: 50 });
  });

  it('did not happen when the document is gone', async () => {
    const { save } = await saving(async ({ id }) => {
      await counters.remove(id, 1);
      throw unknown();
    });
    await expect(save()).rejects.toMatchObject({ name: 'RevisionConflict', actual: 0 });
  });

  it('stays unknown when every reply is lost', async () => {
    const { save, replaced, woken } = await saving(() => Promise.reject(unknown()));
    replaced.replace = () => Promise.reject(unknown());
    await expect(save()).rejects.toBeInstanceOf(WriteOutcomeUnknown);
    expect(woken).toHaveLength(1);
  });

  it('stays unknown when the document cannot be read back, so that nobody gives up what it holds', async () => {
    const { save, replaced } = await saving(applied);
    replaced.get = () => Promise.reject(new StoreUnavailable('refused'));
    await expect(save()).rejects.toBeInstanceOf(WriteOutcomeUnknown);
  });

  it('is done when it arrives late, between reading back and the second try', async () => {
    const { save, spy, id } = await saving(() => Promise.reject(unknown()));
    spy.mockImplementationOnce(async (document, expected) => {
      await counters.replace(document, expected);
      throw new RevisionConflict(expected, expected + 1);
    });
    expect(await save()).toMatchObject({ total: 1 });
    expect(await counters.get(id)).toMatchObject({ total: 1, revision: 2 });
  });

  it('that fails otherwise is told', async () => {
    const { save } = await saving(() => Promise.reject(new StoreUnavailable('refused')));
    await expect(save()).rejects.toBeInstanceOf(StoreUnavailable);
  });
});

describe('the records in a document', () => {
  it('are the 32 latest; the oldest is marked done before it is dropped', async () => {
    const { repository, settled, id } = await counter();
    for (let n = 1; n <= 32; n++) await repository.update(id, withRecord(`rec-${n}`), () => [added(1)]);
    expect(settled).toEqual([]);
    await repository.update(id, CAUSE, () => [added(1)]);
    expect(settled).toEqual([]);
    await repository.update(id, withRecord('rec-33'), () => [added(1)]);
    expect(settled).toEqual(['rec-1']);
    const kept = (await counters.get(id))?.appliedRecords.map((record) => record.id);
    expect(kept).toHaveLength(32);
    expect([kept?.[0], kept?.[31]]).toEqual(['rec-2', 'rec-33']);
  });

  it('are of the last 24 hours; older ones are marked done, with their outcome, before they are dropped', async () => {
    const { repository, settled, clock, id } = await counter();
    const at = clock.now();
    const old = { ...CAUSE, record: { id: 'rec-old', at, outcome: 'left' } };
    await repository.update(id, old, () => [added(1)]);
    clock.advance(86_400_000);
    await repository.update(id, withRecord('rec-2'), () => [added(1)]);
    expect(settled).toEqual([]);
    clock.advance(1);
    await repository.update(id, CAUSE, () => [added(1)]);
    expect(settled).toEqual(['rec-old']);
    expect((await counters.get(id))?.appliedRecords.map((record) => record.id)).toEqual(['rec-2']);
  });

  it('are not dropped while the oldest cannot be marked done', async () => {
    const settleRecord = () => Promise.reject(new StoreUnavailable('refused'));
    const { repository } = counterRepository(counters, { settleRecord });
    const id = newId();
    await repository.insert(id, [made(id)], CAUSE);
    for (let n = 1; n <= 32; n++) await repository.update(id, withRecord(`rec-${n}`), () => [added(1)]);
    const refused = repository.update(id, withRecord('rec-33'), () => [added(1)]);
    await expect(refused).rejects.toBeInstanceOf(StoreUnavailable);
    expect(await counters.get(id)).toMatchObject({ total: 32, appliedRecords: { length: 32 } });
  });

  it('make the same command, sent twice at once, one success for both', async () => {
    const { repository, id } = await counter();
    const send = () => repository.update(id, withRecord('rec-1'), () => [added(1)], { expectedRevision: 1 });
    const answers = await Promise.all([send(), send()]);
    expect(answers.map(({ state }) => state.total)).toEqual([1, 1]);
  });
});
