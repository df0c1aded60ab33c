import { describe, expect, it } from 'vitest';
import type { LabletError } from '../errors.js';
import { WORKER_STATUSES } from '../workers/transitions.js';
import { addClaim, emptyValues, setAccepting } from './claim-values.js';
import type { LiveValues } from './draft.js';
import { capacityExceeded, fits, refusal, type Candidate, type Need } from './fits.js';
import { DEFAULT_PORT_RANGE } from './ports.js';

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
const OPEN = emptyValues('wrk_1', LIMITS, { open: true, seq: 3 });
const id = (n: number) => `ins_${String(n).padStart(26, '0')}`;
const token = (n: number) => String(n).padStart(26, '0');
const CLAIMED_AT = '2027-02-10T08:30:00.000Z';

function holding(live: LiveValues, n: number, amounts: Partial<typeof AMOUNTS>, ports = {}): LiveValues {
  const full = { cpuCores: 0, memoryGb: 0, storageGb: 0, nodes: 0, ...amounts };
  return addClaim(live, { instanceId: id(n), token: token(n), claimedAt: CLAIMED_AT, amounts: full, ports });
}

const codesOf = (result: ReturnType<typeof fits>) =>
  result.fits ? [] : result.reasons.map(({ code }) => code);

function refusalOf(worker: Candidate, live: LiveValues, need: Need): LabletError {
  const result = fits(worker, live, need);
  if (result.fits) throw new Error('it fits');
  return refusal(result.reasons);
}

describe('fits', () => {
  it('grants amounts and the lowest numbers in template order', () => {
    expect(fits(WORKER, OPEN, NEED)).toEqual({
      fits: true,
      amounts: AMOUNTS,
      ports: { serial_1: 2000, vnc_1: 2001 },
    });
    const next = holding(OPEN, 1, AMOUNTS, { a: 2000, b: 2002 });
    expect(fits(WORKER, next, NEED)).toMatchObject({ ports: { serial_1: 2001, vnc_1: 2003 } });
  });

  it('gives every reason in the order of the checks', () => {
    const worker: Candidate = { ...WORKER, status: 'DRAINING', licenseType: 'EVALUATION', amiName: null };
    const tight = emptyValues(
      'wrk_1',
      {
        ...LIMITS,
        declared: { cpuCores: 2, memoryGb: 4, storageGb: 10, nodes: 5 },
        range: { start: 2000, end: 2000 },
      },
      { open: false, seq: 4 },
    );
    const amiRequirements = [{ namePattern: 'CML-*', minVersion: '2.10.0', nodeDefinitions: ['nxos'] }];
    const need = {
      ...NEED,
      nodeCount: 6,
      resourceRequirements: { ...NEED.resourceRequirements, amiRequirements },
    };
    expect(fits(worker, tight, need)).toEqual({
      fits: false,
      reasons: [
        { code: 'WORKER_NOT_ACCEPTING', status: 'DRAINING' },
        { code: 'WORKER_NOT_ELIGIBLE', kind: 'LICENSE', need: 'PERSONAL, ENTERPRISE', actual: 'EVALUATION' },
        { code: 'WORKER_NOT_ELIGIBLE', kind: 'IMAGE_NAME', need: 'CML-*', actual: null },
        { code: 'WORKER_NOT_ELIGIBLE', kind: 'IMAGE_VERSION', need: '>=2.10.0', actual: '2.9.1' },
        { code: 'WORKER_NOT_ELIGIBLE', kind: 'NODE_DEFINITIONS', need: 'nxos', actual: 'iosv, ubuntu' },
        { code: 'WORKER_NOT_ELIGIBLE', kind: 'NODE_LIMIT', need: '6', actual: '5' },
        { code: 'CAPACITY_EXCEEDED', dimension: 'CPU_CORES', need: 3, free: 2 },
        { code: 'CAPACITY_EXCEEDED', dimension: 'MEMORY_GB', need: 5, free: 4 },
        { code: 'CAPACITY_EXCEEDED', dimension: 'STORAGE_GB', need: 50, free: 10 },
        { code: 'CAPACITY_EXCEEDED', dimension: 'NODES', need: 6, free: 5 },
        { code: 'PORTS_EXHAUSTED', need: 2, free: 1, range: { start: 2000, end: 2000 } },
      ],
    });
  });

  it('takes claims only on a worker that is RUNNING in its document and open in its claim value', () => {
    for (const status of WORKER_STATUSES) {
      const codes = codesOf(fits({ ...WORKER, status }, OPEN, NEED));
      expect(codes).toEqual(status === 'RUNNING' ? [] : ['WORKER_NOT_ACCEPTING']);
    }
    const closed = setAccepting(OPEN, { open: false, seq: 4 });
    expect(refusalOf(WORKER, closed, NEED)).toMatchObject({
      code: 'WORKER_NOT_ACCEPTING',
      details: { status: 'RUNNING' },
    });
  });

  it('refuses a 2-node instance on a PERSONAL worker with 19 nodes claimed', () => {
    expect(refusalOf(WORKER, holding(OPEN, 1, { nodes: 19 }), NEED)).toMatchObject({
      code: 'CAPACITY_EXCEEDED',
      details: { shortfalls: [{ dimension: 'NODES', need: 2, free: 1 }] },
    });
  });

  it('stops at 5 nodes on an EVALUATION worker and at 20 on a PERSONAL one', () => {
    for (const [licenseType, limit] of [
      ['EVALUATION', 5],
      ['PERSONAL', 20],
    ] as const) {
      const live = emptyValues(
        'wrk_1',
        { ...LIMITS, declared: { ...LIMITS.declared, nodes: limit } },
        OPEN.capacity.accepting,
      );
      const need = { ...NEED, licenseAffinity: [licenseType] };
      const worker = { ...WORKER, licenseType };
      expect(fits(worker, live, { ...need, nodeCount: limit }).fits).toBe(true);
      expect(codesOf(fits(worker, live, { ...need, nodeCount: limit + 1 }))).toEqual([
        'WORKER_NOT_ELIGIBLE',
        'CAPACITY_EXCEEDED',
      ]);
    }
  });

  it('knows no node limit on an ENTERPRISE worker that declares none', () => {
    const live = emptyValues(
      'wrk_1',
      { ...LIMITS, declared: { ...LIMITS.declared, nodes: null } },
      OPEN.capacity.accepting,
    );
    expect(fits({ ...WORKER, licenseType: 'ENTERPRISE' }, live, { ...NEED, nodeCount: 500 }).fits).toBe(true);
  });
});

