import { describe, expect, it } from 'vitest';
import { at } from '../../tests/support/aggregate-run.js';
import { WORKER_ID } from '../../tests/support/instance-runs.js';
import { newWorkerRun, REGISTRATION, workerIn } from '../../tests/support/worker-runs.js';
import { register } from './worker.js';

const TEMPLATE = {
  name: 'enterprise-large',
  instanceType: 'm5zn.metal',
  licenseType: 'ENTERPRISE',
  capacity: { cpuCores: 48, memoryGb: 192, storageGb: 1000, nodes: 500 },
  regions: ['us-east-1', 'us-west-2'],
  portRange: { start: 3000, end: 3999 },
  excludedPorts: [3500, 3400, 3500],
  drainTimeoutHours: 6,
} as const;
describe('register', () => {
  it('makes a PENDING worker with the defaults', () => {
    expect(workerIn('PENDING')).toEqual({
      id: WORKER_ID,
      revision: 1,
      name: 'worker-1',
      templateName: null,
      region: 'us-east-1',
      instanceType: 'm5zn.metal',
      licenseType: 'PERSONAL',
      cloudInstanceId: null,
      amiName: null,
      cmlVersion: null,
      nodeDefinitions: null,
      endpointUrl: null,
      host: null,
      status: 'PENDING',
      sequence: 1,
      history: [{ sequence: 1, from: null, to: 'PENDING', at: at(0), by: 'manager-1', reason: null }],
      declaredCapacity: { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 },
      portRange: { start: 2000, end: 9999 },
      excludedPorts: [9090],
      drainTimeoutHours: 4,
      drainStartedAt: null,
      lastReportedAt: null,
      telemetry: null,
      createdAt: at(0),
      createdBy: 'manager-1',
      updatedAt: at(0),
      configRevision: 1,
    });
  });

  it('copies what is not given from the template', () => {
    const run = newWorkerRun();
    run.commit(register({ name: 'big-1', template: TEMPLATE }), at(0));
    expect(run.state).toMatchObject({
      templateName: 'enterprise-large',
      region: 'us-east-1',
      instanceType: 'm5zn.metal',
      licenseType: 'ENTERPRISE',
      declaredCapacity: TEMPLATE.capacity,
      portRange: TEMPLATE.portRange,
      excludedPorts: [3400, 3500],
      drainTimeoutHours: 6,
    });
  });

  it('prefers what is given to the template', () => {
    const given = {
      region: 'eu-west-1',
      instanceType: 'm6i.metal',
      licenseType: 'EVALUATION' as const,
      declaredCapacity: { cpuCores: 8, memoryGb: 16, storageGb: 100, nodes: null },
      portRange: { start: 5000, end: 5999 },
      excludedPorts: [],
      drainTimeoutHours: 1,
      amiName: 'CML-2.9.1',
      nodeDefinitions: ['ubuntu', 'iosv', 'ubuntu'],
    };
    const run = newWorkerRun();
    run.commit(register({ name: 'big-1', template: TEMPLATE, ...given }), at(0));
    expect(run.state).toMatchObject({ ...given, nodeDefinitions: ['iosv', 'ubuntu'] });
  });

  it('lists everything that neither the caller nor a template gives', () => {
    const fields = ['region', 'instanceType', 'licenseType', 'declaredCapacity'];
    expect(() => register({ name: 'w', template: null })).toThrow(
      expect.objectContaining({
        code: 'VALIDATION_FAILED',
        details: { fields: fields.map((path) => expect.objectContaining({ path, rule: 'REQUIRED' })) },
      }),
    );
    expect(() => register({ name: 'w', template: { ...TEMPLATE, regions: [] } })).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED' }),
    );
  });

  it('checks capacity, drain time and range', () => {
    const declaredCapacity = { cpuCores: 0, memoryGb: 65_537, storageGb: 9, nodes: 1.5 };
    expect(() => register({ ...REGISTRATION, declaredCapacity, drainTimeoutHours: 49 })).toThrow(
      expect.objectContaining({
        code: 'VALIDATION_FAILED',
        details: {
          fields: [
            expect.objectContaining({ path: 'declaredCapacity.cpuCores' }),
            expect.objectContaining({ path: 'declaredCapacity.memoryGb' }),
            expect.objectContaining({ path: 'declaredCapacity.storageGb' }),
            expect.objectContaining({ path: 'declaredCapacity.nodes' }),
            expect.objectContaining({ path: 'drainTimeoutHours' }),
          ],
        },
      }),
    );
    expect(() => register({ ...REGISTRATION, portRange: { start: 80, end: 90 } })).toThrow(
      expect.objectContaining({ code: 'PORT_OUT_OF_RANGE' }),
    );
  });
});
