import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addClaim,
  claimIn,
  emptyValues,
  instanceWorkerValue,
  rebuiltValues,
  removeClaim,
  rewrite,
  setAccepting,
  setLimits,
} from './claim-values.js';
import {
  draftOf,
  drop,
  encodedValues,
  freeCapacity,
  holdersOf,
  obstaclesTo,
  place,
  release,
  storedBytes,
  storedBytesWith,
  valuesOf,
  type Claim,
} from './draft.js';
import { codecs } from './values.js';

const LIMITS = {
  declared: { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 },
  range: { start: 2000, end: 9999 },
  excluded: [9090],
  configRevision: 1,
};
const EMPTY = emptyValues('wrk_1', LIMITS, { open: true, seq: 3 });
const claim = (n: number, ports: Record<string, number> = { a: 2000 + n }): Claim => ({
  instanceId: `ins_${n}`,
  token: `token-${n}`,
  claimedAt: '2027-02-10T08:30:00.000Z',
  amounts: { cpuCores: 3, memoryGb: 5, storageGb: 50, nodes: 2 },
  ports,
});
const seqs = ({ capacity, ports }: typeof EMPTY) => [capacity.seq, ports.seq];

describe('changes of claim values', () => {
  it('start empty, with the counter of both at 1', () => {
    expect(codecs.workerCapacity.encode(EMPTY.capacity)).toBe(
      '{"v":1,"workerId":"wrk_1","seq":1,"configRevision":1,"accepting":{"open":true,"seq":3},"declared":{"cpuCores":48,"memoryGb":192,"storageGb":500,"nodes":20},"claims":{}}',
    );
    expect(codecs.workerPorts.encode(EMPTY.ports)).toBe(
      '{"v":1,"workerId":"wrk_1","seq":1,"configRevision":1,"range":{"start":2000,"end":9999},"excluded":[9090],"claims":{}}',
    );
  });

  it('add a claim to both values and count one', () => {
    const live = addClaim(EMPTY, claim(1, {}));
    expect(live.capacity.claims).toEqual({
      ins_1: {
        token: 'token-1',
        claimedAt: claim(1).claimedAt,
        cpuCores: 3,
        memoryGb: 5,
        storageGb: 50,
        nodes: 2,
      },
    });
    expect(live.ports.claims).toEqual({ ins_1: {} });
    expect(seqs(live)).toEqual([2, 2]);
    expect(seqs(EMPTY)).toEqual([1, 1]);
    expect(claimIn(live, 'ins_1')).toEqual(claim(1, {}));
    expect(claimIn(live, 'ins_2')).toBeNull();
    expect(claimIn({ ...live, ports: EMPTY.ports }, 'ins_1')).toBeNull();
  });

  it('put a repeated claim in place of the earlier one', () => {
    const live = addClaim(addClaim(EMPTY, claim(1)), claim(1, { a: 2050 }));
    expect(holdersOf(live.ports)).toEqual([{ number: 2050, instanceId: 'ins_1' }]);
    expect(freeCapacity(draftOf(live)).cpuCores).toBe(45);
  });

  it('release by matching token only', () => {
    const held = addClaim(EMPTY, claim(1));
    const foreign = removeClaim(held, 'ins_1', 'other');
    expect(foreign).toEqual({ outcome: 'FOREIGN', live: held });
    const released = removeClaim(held, 'ins_1', 'token-1');
    expect(released.outcome).toBe('RELEASED');
    expect(released.live.capacity.claims).toEqual({});
    expect(released.live.ports.claims).toEqual({});
    expect(seqs(released.live)).toEqual([3, 3]);
  });

  it('rewrite both values also when there is nothing to release', () => {
    const again = removeClaim(EMPTY, 'ins_1', 'token-1');
    expect(again.outcome).toBe('ABSENT');
    expect(seqs(again.live)).toEqual([2, 2]);
    expect(again.live.capacity.claims).toEqual({});
  });

  it('set flag and limits without touching claims, one count each', () => {
    const held = addClaim(EMPTY, claim(1));
    const closed = setAccepting(held, { open: false, seq: 4 });
    expect(closed.capacity).toEqual({ ...held.capacity, seq: 3, accepting: { open: false, seq: 4 } });
    expect(closed.ports).toEqual({ ...held.ports, seq: 3 });
    const wider = {
      declared: { ...LIMITS.declared, nodes: null },
      range: { start: 3000, end: 4000 },
      excluded: [],
      configRevision: 7,
    };
    const limited = setLimits(closed, wider);
    expect(seqs(limited)).toEqual([4, 4]);
    expect(limited.capacity).toMatchObject({
      configRevision: 7,
      declared: wider.declared,
      accepting: { open: false },
    });
    expect(limited.ports).toMatchObject({ configRevision: 7, range: wider.range, excluded: [] });
    expect(limited.ports.claims).toEqual(held.ports.claims);
    const opened = rewrite(closed, { limits: wider, accepting: { open: true, seq: 5 } });
    expect(seqs(opened)).toEqual([4, 4]);
    expect(opened.capacity.accepting).toEqual({ open: true, seq: 5 });
  });

  it('go on from the higher counter where the two differ', () => {
    const uneven = { ...EMPTY, ports: { ...EMPTY.ports, seq: 9 } };
    expect(seqs(addClaim(uneven, claim(1)))).toEqual([10, 10]);
    expect(seqs(setAccepting(uneven, { open: false, seq: 4 }))).toEqual([10, 10]);
  });

  it('are rebuilt from recorded claims', () => {
    const live = rebuiltValues('wrk_1', LIMITS, { open: false, seq: 5 }, [claim(1), claim(2)]);
    expect(Object.keys(live.capacity.claims)).toEqual(['ins_1', 'ins_2']);
    expect(Object.keys(live.ports.claims)).toEqual(['ins_1', 'ins_2']);
    expect(live.capacity.accepting).toEqual({ open: false, seq: 5 });
  });

  it('are matched by the value of the instance', () => {
    expect(codecs.instanceWorker.encode(instanceWorkerValue('wrk_1', claim(1)))).toBe(
      '{"v":1,"instanceId":"ins_1","workerId":"wrk_1","token":"token-1","claimedAt":"2027-02-10T08:30:00.000Z"}',
    );
  });
});

