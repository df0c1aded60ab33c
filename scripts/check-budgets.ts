/**
 * Measures the source against the budgets for its size and prints a table. Ends with 1 where a budget is broken.
 *
 *   tsx scripts/check-budgets.ts [FOLDER]      the folder that holds src/ and tests/; the current one by default
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const MEDIAN_LINES = 60;
const USUAL_LINES = 250;
const USUAL_SHARE = 0.95;
const MOST_LINES = 400;
const OPERATION_LINES = 80;

const GENERATED = ['src/client/generated.ts'];
const OPERATION = /^export const \w+ = (?:command|query|subscription)\(/m;

interface SourceFile {
  readonly path: string;
  readonly lines: number;
  /** Lines that are not empty. */
  readonly written: number;
  /** Lines that hold nothing but a comment, or a part of one. */
  readonly comments: number;
  readonly isOperation: boolean;
}

type Verdict = 'ok' | 'warning' | 'BROKEN';

interface Budget {
  readonly name: string;
  readonly measured: string;
  readonly budget: string;
  readonly verdict: Verdict;
  /** The files that break it, longest first. */
  readonly offenders?: readonly SourceFile[];
}

function main(root: string): number {
  const files = ['src', 'tests'].flatMap((folder) => list(root, folder));
  const isTest = (path: string): boolean => path.startsWith('tests/') || /\.test\.tsx?$/.test(path);
  const sources = files.filter((path) => !isTest(path) && !GENERATED.includes(path));
  if (sources.length === 0) throw new Error(`${root} holds no source files`);
  const testLines = total(
    files.filter(isTest).map((path) => measure(root, path)),
    'lines',
  );
  const budgets = assess(
    sources.map((path) => measure(root, path)),
    testLines,
  );
  print(budgets);
  return budgets.some(({ verdict }) => verdict === 'BROKEN') ? 1 : 0;
}

function list(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'))
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .sort();
}

function measure(root: string, path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const written = lines.filter((line) => line.trim() !== '').length;
  return {
    path,
    lines: lines.length,
    written,
    comments: commentLines(path, text),
    isOperation: OPERATION.test(text),
  };
}

function commentLines(path: string, text: string): number {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const starts = new Map<number, number>();
  const visit = (node: ts.Node): void => {
    for (const range of ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []) {
      starts.set(range.pos, range.end);
    }
    node.getChildren(source).forEach(visit);
  };
  visit(source);
  let count = 0;
  for (const [start, end] of starts) {
    const lineStart = text.lastIndexOf('\n', start - 1) + 1;
    if (text.slice(lineStart, start).trim() === '') count += text.slice(start, end).split('\n').length;
  }
  return count;
}

function total(files: readonly SourceFile[], what: 'lines' | 'written' | 'comments'): number {
  return files.reduce((sum, file) => sum + file[what], 0);
}

function assess(sources: readonly SourceFile[], testLines: number): Budget[] {
  const lengths = sources.map(({ lines }) => lines).sort((a, b) => a - b);
  const median = lengths[Math.floor(lengths.length / 2)] ?? 0;
  const usual = sources.filter(({ lines }) => lines < USUAL_LINES).length / sources.length;
  const operations = sources.filter(({ isOperation }) => isOperation);
  const comments = total(sources, 'comments') / total(sources, 'written');
  const tests = testLines / total(sources, 'lines');
  return [
    {
      name: 'median length of a file',
      measured: String(median),
      budget: `about ${String(MEDIAN_LINES)} lines`,
      verdict: median > MEDIAN_LINES * 1.5 ? 'warning' : 'ok',
    },
    {
      name: `files under ${String(USUAL_LINES)} lines`,
      measured: percent(usual),
      budget: `at least ${percent(USUAL_SHARE)}`,
      verdict: usual < USUAL_SHARE ? 'BROKEN' : 'ok',
      offenders: longer(sources, USUAL_LINES - 1),
    },
    atMost('longest file', sources, MOST_LINES),
    atMost('longest operation', operations, OPERATION_LINES),
    {
      name: 'comment lines',
      measured: percent(comments),
      budget: '5 to 15 %, never outside 3 to 25 %',
      verdict: within(comments, [0.05, 0.15], [0.03, 0.25]),
    },
    {
      name: 'test lines for a source line',
      measured: tests.toFixed(2),
      budget: '0.7 to 1.5, never outside 0.5 to 2.5',
      verdict: within(tests, [0.7, 1.5], [0.5, 2.5]),
    },
  ];
}

function atMost(name: string, files: readonly SourceFile[], limit: number): Budget {
  const offenders = longer(files, limit);
  const longest = Math.max(0, ...files.map(({ lines }) => lines));
  const verdict = offenders.length > 0 ? 'BROKEN' : 'ok';
  return { name, measured: String(longest), budget: `at most ${String(limit)} lines`, verdict, offenders };
}

function longer(files: readonly SourceFile[], limit: number): SourceFile[] {
  return files.filter(({ lines }) => lines > limit).sort((a, b) => b.lines - a.lines);
}

function within(value: number, wanted: readonly [number, number], hard: readonly [number, number]): Verdict {
  const inside = ([low, high]: readonly [number, number]): boolean => value >= low && value <= high;
  if (inside(wanted)) return 'ok';
  return inside(hard) ? 'warning' : 'BROKEN';
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function print(budgets: readonly Budget[]): void {
  for (const { name, measured, budget, verdict, offenders } of budgets) {
    console.log(`${name.padEnd(30)}${measured.padStart(8)}   ${budget.padEnd(38)}${verdict}`);
    for (const { path, lines } of offenders ?? []) console.log(`    ${String(lines).padStart(4)}  ${path}`);
  }
}

process.exitCode = main(process.argv[2] ?? process.cwd());
