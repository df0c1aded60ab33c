import { describe, expect, it } from 'vitest';
import { liveKeys } from './keys.js';

const keys = liveKeys();

describe('liveKeys', () => {
  it('names every key below /ccm', () => {
    expect([
      keys.instanceState('ins_1'),
      keys.instanceWorker('ins_1'),
      keys.workerState('wrk_1'),
      keys.workerCapacity('wrk_1'),
      keys.workerPorts('wrk_1'),
      keys.leader('control-plane'),
      keys.epoch,
      keys.tick,
      keys.owner,
      keys.root,
      keys.instances,
      keys.workers,
    ]).toEqual([
      '/ccm/instances/ins_1/state',
      '/ccm/instances/ins_1/worker',
      '/ccm/workers/wrk_1/state',
      '/ccm/workers/wrk_1/capacity',
      '/ccm/workers/wrk_1/ports',
      '/ccm/control-plane/leader',
      '/ccm/epoch',
      '/ccm/control-plane/tick',
      '/ccm/control-plane/owner',
      '/ccm/',
      '/ccm/instances/',
      '/ccm/workers/',
    ]);
  });

  it('finds kind and id of every key it names, under any prefix', () => {
    for (const prefix of ['/ccm', '/tests/run-1']) {
      const own = liveKeys(prefix);
      for (const kind of [
        'instanceState',
        'instanceWorker',
        'workerState',
        'workerCapacity',
        'workerPorts',
      ] as const) {
        expect(own.parse(own[kind]('x_1'))).toEqual({ kind, id: 'x_1' });
      }
      expect(own.parse(own.leader('scheduler'))).toEqual({ kind: 'leader', service: 'scheduler' });
      for (const kind of ['epoch', 'tick', 'owner'] as const) expect(own.parse(own[kind])).toEqual({ kind });
    }
  });

  it.each([
    '/other/epoch',
    '/ccm/',
    '/ccm/epoch/x',
    '/ccm/instances/ins_1',
    '/ccm/instances/ins_1/ports',
    '/ccm/instances//state',
    '/ccm/instances/ins_1/state/more',
    '/ccm/instances/leader',
    '/ccm/workers/leader',
    '/ccm/Scheduler/leader',
    '/ccm/scheduler/tick',
  ])('knows that %s is none of its keys', (key) => {
    expect(keys.parse(key)).toBeNull();
  });

  it('refuses service names that would hide other keys', () => {
    for (const name of ['instances', 'workers', '', '9', 'a'.repeat(32), 'a/b']) {
      expect(() => keys.leader(name)).toThrow(TypeError);
    }
    expect(keys.leader('instances-2')).toBe('/ccm/instances-2/leader');
  });

  it('refuses a prefix that is no path', () => {
    for (const prefix of ['', 'ccm', '/', '/ccm/', '/a b']) expect(() => liveKeys(prefix)).toThrow(TypeError);
  });
});