describe('refusal', () => {
  it('answers with the first failing check and everything that fails alike', () => {
    const evaluation: Candidate = { ...WORKER, licenseType: 'EVALUATION' };
    const need = { ...NEED, nodeCount: 6, licenseAffinity: ['PERSONAL'] as const };
    const full = holding(OPEN, 1, { cpuCores: 48, memoryGb: 190 });
    expect(refusalOf(evaluation, full, need)).toMatchObject({
      code: 'WORKER_NOT_ELIGIBLE',
      details: {
        reasons: [
          { kind: 'LICENSE', need: 'PERSONAL', actual: 'EVALUATION' },
          { kind: 'NODE_LIMIT', need: '6', actual: '5' },
        ],
      },
    });
    const { code, details } = refusalOf(WORKER, full, NEED);
    expect({ code, details }).toEqual({
      code: 'CAPACITY_EXCEEDED',
      details: {
        shortfalls: [
          { dimension: 'CPU_CORES', need: 3, free: 0 },
          { dimension: 'MEMORY_GB', need: 5, free: 2 },
        ],
      },
    });
  });

  it('names need, free and range when ports run out', () => {
    const range = { start: 2000, end: 2002 };
    const live = holding(
      emptyValues('wrk_1', { ...LIMITS, range }, { open: true, seq: 3 }),
      1,
      {},
      { a: 2000, b: 2001 },
    );
    const { code, details } = refusalOf(WORKER, live, NEED);
    expect({ code, details }).toEqual({ code: 'PORTS_EXHAUSTED', details: { need: 2, free: 1, range } });
  });

  it('says why in words for people', () => {
    expect(refusal([{ code: 'WORKER_NOT_ACCEPTING', status: 'STOPPED' }]).message).toContain('STOPPED');
    expect(capacityExceeded([{ dimension: 'NODES', need: 2, free: 1 }]).message).toContain(
      'NODES (need 2, free 1)',
    );
    expect(() => refusal([])).toThrow(TypeError);
  });
});
