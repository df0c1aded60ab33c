import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  CreateTemplateInput,
  LabletClient,
  TemplateReportFieldsFragment,
} from '../../src/client/index.js';
import { TemplateByNameDocument } from '../../src/client/index.js';
import { required } from './story.js';

/** A file of worker templates of a test's own, and the setting that names it. */
export function templateFile(...entries: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'lablet-kinds-'));
  const path = join(folder, 'kinds.yaml');
  const write = (...list: string[]): void =>
    writeFileSync(path, `version: 1\ntemplates:${list.length > 0 ? '\n' : ' []\n'}${list.join('')}`);
  write(...entries);
  return {
    path,
    write,
    env: { WORKER_TEMPLATES_PATH: path },
    /** An empty folder in which the file was. */
    lose: () => rmSync(path),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** An entry, one line of the file for each of five; `more` is a line of its own. The first begins in line 3. */
export function entry(name: string, more = 'enabled: true'): string {
  return [
    `  - name: ${name}`,
    `    instanceType: m5zn.metal`,
    `    licenseType: PERSONAL`,
    `    amiPattern: 'CML-*'`,
    `    capacity: {cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20}`,
    `    ${more}`,
    '',
  ].join('\n');
}

/** What `entry` says, as a person would send it. */
export function templateInput(name: string, more: Partial<CreateTemplateInput> = {}): CreateTemplateInput {
  return {
    name,
    instanceType: 'm5zn.metal',
    licenseType: 'PERSONAL',
    amiPattern: 'CML-*',
    capacity: { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 },
    ...more,
  };
}

export async function templateNamed(client: LabletClient, name: string) {
  return required((await client.request(TemplateByNameDocument, { name })).templateByName);
}

/** `name OUTCOME` of every template of a report. */
export function outcomesOf(report: Pick<TemplateReportFieldsFragment, 'templates'>): string[] {
  return report.templates.map(({ name, outcome }) => `${name} ${outcome}`);
}
