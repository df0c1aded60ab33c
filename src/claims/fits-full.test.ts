import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addClaim, emptyValues } from './claim-values.js';
import { draftOf, storedBytes, type LiveValues } from './draft.js';
import { fits, MAX_CLAIM_BYTES, type Candidate, type Need } from './fits.js';
import { DEFAULT_PORT_RANGE } from './ports.js';
import { codecs } from './values.js';

const WORKER: Candidate = {
  status: 'RUNNING',
  licenseType: 'PERSONAL',
  amiName: 'CML-2.9.1',
  cmlVersion: '2.9.1',
  nodeDefinitions: ['iosv', 'ubuntu'],
};
const NEED: Need = {
  nodeCount: 2,
  resourceRequirements: { cpuCores: 3, memoryGb: 5, storageGb: 50, amiRequirements: [] },
  licenseAffinity: ['PERSONAL', 'ENTERPRISE'],
  portTemplate: [{ name: 'serial_1' }, { name: 'vnc_1' }],
};
const AMOUNTS = { cpuCores: 3, memoryGb: 5, storageGb: 50, nodes: 2 };
const LIMITS = {
  declared: { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 },
  range: DEFAULT_PORT_RANGE,
  excluded: [9090],
  configRevision: 1,
};
const id = (n: number) => `ins_${String(n).padStart(26, '0')}`;
const token = (n: number) => String(n).padStart(26, '0');
const CLAIMED_AT = '2027-02-10T08:30:00.000Z';

function holding(live: LiveValues, n: number, amounts: Partial<typeof AMOUNTS>, ports = {}): LiveValues {
  const full = { cpuCores: 0, memoryGb: 0, storageGb: 0, nodes: 0, ...amounts };
  return addClaim(live, { instanceId: id(n), token: token(n), claimedAt: CLAIMED_AT, amounts: full, ports });
}

describe('a worker that fills up', () => {
  it('refuses a claim that would take both values together above 1 MiB', () => {
    const roomy = {
      ...LIMITS,
      declared: { cpuCores: 4096, memoryGb: 65536, storageGb: 1_000_000, nodes: null },
    };
    const padding = Object.fromEntries(
      Array.from({ length: 6 }, (_, i) => [`${'p'.repeat(62)}${i}`, 2000 + i]),
    );
    let live = emptyValues('wrk_1', roomy, { open: true, seq: 3 });
    const one = holding(live, 1, {}, padding);
    const perClaim = storedBytes(draftOf(holding(one, 2, {}, padding))) - storedBytes(draftOf(one));
    const count = Math.floor((MAX_CLAIM_BYTES - 1000) / perClaim);
    const claims = Array.from({ length: count }, (_, n) => [id(n), token(n)] as const);
    const entry = { token: '', claimedAt: CLAIMED_AT, cpuCores: 0, memoryGb: 0, storageGb: 0, nodes: 0 };
    live = {
      capacity: {
        ...live.capacity,
        claims: Object.fromEntries(claims.map(([i, t]) => [i, { ...entry, token: t }])),
      },
      ports: { ...live.ports, claims: Object.fromEntries(claims.map(([i]) => [i, padding])) },
    };
    let n = count;
    let last = fits(WORKER, live, NEED);
    for (; last.fits && n < count + 100; last = fits(WORKER, live, NEED)) {
      live = holding(live, n++, last.amounts, last.ports);
      const { capacity, ports } = live;
      const stored = codecs.workerCapacity.encode(capacity) + codecs.workerPorts.encode(ports);
      expect(Buffer.byteLength(stored)).toBeLessThanOrEqual(MAX_CLAIM_BYTES);
    }
    const free = MAX_CLAIM_BYTES - storedBytes(draftOf(live));
    expect(last.fits || last.reasons).toEqual([
      { code: 'CAPACITY_EXCEEDED', dimension: 'CLAIM_BYTES', need: expect.any(Number), free },
    ]);
    const [reason] = last.fits ? [] : last.reasons;
    expect(reason?.code === 'CAPACITY_EXCEEDED' && reason.need > free).toBe(true);
  });

  it('fills a worker up without ever passing its limits, and then says why', () => {
    const needs = fc.array(
      fc.record({
        cpuCores: fc.integer({ min: 1, max: 16 }),
        memoryGb: fc.integer({ min: 1, max: 64 }),
        nodeCount: fc.integer({ min: 1, max: 6 }),
        ports: fc.integer({ min: 0, max: 5 }),
      }),
      { maxLength: 20 },
    );
    const small = emptyValues(
      'wrk_1',
      { ...LIMITS, range: { start: 2000, end: 2019 } },
      { open: true, seq: 3 },
    );
    fc.assert(
      fc.property(needs, (wanted) => {
        let live = small;
        for (const [n, { cpuCores, memoryGb, nodeCount, ports }] of wanted.entries()) {
          const result = fits(WORKER, live, {
            ...NEED,
            nodeCount,
            resourceRequirements: { cpuCores, memoryGb, storageGb: 1, amiRequirements: [] },
            portTemplate: Array.from({ length: ports }, (_, i) => ({ name: `p${i}` })),
          });
          if (result.fits) live = holding(live, n, result.amounts, result.ports);
          else expect(result.reasons.length).toBeGreaterThan(0);
          const { allocated, held } = draftOf(live);
          const numbers = Object.values(live.ports.claims).flatMap((held) => Object.values(held));
          expect(held.size).toBe(numbers.length);
          for (const field of ['cpuCores', 'memoryGb', 'storageGb', 'nodes'] as const) {
            expect(allocated[field]).toBeLessThanOrEqual(LIMITS.declared[field]);
          }
        }
      }),
    );
  });
});
