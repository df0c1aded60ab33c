/**
 * Generates again what is generated and committed, and compares. Ends with 1 where a committed file is stale; writes
 * nothing.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate, type CodegenConfig } from '@graphql-codegen/cli';
import { parse } from 'yaml';

interface Generated {
  readonly path: string;
  readonly text: string;
}

const folder = mkdtempSync(join(tmpdir(), 'lablet-generated-'));
try {
  const schema = join(folder, 'schema.graphql');
  run(['scripts/print-schema.ts', schema]);
  const openapi = join(folder, 'openapi.json');
  run(['scripts/print-openapi.ts', openapi]);
  const errors = join(folder, 'errors.md');
  run(['scripts/print-errors.ts', errors]);
  const files = [
    { path: 'schema.graphql', text: readFileSync(schema, 'utf8') },
    { path: 'openapi.json', text: readFileSync(openapi, 'utf8') },
    { path: 'docs/errors.md', text: readFileSync(errors, 'utf8') },
    ...(await client(schema)),
  ];
  const stale = files.map(difference).filter((line) => line !== null);
  for (const line of stale) console.error(line);
  if (stale.length > 0) {
    console.error('Run `npm run gen` and commit what it writes.');
    process.exitCode = 1;
  } else {
    console.log(`up to date: ${files.map(({ path }) => path).join(', ')}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}

function run(tsxArguments: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', ...tsxArguments], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`tsx ${tsxArguments.join(' ')} failed: ${stderr}`);
}

/** What codegen.yml generates from this schema. */
async function client(schema: string): Promise<Generated[]> {
  const config = { ...(parse(readFileSync('codegen.yml', 'utf8')) as CodegenConfig), schema, silent: true };
  const outputs = (await generate(config, false)) as { filename: string; content: string }[];
  return outputs.map(({ filename, content }) => ({ path: filename, text: content }));
}

/** One line on the first place where the committed file is not what was generated; null where they are the same. */
function difference({ path, text }: Generated): string | null {
  let committed: string;
  try {
    committed = readFileSync(path, 'utf8');
  } catch {
    return `${path} is missing`;
  }
  if (committed === text) return null;
  const [old, fresh] = [committed.split('\n'), text.split('\n')];
  const line = fresh.findIndex((content, index) => content !== old[index]);
  const at = line === -1 ? fresh.length : line;
  return `${path} is stale from line ${String(at + 1)}: it has ${quote(old[at])}, the code gives ${quote(fresh[at])}`;
}

function quote(line: string | undefined): string {
  return line === undefined ? 'no more lines' : JSON.stringify(line);
}
