import { workerInput } from './stage.js';
import { plainDefinition } from './story.js';

/** Every route by its operation: an input that fits but for what is left out, and the paths of faults in bad ones. */
export interface RestSample {
  /** A body that the request accepts; null for a route without one. */
  readonly body: Readonly<Record<string, unknown>> | null;
  /** A body, or query parameters, that break several rules, and the places of all of them. */
  readonly bad: Readonly<Record<string, unknown>>;
  readonly paths: readonly string[];
}

const NOBODY = '0'.repeat(26);
const REASON = 'x'.repeat(501);
const PAGE = {
  bad: { first: '0', after: 'x'.repeat(2001), color: 'red' },
  paths: ['after', 'color', 'first'],
};
const COMMAND = { expectedRevision: 0, idempotencyKey: '', color: 'red' };
const COMMAND_PATHS = ['color', 'expectedRevision', 'idempotencyKey'];
const TEMPLATE = {
  name: 'sample',
  instanceType: 'm5',
  licenseType: 'ENTERPRISE',
  capacity: { cpuCores: 8, memoryGb: 32, storageGb: 100 },
  amiPattern: 'cml-*',
};
const read: RestSample = { body: null, bad: { color: 'red' }, paths: ['color'] };
const list: RestSample = { body: null, ...PAGE };
const command = (
  body: Readonly<Record<string, unknown>>,
  bad: Readonly<Record<string, unknown>> = {},
  paths: readonly string[] = [],
): RestSample => ({ body, bad: { ...COMMAND, ...bad }, paths: [...COMMAND_PATHS, ...paths].sort() });

/** A command that makes something: it takes no revision. */
const creation = (
  body: Readonly<Record<string, unknown>>,
  bad: Readonly<Record<string, unknown>>,
  paths: readonly string[],
): RestSample => command(body, bad, paths);

export const REST_SAMPLES: Readonly<Record<string, RestSample>> = {
  definitions: list,
  definition: read,
  createDefinition: creation(
    { ...plainDefinition('Sample') },
    { name: '/', version: 'v1', portTemplate: [{ name: 'ok' }, { name: 'UPPER' }] },
    ['labArtifactUri', 'name', 'portTemplate.1.name', 'resourceRequirements', 'version'],
  ),
  createDefinitionVersion: creation({ version: '2.0.0' }, { fromId: `def_${NOBODY}`, nodeCount: 0 }, [
    'fromId',
    'nodeCount',
    'version',
  ]),
  syncDefinition: command({}),
  deprecateDefinition: command({ reason: 'old' }, { replacementId: 'x' }, ['reason', 'replacementId']),
  archiveDefinition: command({}),
  instances: list,
  instance: read,
  createInstance: creation(
    { definitionId: `def_${NOBODY}` },
    { definitionId: 'x', timeslotStart: 'now', ownerId: '' },
    ['definitionId', 'ownerId', 'timeslotStart'],
  ),
  scheduleInstance: command({ workerId: `wrk_${NOBODY}` }, { workerId: `ins_${NOBODY}` }, ['workerId']),
  transitionInstance: command({ to: 'RUNNING' }, { to: 'AWAY', cmlLabId: '' }, ['cmlLabId', 'to']),
  recordGradingScore: command(
    { score: { total: 1, max: 2, passed: true } },
    { score: { total: -1, max: '2', breakdown: [{}] } },
    [
      'score.breakdown.0.criterion',
      'score.breakdown.0.max',
      'score.breakdown.0.points',
      'score.max',
      'score.passed',
      'score.total',
    ],
  ),
  reportInstance: command(
    { portStatuses: [{ name: 'a', status: 'REACHABLE' }] },
    { portStatuses: [{ name: 'a', status: 'GONE' }], startFailure: {} },
    ['portStatuses.0.status', 'startFailure.code', 'startFailure.message'],
  ),
  terminateInstance: { body: null, bad: { reason: REASON, color: 'red' }, paths: ['color', 'reason'] },
  workers: list,
  worker: read,
  registerWorker: creation({ ...workerInput('sample') }, { name: 'UPPER', portRange: { start: 1 } }, [
    'name',
    'portRange.end',
  ]),
  updateWorker: command({}, { excludedPorts: [0, 70_000], drainTimeoutHours: 49 }, [
    'drainTimeoutHours',
    'excludedPorts.0',
    'excludedPorts.1',
  ]),
  transitionWorker: command({ to: 'RUNNING' }, { to: 'AWAY', force: 'yes' }, ['force', 'to']),
  drainWorker: command({}, { reason: REASON }, ['reason']),
  cancelWorkerDrain: { body: null, bad: { reason: REASON, color: 'red' }, paths: ['color', 'reason'] },
  reportWorker: command({}, { telemetry: { cpuPercent: 101 }, endpointUrl: 'http://x' }, [
    'endpointUrl',
    'telemetry.cpuPercent',
    'telemetry.labs',
    'telemetry.memoryPercent',
    'telemetry.storagePercent',
  ]),
  templates: list,
  template: read,
  createTemplate: creation({ ...TEMPLATE }, { ...TEMPLATE, name: '', tags: [{ key: '' }] }, [
    'name',
    'tags.0.key',
    'tags.0.value',
  ]),
  updateTemplate: command({}, { name: 'other', costPerHourUsd: 0.00001 }, ['costPerHourUsd', 'name']),
  reloadTemplates: command({}),
  selectTemplate: {
    body: { definitionId: `def_${NOBODY}` },
    bad: { requirements: { cpuCores: 0 }, color: 'red' },
    paths: ['color', 'requirements.cpuCores', 'requirements.memoryGb', 'requirements.storageGb'],
  },
};
