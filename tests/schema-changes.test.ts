/** A change that breaks clients of the released schema fails the check, as does a deprecation that says too little. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSchema } from 'graphql';
import { afterAll, describe, expect, it } from 'vitest';
import { compareSchemas, deprecationFaults } from '../scripts/schema-changes.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const released = readFileSync(join(root, 'docs/released/schema.graphql'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'lablet-schema-'));

afterAll(() => rmSync(folder, { recursive: true }));

/** Breaking changes of the released schema when one piece of its text is another. */
async function breaks(piece: string | RegExp, other: string): Promise<string[]> {
  const changed = released.replace(piece, other);
  expect(changed).not.toBe(released);
  return (await compareSchemas(buildSchema(released), buildSchema(changed))).breaking;
}

it('the schema breaks nothing that was released', async () => {
  const schema = buildSchema(readFileSync(join(root, 'schema.graphql'), 'utf8'));
  expect((await compareSchemas(buildSchema(released), schema)).breaking).toEqual([]);
  expect(deprecationFaults(schema)).toEqual([]);
});

describe('a client breaks', () => {
  it.each([
    ['when a field has another name', /^ {2}deprecatedBy: String$/m, '  endedBy: String'],
    ['when an operation has another name', /^ {2}viewer: .*$/m, '  caller: Viewer'],
    ['when an answer may be null', /^ {2}labYamlHash: String!$/m, '  labYamlHash: String'],
    ['when the type of a field changes', /^ {2}nodeCount: Int/m, '  nodeCount: String'],
    ['when a value of an enum goes away', /^ {2}ARCHIVED$/m, '  SHELVED'],
    ['when an input field is needed', /(^input DeprecateDefinitionInput \{)/m, '$1\n  urgency: Int!'],
    ['when an argument is needed', /^ {2}inspectLabYaml\(/m, '  inspectLabYaml(\n    strict: Boolean!'],
  ])('%s', async (_, piece, other) => {
    expect(await breaks(piece, other)).not.toEqual([]);
  });
});

describe('no client breaks', () => {
  it.each([
    ['when a field is added', /(^type LabletInstance [^{]*\{)/m, '$1\n  colour: String'],
    [
      'when an input field is added that may be absent',
      /(^input DeprecateDefinitionInput \{)/m,
      '$1\n  urgency: Int',
    ],
    ['when a description changes', 'When it was deprecated.', 'The time at which it was deprecated.'],
    [
      'when a field is deprecated',
      /^ {2}deprecatedBy: String$/m,
      '  deprecatedBy: String @deprecated(reason: "x")',
    ],
  ])('%s', async (_, piece, other) => {
    expect(await breaks(piece, other)).toEqual([]);
  });
});

describe('what is deprecated', () => {
  const FULL = 'Use `owner` instead. Goes away on 2027-06-30.';
  const faultsOf = (reason: string) => {
    const mark = `@deprecated(reason: "${reason}")`;
    return deprecationFaults(
      buildSchema(`
        type Query { a(old: Int ${mark}): Int b: Int ${mark} }
        input I { c: Int ${mark} }
        enum E { D ${mark} }
      `),
    ).map((fault) => fault.split(' ')[0] ?? '');
  };

  it('names its replacement and the day it goes away', () => {
    expect(faultsOf(FULL)).toEqual([]);
  });

  it.each([
    'No longer supported',
    'Use `owner` instead.',
    'Goes away on 2027-06-30.',
    'Use `owner`, from 2027-02-31 on.',
  ])('and says only "%s" is found, wherever it is', (reason) => {
    expect(faultsOf(reason).sort()).toEqual(['E.D', 'I.c', 'Query.a(old:)', 'Query.b']);
  });
});

it('the check ends with 1 and names what breaks', () => {
  const changed = join(folder, 'schema.graphql');
  writeFileSync(changed, released.replace(/^ {2}deprecatedBy: String$/m, '  endedBy: String'));
  const check = (schema: string) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'scripts/check-released.ts', schema], {
      cwd: root,
      encoding: 'utf8',
    });
  const refused = check(changed);
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('deprecatedBy')]);
  expect(check('docs/released/schema.graphql').status).toBe(0);
}, 120_000);
