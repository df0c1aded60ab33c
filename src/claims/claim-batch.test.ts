import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AMOUNTS, keys, LIMITS, NEED, request } from '../../tests/support/claim-keys.js';
import { LiveUnavailable, type Entry, type Transaction } from '../live/live-store.js';
import { ClaimHeld, MAX_MERGED, planBatch, type Merged, type Plan, type ReadBasis } from './claim-batch.js';
import { emptyValues, instanceWorkerValue, rebuiltValues } from './claim-values.js';
import { draftOf, type Claim, type LiveValues } from './draft.js';
import { codecs } from './values.js';

const WORKER_ID = 'wrk_1';
const OPEN = { open: true, seq: 3 };
const held = (n: number, ports: Record<string, number> = {}): Claim => ({
  ...{ instanceId: `ins_${n}`, token: `token-${n}`, claimedAt: 'then', amounts: AMOUNTS, ports },
});
const claim = (n: number, more: object = {}): Merged => ({
  kind: 'claim',
  request: request(WORKER_ID, n, { instanceId: `ins_${n}`, ...more }),
});
const release = (n: number, token = `token-${n}`): Merged => ({
  kind: 'release',
  request: { instanceId: `ins_${n}`, workerId: WORKER_ID, token },
});
const wanting = (cpuCores: number, ports: number) => ({
  need: {
    ...NEED,
    resourceRequirements: { ...NEED.resourceRequirements, cpuCores },
    portTemplate: Array.from({ length: ports }, (_, i) => ({ name: `p${i}` })),
  },
});

/** The keys of one worker, in which transactions are carried out. */
function keyspace(live: LiveValues, claims: readonly Claim[] = [], elsewhere = 'wrk_2') {
  const entries = new Map<string, Entry>();
  let revision = 1;
  const put = (key: string, value: string) =>
    entries.set(key, { key, value, createRevision: revision, modRevision: revision });
  put(keys.workerCapacity(WORKER_ID), codecs.workerCapacity.encode(live.capacity));
  put(keys.workerPorts(WORKER_ID), codecs.workerPorts.encode(live.ports));
  const hold = (each: Claim, workerId: string) =>
    put(
      keys.instanceWorker(each.instanceId),
      codecs.instanceWorker.encode(instanceWorkerValue(workerId, each)),
    );
  for (const each of claims) hold(each, WORKER_ID);

  function values(): LiveValues {
    const read = (key: string) => JSON.parse(entries.get(key)?.value ?? 'null');
    return { capacity: read(keys.workerCapacity(WORKER_ID)), ports: read(keys.workerPorts(WORKER_ID)) };
  }

  function basis(): ReadBasis {
    const guards = [keys.workerCapacity(WORKER_ID), keys.workerPorts(WORKER_ID)].map((key) => ({
      ...{ key, modRevision: entries.get(key)?.modRevision ?? 0 },
    }));
    return { draft: draftOf(values()), guards, holders: new Map(entries) };
  }

  function carryOut({ when, then }: Transaction): void {
    for (const condition of when) {
      const entry = entries.get(condition.key);
      if ('modRevision' in condition) expect(entry?.modRevision).toBe(condition.modRevision);
      else expect(entry).toBeUndefined();
    }
    revision++;
    for (const write of then) {
      if ('put' in write) put(write.put, write.value);
      else entries.delete(write.delete);
    }
  }

  function run(items: readonly Merged[]): Plan {
    const plan = planBatch(keys, WORKER_ID, basis(), items);
    if (plan.transaction) carryOut(plan.transaction);
    return plan;
  }

  const own = () =>
    Object.fromEntries(
      [...entries].filter(([key]) => key.endsWith('/worker')).map(([k, { value }]) => [k, value]),
    );
  return { run, basis, values, own, entries, holdElsewhere: (n: number) => hold(held(n), elsewhere) };
}

const outcomes = ({ verdicts }: Plan) => verdicts.map(({ outcome }) => outcome);

