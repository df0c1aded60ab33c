import { describe, expect, it } from 'vitest';
import { valuesFor, workerIn } from '../../tests/support/worker-runs.js';
import { addClaim } from '../claims/claim-values.js';
import type { LiveValues } from '../claims/draft.js';
import { liveKeys } from '../claims/keys.js';
import { codecs } from '../claims/values.js';
import { LiveValue } from '../live/change-ring.js';
import type { WatchHub } from '../live/watch-hub.js';
import { claimsOf } from './worker-claims.js';

const keys = liveKeys();
const WORKER = workerIn('RUNNING', { portRange: { start: 2000, end: 2009 }, excludedPorts: [2005] });
const claim = (n: number, ports: Record<string, number>) => ({
  instanceId: `ins_${n}`,
  token: `token-${n}`,
  claimedAt: '2027-02-10T08:30:00.000Z',
  amounts: { cpuCores: 3, memoryGb: 5, storageGb: 50, nodes: 2 },
  ports,
});

/** What the claims look like when the hub knows these texts. */
function seen(texts: { capacity?: string | undefined; ports?: string | undefined }, worker = WORKER) {
  const values = new Map<string, LiveValue>();
  if (texts.capacity) values.set(keys.workerCapacity(worker.id), new LiveValue(texts.capacity));
  if (texts.ports) values.set(keys.workerPorts(worker.id), new LiveValue(texts.ports));
  const hub = { value: (key: string) => values.get(key) ?? null } as Partial<WatchHub> as WatchHub;
  return { view: claimsOf({ hub, keys }, worker), again: () => claimsOf({ hub, keys }, worker), values };
}
const textsOf = ({ capacity, ports }: LiveValues) => ({
  capacity: codecs.workerCapacity.encode(capacity),
  ports: codecs.workerPorts.encode(ports),
});

const EMPTY_VIEW = {
  declared: { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 },
  allocated: { cpuCores: 0, memoryGb: 0, storageGb: 0, nodes: 0 },
  available: { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 },
  ports: { range: { start: 2000, end: 2009 }, excluded: [2005], allocations: [], available: 9 },
};

describe('the claims of a worker', () => {
  it('are its room, what is taken and what is left, with every number and its holder', () => {
    const held = addClaim(addClaim(valuesFor(WORKER), claim(1, { a: 2000, b: 2001 })), claim(2, {}));
    expect(seen(textsOf(held)).view).toEqual({
      declared: EMPTY_VIEW.declared,
      allocated: { cpuCores: 6, memoryGb: 10, storageGb: 100, nodes: 4 },
      available: { cpuCores: 42, memoryGb: 182, storageGb: 400, nodes: 16 },
      ports: {
        range: { start: 2000, end: 2009 },
        excluded: [2005],
        allocations: [
          {
            instanceId: 'ins_1',
            ports: [
              { name: 'a', number: 2000 },
              { name: 'b', number: 2001 },
            ],
            claimedAt: claim(1, {}).claimedAt,
          },
          { instanceId: 'ins_2', ports: [], claimedAt: claim(2, {}).claimedAt },
        ],
        available: 7,
      },
    });
  });

  it('follow the limits of the live values, not those of a newer document', () => {
    const narrow = { ...WORKER, portRange: { start: 5000, end: 5001 } };
    expect(seen(textsOf(valuesFor(WORKER)), narrow).view).toEqual(EMPTY_VIEW);
  });

  it('without its part in the room are dated from the worker', () => {
    const held = addClaim(valuesFor(WORKER), claim(1, { a: 2000 }));
    const { capacity } = textsOf(valuesFor(WORKER));
    const { view } = seen({ capacity, ports: textsOf(held).ports });
    expect(view.ports.allocations).toMatchObject([{ instanceId: 'ins_1', claimedAt: WORKER.createdAt }]);
  });

  it('are decoded once for all who look at the same values', () => {
    const { view, again } = seen(textsOf(addClaim(valuesFor(WORKER), claim(1, { a: 2000 }))));
    expect(again().ports.range).toBe(view.ports.range);
    expect(again()).toEqual(view);
  });
});

describe('a worker whose claims are not known', () => {
  const texts = textsOf(valuesFor(WORKER));

  it.each([
    ['not seen', {}],
    ['seen in part', { capacity: texts.capacity }],
    ['seen in the other part', { ports: texts.ports }],
    ['no JSON', { ...texts, capacity: '{' }],
    ['of a newer server', { ...texts, ports: '{"v":2}' }],
  ])('as its keys are %s is shown with the room of its document', (_, given) => {
    expect(seen(given).view).toEqual(EMPTY_VIEW);
  });

  it('has the node limit of its licence', () => {
    const worker = { ...WORKER, licenseType: 'EVALUATION' as const };
    expect(seen({}, worker).view).toMatchObject({ declared: { nodes: 5 }, available: { nodes: 5 } });
    const unlimited = {
      ...worker,
      licenseType: 'ENTERPRISE' as const,
      declaredCapacity: { ...worker.declaredCapacity, nodes: null },
    };
    expect(seen({}, unlimited).view).toMatchObject({ declared: { nodes: null }, available: { nodes: null } });
  });
});
