/**
 * Inputs that break every rule a single field can break, and the paths of the faults in order. MARK stands in
 * every wrong text, so that a test sees when a value is echoed.
 */
export const MARK = 'zq7-secret';

const wrong = (text: string): string => `${text}${MARK}`;

export interface BadInput {
  readonly name: string;
  readonly mutation:
    | 'createDefinition'
    | 'createDefinitionVersion'
    | 'deprecateDefinition'
    | 'archiveDefinition'
    | 'syncDefinition'
    | 'createInstance'
    | 'transitionInstance'
    | 'registerWorker';
  readonly input: unknown;
  readonly paths: readonly string[];
}

const NO_DEFINITION = `def_${'0'.repeat(26)}`;
const ENOUGH = { cpuCores: 1, memoryGb: 1, storageGb: 1 };
const DEFINITION = {
  name: 'Broken',
  version: '1.0.0',
  labArtifactUri: 'file:///labs/x.yaml',
  resourceRequirements: ENOUGH,
};
const WORKER = { name: 'broken', region: 'eu', instanceType: 'm5', licenseType: 'PERSONAL' };
const ROOM = { cpuCores: 1, memoryGb: 1, storageGb: 10 };

export const BAD_INPUTS: readonly BadInput[] = [
  {
    name: 'a definition of which nothing is given',
    mutation: 'createDefinition',
    input: {},
    paths: ['labArtifactUri', 'name', 'resourceRequirements', 'version'],
  },
  {
    name: 'a definition with null where a value is required',
    mutation: 'createDefinition',
    input: { name: null, version: null, labArtifactUri: null, resourceRequirements: null },
    paths: ['labArtifactUri', 'name', 'resourceRequirements', 'version'],
  },
  {
    name: 'a definition with every field out of its range',
    mutation: 'createDefinition',
    input: {
      name: wrong('/'),
      version: wrong('v1.0.0'),
      labArtifactUri: wrong('ftp://host/'),
      resourceRequirements: { cpuCores: 0, memoryGb: 257, storageGb: 1001, amiRequirements: [{}] },
      licenseAffinity: [],
      nodeCount: 501,
      portTemplate: [{ name: wrong('UPPER') }, { name: 'ok', line: 100, insidePort: 0 }],
      gradingRulesUri: wrong('file:///'),
      maxDurationMinutes: 481,
      warmPoolDepth: 11,
      ownerNotification: { email: wrong('nobody') },
      idempotencyKey: 'x'.repeat(65),
    },
    paths: [
      'gradingRulesUri',
      'idempotencyKey',
      'labArtifactUri',
      'licenseAffinity',
      'maxDurationMinutes',
      'name',
      'nodeCount',
      'ownerNotification.email',
      'portTemplate.0.name',
      'portTemplate.1.insidePort',
      'portTemplate.1.line',
      'resourceRequirements.amiRequirements.0',
      'resourceRequirements.cpuCores',
      'resourceRequirements.memoryGb',
      'resourceRequirements.storageGb',
      'version',
      'warmPoolDepth',
    ],
  },
  {
    name: 'a definition with every field of another type',
    mutation: 'createDefinition',
    input: {
      name: [wrong('')],
      version: 1.5,
      labArtifactUri: { at: wrong('') },
      resourceRequirements: { cpuCores: wrong('1'), memoryGb: 1.5, storageGb: 1, nestedVirt: wrong('') },
      licenseAffinity: [wrong('')],
      portTemplate: [{ name: 'a', protocol: wrong('SCTP'), kind: wrong('X') }],
      extractTopology: wrong('yes'),
    },
    paths: [
      'extractTopology',
      'labArtifactUri',
      'licenseAffinity.0',
      'name',
      'portTemplate.0.kind',
      'portTemplate.0.protocol',
      'resourceRequirements.cpuCores',
      'resourceRequirements.memoryGb',
      'resourceRequirements.nestedVirt',
      'version',
    ],
  },
  {
    name: 'fields that are not there, at every depth',
    mutation: 'createDefinition',
    input: {
      ...DEFINITION,
      ownerId: wrong(''),
      status: wrong(''),
      resourceRequirements: { ...ENOUGH, gpus: wrong('') },
      portTemplate: [{ name: 'a', number: wrong('') }],
    },
    paths: ['ownerId', 'portTemplate.0.number', 'resourceRequirements.gpus', 'status'],
  },
  {
    name: 'ports that contradict each other, and more nodes than any licence allows',
    mutation: 'createDefinition',
    input: {
      ...DEFINITION,
      licenseAffinity: ['EVALUATION'],
      nodeCount: 6,
      portTemplate: [
        { name: 'a', kind: 'SERIAL', protocol: 'UDP' },
        { name: 'a', kind: 'PAT', nodeLabel: 'r1' },
        { name: 'b', kind: 'VNC', nodeLabel: 'r1' },
        { name: 'c', kind: 'VNC', nodeLabel: 'r1' },
        { name: 'd', line: 3 },
      ],
    },
    paths: [
      'nodeCount',
      'portTemplate.0.nodeLabel',
      'portTemplate.0.protocol',
      'portTemplate.1.insidePort',
      'portTemplate.1.name',
      'portTemplate.3.nodeLabel',
      'portTemplate.4.line',
    ],
  },
  {
    name: 'a wrong name together with ports that contradict each other',
    mutation: 'createDefinition',
    input: { ...DEFINITION, name: wrong('/'), portTemplate: [{ name: 'a' }, { name: 'a' }] },
    paths: ['name', 'portTemplate.1.name'],
  },
  {
    name: 'rules between fields together with a missing, an unknown and a wrong one',
    mutation: 'createDefinition',
    input: {
      ...DEFINITION,
      name: null,
      colour: wrong(''),
      licenseAffinity: ['EVALUATION'],
      nodeCount: 6,
      resourceRequirements: { ...ENOUGH, cpuCores: 0 },
      portTemplate: [
        { name: 'a', protocol: wrong('SCTP') },
        { name: 'b' },
        { name: 'b' },
        { name: 'c', line: 3 },
      ],
    },
    paths: [
      'colour',
      'name',
      'nodeCount',
      'portTemplate.0.protocol',
      'portTemplate.2.name',
      'portTemplate.3.line',
      'resourceRequirements.cpuCores',
    ],
  },
  {
    name: 'texts with control characters, which a parser of addresses would drop',
    mutation: 'createDefinition',
    input: {
      ...DEFINITION,
      labArtifactUri: `https://host/\n${MARK}`,
      gradingRulesUri: `https://host/\t${MARK}`,
      ownerNotification: { email: `labs@example.org\r\n${MARK}`, webhookUrl: `https://host/\r\n${MARK}` },
      portTemplate: [{ name: 'a', description: `a\n${MARK}` }],
    },
    paths: [
      'gradingRulesUri',
      'labArtifactUri',
      'ownerNotification.email',
      'ownerNotification.webhookUrl',
      'portTemplate.0.description',
    ],
  },
  {
    name: 'a version of which nothing is given',
    mutation: 'createDefinitionVersion',
    input: {},
    paths: ['fromId', 'version'],
  },
  {
    name: 'a version with null where nothing can be cleared, together with other faults',
    mutation: 'createDefinitionVersion',
    input: {
      ...{ fromId: NO_DEFINITION, version: wrong('1.0'), name: wrong('') },
      ...{ labArtifactUri: null, resourceRequirements: null, licenseAffinity: null, nodeCount: null },
      ...{ portTemplate: null, maxDurationMinutes: null, warmPoolDepth: 11, gradingRulesUri: null },
    },
    paths: [
      ...['labArtifactUri', 'licenseAffinity', 'maxDurationMinutes', 'name', 'nodeCount', 'portTemplate'],
      ...['resourceRequirements', 'version', 'warmPoolDepth'],
    ],
  },
  {
    name: 'a version with every field out of its range, and ports that contradict each other',
    mutation: 'createDefinitionVersion',
    input: {
      fromId: wrong('def_'),
      version: wrong('v1.0.0'),
      labArtifactUri: wrong('ftp://host/'),
      resourceRequirements: { cpuCores: 65, memoryGb: 0, storageGb: 0, nestedVirt: null },
      licenseAffinity: ['EVALUATION'],
      nodeCount: 6,
      portTemplate: [{ name: 'a' }, { name: 'a' }, { name: 'b', kind: 'PAT' }],
      gradingRulesUri: wrong('http://host/'),
      maxDurationMinutes: 0,
      ownerNotification: {},
    },
    paths: [
      ...['fromId', 'gradingRulesUri', 'labArtifactUri', 'maxDurationMinutes', 'nodeCount'],
      ...['ownerNotification', 'portTemplate.1.name', 'portTemplate.2.insidePort'],
      ...['portTemplate.2.nodeLabel', 'resourceRequirements.cpuCores', 'resourceRequirements.memoryGb'],
      ...['resourceRequirements.storageGb', 'version'],
    ],
  },
  {
    name: 'a version whose topology is given and read as well',
    mutation: 'createDefinitionVersion',
    input: {
      fromId: NO_DEFINITION,
      version: '1.0.0',
      extractTopology: true,
      nodeCount: 1,
      portTemplate: [],
    },
    paths: ['nodeCount', 'portTemplate'],
  },
  {
    name: 'a deprecation without a reason, of and by what is no id',
    mutation: 'deprecateDefinition',
    input: { id: wrong('ins_'), replacementId: wrong('x'), expectedRevision: 0, status: wrong('') },
    paths: ['expectedRevision', 'id', 'reason', 'replacementId', 'status'],
  },
  {
    name: 'a deprecation with a reason that is blank',
    mutation: 'deprecateDefinition',
    input: { id: NO_DEFINITION, reason: ' \u00a0 ' },
    paths: ['reason'],
  },
  {
    name: 'a deprecation with a reason that is too long',
    mutation: 'deprecateDefinition',
    input: { id: NO_DEFINITION, reason: 'x'.repeat(501), idempotencyKey: '' },
    paths: ['idempotencyKey', 'reason'],
  },
  {
    name: 'an archiving of nothing',
    mutation: 'archiveDefinition',
    input: { reason: wrong('') },
    paths: ['id', 'reason'],
  },
  {
    name: 'a sync of what is no id',
    mutation: 'syncDefinition',
    input: { id: wrong('tpl_'), expectedRevision: 1.5, force: wrong('') },
    paths: ['expectedRevision', 'force', 'id'],
  },
  {
    name: 'a topology that is given and read as well',
    mutation: 'createDefinition',
    input: { ...DEFINITION, extractTopology: true, nodeCount: 1, portTemplate: [] },
    paths: ['nodeCount', 'portTemplate'],
  },
  {
    name: 'an instance of nothing',
    mutation: 'createInstance',
    input: {},
    paths: ['definitionId'],
  },
  {
    name: 'an instance with times without offset and a malformed id',
    mutation: 'createInstance',
    input: {
      definitionId: wrong('def_'),
      timeslotStart: '2027-01-01T00:00:00',
      timeslotEnd: wrong('tomorrow'),
      reservationId: '',
      ownerId: '',
      state: wrong('RUNNING'),
    },
    paths: ['definitionId', 'ownerId', 'reservationId', 'state', 'timeslotEnd', 'timeslotStart'],
  },
  {
    name: 'an instance of two definitions',
    mutation: 'createInstance',
    input: { definitionId: `def_${'0'.repeat(26)}`, definitionName: 'Other', definitionVersion: '1.0.0' },
    paths: ['definitionId', 'definitionVersion'],
  },
  {
    name: 'a text with control characters',
    mutation: 'createInstance',
    input: { definitionName: 'Lab', reservationId: `a\u0000b${MARK}`, ownerId: `a\u001b[31m${MARK}` },
    paths: ['ownerId', 'reservationId'],
  },
  {
    name: 'a text with halves of surrogate pairs',
    mutation: 'createInstance',
    input: { definitionName: 'Lab', reservationId: `a\ud800${MARK}`, idempotencyKey: `\udc00${MARK}` },
    paths: ['idempotencyKey', 'reservationId'],
  },
  {
    name: 'a lab id with a state that does not keep it',
    mutation: 'transitionInstance',
    input: { id: `ins_${'0'.repeat(26)}`, to: 'INSTANTIATING', cmlLabId: MARK },
    paths: ['cmlLabId'],
  },
  {
    name: 'a worker of which only the name is given',
    mutation: 'registerWorker',
    input: { name: 'broken' },
    paths: ['declaredCapacity', 'instanceType', 'licenseType', 'region'],
  },
  {
    name: 'a worker with every field out of its range',
    mutation: 'registerWorker',
    input: {
      ...WORKER,
      name: wrong('Upper_'),
      licenseType: wrong('FREE'),
      declaredCapacity: { cpuCores: 0, memoryGb: 65_537, storageGb: 9, nodes: 0 },
      portRange: { start: 0, end: 65_536 },
      excludedPorts: [70_000],
      drainTimeoutHours: 49,
      endpointUrl: wrong('http://plain/'),
      status: wrong('RUNNING'),
    },
    paths: [
      'declaredCapacity.cpuCores',
      'declaredCapacity.memoryGb',
      'declaredCapacity.nodes',
      'declaredCapacity.storageGb',
      'drainTimeoutHours',
      'endpointUrl',
      'excludedPorts.0',
      'licenseType',
      'name',
      'portRange.end',
      'portRange.start',
      'status',
    ],
  },
  {
    name: 'a worker of a template that is not there',
    mutation: 'registerWorker',
    input: { ...WORKER, declaredCapacity: ROOM, templateName: 'nothing' },
    paths: ['templateName'],
  },
];