describe('repair of a claim', () => {
  it('finds nothing in the way of a claim whose room and numbers are free, or its own', () => {
    const live = addClaim(EMPTY, claim(1));
    const none = { shortfalls: [], ports: [] };
    expect(obstaclesTo(draftOf(live), claim(2))).toEqual(none);
    expect(obstaclesTo(draftOf(live), claim(1))).toEqual(none);
  });

  it('names taken numbers with their holder and dimensions that are short', () => {
    const tight = rewrite(addClaim(EMPTY, claim(1)), {
      limits: { ...LIMITS, declared: { ...LIMITS.declared, cpuCores: 5 } },
    });
    expect(obstaclesTo(draftOf(tight), claim(2, { x: 2001, y: 2002 }))).toEqual({
      shortfalls: [{ dimension: 'CPU_CORES', need: 3, free: 2 }],
      ports: [{ number: 2001, instanceId: 'ins_1' }],
    });
  });

  it('drops a claim that is there in part, whatever its token', () => {
    const held = addClaim(EMPTY, claim(1));
    for (const part of [
      { ...held, capacity: { ...held.capacity, claims: {} } },
      { ...held, ports: { ...held.ports, claims: {} } },
      held,
    ]) {
      const draft = draftOf(part);
      drop(draft, 'ins_1');
      const { capacity, ports } = valuesOf(draft);
      expect([capacity.claims, ports.claims, capacity.seq]).toEqual([{}, {}, 3]);
    }
  });
});

describe('a working copy', () => {
  const steps = fc.array(
    fc.tuple(fc.constantFrom('place', 'release', 'foreign', 'drop'), fc.nat({ max: 9 })),
    {
      maxLength: 60,
    },
  );

  it('always agrees with a copy made anew from its values, and leaves its origin alone', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const origin = addClaim(EMPTY, claim(3));
        const before = JSON.stringify(origin);
        const draft = draftOf(origin);
        for (const [step, n] of list) {
          if (step === 'place') {
            const size = storedBytesWith(draft, claim(n));
            const isNew = !draft.capacityClaims.has(`ins_${n}`);
            place(draft, claim(n));
            if (isNew) expect(storedBytes(draft)).toBe(size);
          } else if (step === 'drop') drop(draft, `ins_${n}`);
          else release(draft, `ins_${n}`, step === 'release' ? `token-${n}` : 'other');
          const live = valuesOf(draft);
          const { allocated, held, bytes, seq } = draftOf(live);
          expect(draft).toMatchObject({ allocated, held, bytes, seq });
          const texts = codecs.workerCapacity.encode(live.capacity) + codecs.workerPorts.encode(live.ports);
          expect(storedBytes(draft)).toBe(Buffer.byteLength(texts));
        }
        expect(JSON.stringify(origin)).toBe(before);
      }),
    );
  });

  const encodedBy = ({ capacity, ports }: typeof EMPTY) => ({
    capacity: codecs.workerCapacity.encode(capacity),
    ports: codecs.workerPorts.encode(ports),
  });

  it('is written as its values are encoded, whatever it was read from', () => {
    const written = encodedBy(addClaim(addClaim(EMPTY, claim(3)), claim(4)));
    const strange = { capacity: JSON.stringify(JSON.parse(written.capacity), null, 1), ports: written.ports };
    fc.assert(
      fc.property(steps, fc.constantFrom(written, strange, undefined), (list, texts) => {
        const origin = addClaim(addClaim(EMPTY, claim(3)), claim(4));
        const draft = draftOf(origin, texts);
        expect(encodedValues(draft)).toEqual(written);
        for (const [step, n] of list) {
          if (step === 'place') place(draft, claim(n));
          else if (step === 'drop') drop(draft, `ins_${n}`);
          else release(draft, `ins_${n}`, step === 'release' ? `token-${n}` : 'other');
          if (n % 2 === 0) expect(encodedValues(draft)).toEqual(encodedBy(valuesOf(draft)));
        }
        expect(encodedValues(draft)).toEqual(encodedBy(valuesOf(draft)));
      }),
    );
  });

  it('knows below which number none is free, also after some were given back', () => {
    const narrow = setLimits(EMPTY, { ...LIMITS, range: { start: 2001, end: 2006 }, excluded: [2002, 2004] });
    fc.assert(
      fc.property(steps, (list) => {
        const draft = draftOf(narrow);
        for (const [step, n] of list) {
          if (step === 'place') place(draft, claim(n));
          else drop(draft, `ins_${n}`);
          const lowest = [2001, 2003, 2005, 2006].find((number) => !draft.held.has(number));
          expect(draft.freeFrom).toBe(lowest ?? 2007);
          expect(draftOf(valuesOf(draft)).freeFrom).toBe(draft.freeFrom);
        }
      }),
    );
  });

  it('takes a thousand claims in one pass', () => {
    const started = performance.now();
    const draft = draftOf(EMPTY);
    for (let n = 0; n < 1000; n++)
      place(draft, claim(n, { a: 2000 + 3 * n, b: 2001 + 3 * n, c: 2002 + 3 * n }));
    expect(Object.keys(valuesOf(draft).ports.claims)).toHaveLength(1000);
    expect(draft.held.size).toBe(3000);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
