import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isLabletError } from '../errors.js';
import { parseTemplateFile } from './template-file.js';

const shipped = readFileSync(new URL('../../config/worker-templates.yaml', import.meta.url), 'utf8');

const ENTRY = {
  name: 'a',
  instanceType: 'm5zn.metal',
  licenseType: 'PERSONAL',
  amiPattern: 'CML-*',
  capacity: '{cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20}',
};

/** An entry in block style, a field a line; undefined leaves a field out. */
function entry(fields: Record<string, string | undefined> = {}): string {
  const lines = Object.entries({ ...ENTRY, ...fields }).filter(([, value]) => value !== undefined);
  return lines
    .map(([field, value], index) => `${index === 0 ? '  - ' : '    '}${field}: ${value}\n`)
    .join('');
}

/** A file whose entries begin in line 3. */
const file = (...entries: string[]) => `version: 1\ntemplates:\n${entries.join('')}`;

const parse = (text: string) => parseTemplateFile(text, 'config/x.yaml');

function faultOf(text: string) {
  try {
    parse(text);
  } catch (error) {
    if (isLabletError(error, 'TEMPLATE_FILE_INVALID')) return error.details;
    throw error;
  }
  throw new Error('the file was accepted');
}

describe('the file that is shipped', () => {
  it('has two templates with defaults filled in', () => {
    const [personal, enterprise, ...others] = parse(shipped);
    expect(personal).toEqual({
      name: 'personal-standard',
      description: 'Bare metal for personal licences',
      instanceType: 'm5zn.metal',
      licenseType: 'PERSONAL',
      amiPattern: 'CML-2.9.*',
      capacity: { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 },
      regions: ['us-east-1', 'us-west-2'],
      portRange: { start: 2000, end: 9999 },
      excludedPorts: [9090],
      drainTimeoutHours: 4,
      startupTimeMinutes: 20,
      costPerHourUsd: 3.9641,
      tags: [
        { key: 'Environment', value: 'production' },
        { key: 'ManagedBy', value: 'ccm' },
      ],
      enabled: true,
    });
    expect(enterprise).toMatchObject({
      name: 'enterprise-large',
      drainTimeoutHours: 6,
      regions: ['us-east-1'],
    });
    expect(others).toEqual([]);
  });
});

describe('what an entry may say', () => {
  it('little: everything else has a default', () => {
    expect(parse(file(entry()))[0]).toMatchObject({
      description: '',
      regions: [],
      portRange: { start: 2000, end: 9999 },
      excludedPorts: [9090],
      drainTimeoutHours: 4,
      startupTimeMinutes: 20,
      costPerHourUsd: null,
      tags: [],
      enabled: true,
    });
  });

  it('every field', () => {
    const [template] = parse(
      file(
        entry({
          description: "' spaces are trimmed '",
          capacity: '{cpuCores: 1, memoryGb: 1, storageGb: 10}',
          regions: '[eu-west-1]',
          portRange: '{start: 1024, end: 65535}',
          excludedPorts: '[]',
          drainTimeoutHours: '48',
          startupTimeMinutes: '120',
          costPerHourUsd: '0',
          tags: "{Empty: '', 'Cost Center': '42'}",
          enabled: 'false',
        }),
      ),
    );
    expect(template).toMatchObject({
      description: 'spaces are trimmed',
      capacity: { nodes: null },
      portRange: { start: 1024, end: 65535 },
      excludedPorts: [],
      costPerHourUsd: 0,
      tags: [
        { key: 'Empty', value: '' },
        { key: 'Cost Center', value: '42' },
      ],
      enabled: false,
    });
  });

  it('gives each entry defaults of its own', () => {
    const [first, second] = parse(file(entry(), entry({ name: 'b' })));
    first?.excludedPorts.push(1);
    expect(second?.excludedPorts).toEqual([9090]);
  });

  it('shared values, by aliases', () => {
    const text = file(entry({ capacity: `&c ${ENTRY.capacity}` }), entry({ name: 'b', capacity: '*c' }));
    expect(parse(text)[1]?.capacity).toEqual({ cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 });
  });

  it('nothing at all: a file without templates', () => {
    expect(parse('version: 1\ntemplates: []\n')).toEqual([]);
  });
});