describe('requests decided together', () => {
  const step = fc.record({
    n: fc.integer({ min: 1, max: 12 }),
    kind: fc.constantFrom('claim', 'claim', 'release', 'foreign'),
    cpuCores: fc.integer({ min: 1, max: 20 }),
    ports: fc.integer({ min: 0, max: 6 }),
  });
  const steps = fc.uniqueArray(step, { selector: ({ n }) => n, maxLength: 12 });
  const item = ({
    n,
    kind,
    cpuCores,
    ports,
  }: {
    n: number;
    kind: string;
    cpuCores: number;
    ports: number;
  }) => {
    if (kind === 'claim') return claim(n, wanting(cpuCores, ports));
    return release(n, kind === 'foreign' ? 'other' : undefined);
  };
  const limits = { ...LIMITS, range: { start: 2000, end: 2019 }, excluded: [2003] };
  const before = [held(1, { a: 2000, b: 2002 }), held(2), held(3, { a: 2019 })];

  it('come to what they would one by one, in the same order', () => {
    fc.assert(
      fc.property(fc.array(steps, { minLength: 1, maxLength: 3 }), (batches) => {
        const start = rebuiltValues(WORKER_ID, limits, OPEN, before);
        const [together, oneByOne] = [keyspace(start, before), keyspace(start, before)];
        for (const batch of batches) {
          const items = batch.map(item);
          const plan = together.run(items);
          const single = items.map((each) => oneByOne.run([each]).verdicts[0]);
          const comparable = (verdict: Plan['verdicts'][number] | undefined) =>
            verdict && {
              ...verdict,
              own: undefined,
              error: 'error' in verdict ? String(verdict.error) : null,
            };
          expect(plan.verdicts.map(comparable)).toEqual(single.map(comparable));
          expect(together.values()).toEqual(oneByOne.values());
          expect(together.own()).toEqual(oneByOne.own());
          const { capacity, ports } = together.values();
          const numbers = Object.values(ports.claims).flatMap((each) => Object.values(each));
          expect(new Set(numbers).size).toBe(numbers.length);
          expect(draftOf({ capacity, ports }).allocated.cpuCores).toBeLessThanOrEqual(48);
          expect(Object.keys(ports.claims).sort()).toEqual(Object.keys(capacity.claims).sort());
        }
      }),
    );
  });

  it('are served in the order they came: the first that does not fit leaves room for the next that does', () => {
    const space = keyspace(emptyValues(WORKER_ID, LIMITS, OPEN));
    const plan = space.run([1, 2, 3].map((n) => claim(n, wanting(n === 2 ? 40 : 10, 2))));
    expect(outcomes(plan)).toEqual(['CLAIMS', 'REFUSED', 'CLAIMS']);
    expect(space.values().ports.claims).toEqual({
      ins_1: { p0: 2000, p1: 2001 },
      ins_3: { p0: 2002, p1: 2003 },
    });
  });

  it('that are all refused write nothing', () => {
    const { run } = keyspace(emptyValues(WORKER_ID, LIMITS, { open: false, seq: 4 }));
    expect(run([claim(1), claim(2)]).transaction).toBeNull();
  });

  it('stay within the operations of one transaction', () => {
    const ample = {
      ...LIMITS,
      declared: { cpuCores: 4096, memoryGb: 65_536, storageGb: 100_000, nodes: null },
    };
    const half = MAX_MERGED / 2;
    const before = Array.from({ length: half }, (_, n) => held(1000 + n));
    const space = keyspace(rebuiltValues(WORKER_ID, ample, OPEN, before), before);
    const items = before.flatMap((_, n) => [claim(n), release(1000 + n)]);
    const { transaction } = space.run(items);
    const sizes = [transaction?.when, transaction?.then, transaction?.orElse].map((part) => part?.length);
    expect(sizes).toEqual([122, 122, 122]);
  });

  it('stop where both values together would pass 1 MiB', () => {
    const ample = {
      ...{
        declared: { cpuCores: 4096, memoryGb: 65_536, storageGb: 1_000_000, nodes: null },
        configRevision: 1,
      },
      ...{ range: { start: 1024, end: 65_535 }, excluded: [] },
    };
    const names = Array.from({ length: 60 }, (_, i) => ({ name: `${'p'.repeat(60)}${i}` }));
    const space = keyspace(emptyValues(WORKER_ID, ample, OPEN));
    const id = (n: number) => `ins_${String(n).padStart(26, '0')}`;
    const large = (n: number) =>
      claim(n, { instanceId: id(n), ...wanting(1, 0), need: { ...NEED, portTemplate: names } });
    for (let n = 0; n < 240; n += 60) space.run(Array.from({ length: 60 }, (_, i) => large(n + i)));
    const bytes = [...space.entries.values()].slice(0, 2).reduce((sum, { value }) => sum + value.length, 0);
    expect(bytes).toBeLessThanOrEqual(1024 * 1024);
    const { verdicts, transaction } = space.run([large(999)]);
    expect(verdicts).toMatchObject([
      { error: { code: 'CAPACITY_EXCEEDED', details: { shortfalls: [{ dimension: 'CLAIM_BYTES' }] } } },
    ]);
    expect(transaction).toBeNull();
  });
});

describe('a request whose own key speaks against it', () => {
  it('is answered alone, and the others go on', () => {
    const space = keyspace(rebuiltValues(WORKER_ID, LIMITS, OPEN, [held(2)]), [held(2)]);
    space.holdElsewhere(1);
    const plan = space.run([
      claim(1, { token: 'late' }),
      claim(2),
      claim(3),
      release(2, 'other'),
      release(4),
    ]);
    expect(outcomes(plan)).toEqual(['REFUSED', 'STANDS', 'CLAIMS', 'REFUSED', 'RELEASES']);
    const [elsewhere] = plan.verdicts;
    expect(elsewhere).toMatchObject({ error: { name: 'ClaimHeld', workerId: 'wrk_2', token: 'token-1' } });
    expect(elsewhere && 'error' in elsewhere && elsewhere.error).toBeInstanceOf(ClaimHeld);
    expect(Object.keys(space.values().capacity.claims)).toEqual(['ins_2', 'ins_3']);
  });

  it('that cannot be read does not keep the others', () => {
    const space = keyspace(emptyValues(WORKER_ID, LIMITS, OPEN));
    const key = keys.instanceWorker('ins_1');
    space.entries.set(key, { key, value: '{"v":2}', createRevision: 1, modRevision: 1 });
    const plan = space.run([claim(1), claim(2)]);
    expect(outcomes(plan)).toEqual(['REFUSED', 'CLAIMS']);
    expect((plan.verdicts[0] as { error: Error }).error).toBeInstanceOf(LiveUnavailable);
  });
});

describe('a guess', () => {
  const guess = (claims: readonly Claim[] = []) => ({
    ...keyspace(rebuiltValues(WORKER_ID, LIMITS, OPEN, claims)).basis(),
    holders: null,
  });

  it('is enough for grants alone', () => {
    expect(planBatch(keys, WORKER_ID, guess(), [claim(1), claim(2)])).toMatchObject({
      verdicts: [{ outcome: 'CLAIMS' }, { outcome: 'CLAIMS' }],
    });
  });

  it.each([
    ['a refusal', claim(1, wanting(49, 0))],
    ['a release', release(1)],
    ['a claim that is there already', claim(2)],
  ])('is not enough for %s', (_name, item) => {
    expect(planBatch(keys, WORKER_ID, guess([held(2)]), [claim(3), item])).toBeNull();
  });
});
