/** What `docs/templates.md` says of the file, the outcomes and the selection is so. */
import { buildSchema, parse, validate, type GraphQLEnumType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { parseTemplateFile } from '../src/worker-templates/template-file.js';
import { templateFields } from '../src/worker-templates/template-fields.js';
import { needStated } from '../src/worker-templates/template-need.js';
import { rejectionReasons, selectFrom } from '../src/worker-templates/template-selection.js';
import {
  create,
  TEMPLATE_DEFAULTS,
  templateAggregate,
  LOAD_OUTCOMES,
  type TemplateFields,
} from '../src/worker-templates/template.js';
import { aggregateRun, at } from './support/aggregate-run.js';
import { codeBlocks, readDocument, tableRows } from './support/markdown.js';

const markdown = readDocument('docs/templates.md');
const schema = buildSchema(readDocument('schema.graphql'));
const blocks = (wanted: string) => codeBlocks(markdown).filter(({ language }) => language === wanted);

const table = (firstHeader: string) => tableRows(markdown, firstHeader);
const quoted = (cells: (string | undefined)[]) =>
  cells.flatMap((cell) => [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, text = '']) => text)).sort();
const valuesOf = (name: string) =>
  (schema.getType(name) as GraphQLEnumType)
    .getValues()
    .map((value) => value.name)
    .sort();

describe('the page on templates', () => {
  it('shows a file that loads and has every field', () => {
    const [text = ''] = blocks('yaml').map((block) => block.text);
    const [example] = parseTemplateFile(text, 'example.yaml');
    expect(example).toMatchObject({ name: 'evaluation-small', portRange: { start: 2000, end: 7999 } });
    const missing = Object.keys(templateFields).filter((field) => !text.includes(`    ${field}:`));
    expect(missing).toEqual(['name']);
  });

  it('lists every field, and which of them are required', () => {
    const rows = table('Field');
    expect(quoted(rows.map(([field]) => field))).toEqual(Object.keys(templateFields).sort());
    const required = rows.filter(([, absent]) => absent === 'required').map(([field]) => field);
    const withoutDefault = Object.keys(templateFields).filter((field) => !(field in TEMPLATE_DEFAULTS));
    expect(quoted(required)).toEqual(withoutDefault.sort());
  });

  it('lists every outcome and every reason', () => {
    expect(quoted(table('Stored template').map((row) => row[2]))).toEqual([...LOAD_OUTCOMES].sort());
    expect(valuesOf('TemplateLoadOutcome')).toEqual([...LOAD_OUTCOMES].sort());
    expect(quoted(table('Reason').map(([kind]) => kind))).toEqual(valuesOf('TemplateReasonKind'));
  });

  it('asks the API for what it has', () => {
    const documents = blocks('graphql');
    expect(documents.flatMap(({ text }) => validate(schema, parse(text)))).toEqual([]);
    expect(documents).toHaveLength(2);
  });

  it('tells a selection as the program makes it', () => {
    const templates = table('Template').map(([name, licence, room = '', cost]) => {
      const [cpuCores, memoryGb, storageGb, nodes] = room.split(', ').map(Number);
      const fields = {
        ...structuredClone(TEMPLATE_DEFAULTS),
        name: quoted([name])[0],
        instanceType: 'm5zn.metal',
        licenseType: licence,
        amiPattern: '*',
        capacity: { cpuCores, memoryGb, storageGb, nodes },
        costPerHourUsd: cost === 'unknown' ? null : Number(cost),
      } as TemplateFields;
      return aggregateRun(templateAggregate, `tpl_${fields.name}`).commit(create(fields), at(0));
    });
    const need = { ...needStated({ cpuCores: 3, memoryGb: 5, storageGb: 50, nodeCount: 2 }), region: null };
    const { chosen, others, rejected } = selectFrom(templates, need);
    expect([chosen, ...others].map(({ template }) => template.name)).toEqual([
      'standard',
      'large',
      'unpriced',
    ]);
    expect(rejected.map(({ template }) => template.name)).toEqual(['tiny']);
    expect(templates.map((template) => rejectionReasons(template, need).map(({ kind }) => kind))).toEqual([
      ...[[], [], []],
      ['CPU_CORES'],
    ]);
  });
});