describe('what is wrong', () => {
  it.each<[Record<string, string | undefined>, string, string, number]>([
    [{ name: 'Wrong Name' }, 'name', 'WRONG_VALUE', 3],
    [{ licenseType: 'STUDENT' }, 'licenseType', 'WRONG_VALUE', 5],
    [{ licenseType: undefined }, 'licenseType', 'REQUIRED', 3],
    [{ capacity: undefined }, 'capacity', 'REQUIRED', 3],
    [{ capacity: '{cpuCores: 0, memoryGb: 192, storageGb: 500}' }, 'capacity.cpuCores', 'WRONG_VALUE', 7],
    [{ capacity: '{cpuCores: 4097, memoryGb: 1, storageGb: 10}' }, 'capacity.cpuCores', 'WRONG_VALUE', 7],
    [{ capacity: '{cpuCores: 1.5, memoryGb: 1, storageGb: 10}' }, 'capacity.cpuCores', 'WRONG_VALUE', 7],
    [{ capacity: '{cpuCores: "1", memoryGb: 1, storageGb: 10}' }, 'capacity.cpuCores', 'WRONG_VALUE', 7],
    [{ capacity: '\n      cpuCores: 1\n      memoryGb: 1' }, 'capacity.storageGb', 'REQUIRED', 7],
    [
      { capacity: '\n      cpuCores: 1\n      disk: 1\n      memoryGb: 1\n      storageGb: 10' },
      'capacity.disk',
      'UNKNOWN_FIELD',
      9,
    ],
    [{ color: 'red' }, 'color', 'UNKNOWN_FIELD', 8],
    [{ portRange: '{start: 80, end: 9999}' }, 'portRange', 'WRONG_VALUE', 8],
    [{ portRange: '{start: 9999, end: 2000}' }, 'portRange', 'WRONG_VALUE', 8],
    [{ excludedPorts: '[9090, 70000]' }, 'excludedPorts.1', 'WRONG_VALUE', 8],
    [{ regions: '[a, [b]]' }, 'regions.1', 'WRONG_VALUE', 8],
    [{ costPerHourUsd: '1.23456' }, 'costPerHourUsd', 'WRONG_VALUE', 8],
    [{ costPerHourUsd: '-1' }, 'costPerHourUsd', 'WRONG_VALUE', 8],
    [{ costPerHourUsd: '.inf' }, 'costPerHourUsd', 'WRONG_VALUE', 8],
    [{ description: '' }, 'description', 'WRONG_VALUE', 8],
    [{ tags: '{CostCenter: 42}' }, 'tags.CostCenter', 'WRONG_VALUE', 8],
    [{ tags: "{'': x}" }, 'tags.', 'WRONG_VALUE', 8],
    [{ tags: `{${Array.from({ length: 21 }, (_, i) => `k${i}: x`).join(', ')}}` }, 'tags', 'WRONG_VALUE', 8],
    [{ enabled: 'yes' }, 'enabled', 'WRONG_VALUE', 8],
    [{ drainTimeoutHours: '49' }, 'drainTimeoutHours', 'WRONG_VALUE', 8],
    [{ startupTimeMinutes: '0' }, 'startupTimeMinutes', 'WRONG_VALUE', 8],
  ])('%j', (fields, field, rule, line) => {
    const name = fields['name'] ?? 'a';
    expect(faultOf(file(entry(fields)))).toEqual({ file: 'config/x.yaml', entry: name, field, rule, line });
  });

  it.each([
    ['', null, null, 'WRONG_VALUE', 1],
    ['[]', null, null, 'WRONG_VALUE', 1],
    ['templates: []', null, 'version', 'REQUIRED', 1],
    ['version: 2\ntemplates: []', null, 'version', 'WRONG_VALUE', 1],
    ['version: 1', null, 'templates', 'REQUIRED', 1],
    ['version: 1\ntemplates: 5', null, 'templates', 'WRONG_VALUE', 2],
    ['version: 1\ntemplates: []\nextra: 1', null, 'extra', 'UNKNOWN_FIELD', 3],
    [file('  - 5\n'), '#1', null, 'WRONG_VALUE', 3],
    [file(entry(), entry({ name: undefined })), '#2', 'name', 'REQUIRED', 8],
    [file(entry(), entry({ name: '5' })), '#2', 'name', 'WRONG_VALUE', 8],
    [file(entry(), entry({ name: 'b' }), entry()), 'a', 'name', 'NAME_REPEATED', 13],
    [file(entry(), entry({ name: "' a '" })), ' a ', 'name', 'NAME_REPEATED', 8],
    [file(entry({ capacity: `&c {cpuCores: 1}` })), 'a', 'capacity.memoryGb', 'REQUIRED', 7],
    [
      `base: &b {cpuCores: 0, memoryGb: 1, storageGb: 10}\n${file(entry({ capacity: '*b' }))}`,
      'a',
      'capacity.cpuCores',
      'WRONG_VALUE',
      1,
    ],
  ])('%j', (text, entryName, field, rule, line) => {
    expect(faultOf(text)).toEqual({ file: 'config/x.yaml', entry: entryName, field, rule, line });
  });

  it.each([
    [file(entry({ regions: '[a' })), 'SYNTAX', null, null, 9],
    [file(entry()) + '---\nversion: 1\n', 'SYNTAX', null, null, 8],
    [file(entry({ description: '!secret x' })), 'SYNTAX', 'a', null, 8],
    [file(entry({ description: 'x', capacity: '*missing' })), 'SYNTAX', null, null, null],
    [
      file(entry(), `${entry({ name: 'b' })}    licenseType: PERSONAL\n`),
      'DUPLICATE_KEY',
      'b',
      'licenseType',
      13,
    ],
    [file(`${entry({ name: undefined })}    amiPattern: x\n`), 'DUPLICATE_KEY', '#1', 'amiPattern', 7],
    ['version: 1\nversion: 1\n', 'DUPLICATE_KEY', null, 'version', 2],
    ['- {a: 1, a: 2}', 'DUPLICATE_KEY', null, 'a', 1],
    ["version: 1\ntemplates: [[{'?': 1, '?': 2}]]", 'DUPLICATE_KEY', '#1', null, 2],
  ])('%j', (text, rule, entryName, field, line) => {
    expect(faultOf(text)).toEqual({ file: 'config/x.yaml', entry: entryName, field, rule, line });
  });

  it('names the first of several faults and reads nothing', () => {
    const text = file(
      entry({ color: 'red' }),
      entry({ licenseType: 'STUDENT' }),
      entry({ name: 'c', enabled: '1' }),
    );
    expect(faultOf(text)).toMatchObject({ entry: 'a', field: 'color', line: 8 });
    expect(() => parse(text)).toThrow(
      'The worker template file is broken (config/x.yaml, entry a, field color, line 8): there is no such field',
    );
  });

  it('refuses aliases that expand without bound', () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]\n`,
    );
    expect(faultOf(`a0: &a0 [x]\n${levels.join('')}`)).toMatchObject({ rule: 'SYNTAX', line: null });
  });
});
