/**
 * Shows that the tests find what they are there to find: plants one fault after the other in a copy of the tree and
 * runs the test that has to fail. Ends with 1 where a fault is not found, is no longer where it was, or a test fails
 * without it.
 *
 *   tsx scripts/test-planted.ts [WORD...]      only faults whose name holds one of the words
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PLANTED, type Edit, type PlantedBug } from '../tests/planted/bugs.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TEST_MS = 240_000;

interface TestRun {
  readonly passed: number;
  readonly failed: number;
}

function main(words: readonly string[]): number {
  const bugs = PLANTED.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  const moved = bugs.filter((bug) => placeOf(bug) === null);
  for (const { name } of moved) console.error(`NOT THERE: "${name}" matches no place exactly once`);
  if (moved.length > 0 || bugs.length === 0) return 1;
  const copy = copyTree();
  try {
    const found = bugs.map((bug) => isFound(copy, bug));
    const missed = found.filter((each) => !each).length;
    console.log(`${found.length} faults planted, ${missed} not found`);
    return missed === 0 ? 0 : 1;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** The one place where the text is there exactly once; null where there is none, or more than one. */
function placeOf({ places }: PlantedBug): Edit | null {
  const there = places.filter(({ file, find }) => {
    const path = join(ROOT, file);
    return existsSync(path) && readFileSync(path, 'utf8').split(find).length === 2;
  });
  return there.length === 1 ? (there[0] as Edit) : null;
}

/** Everything that git knows or would take, with the installed packages linked. */
function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'lablet-planted-'));
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const files = execFileSync('git', list, { cwd: ROOT, encoding: 'utf8' }).split('\0').filter(Boolean);
  for (const file of files) {
    // A folder of packages that is itself a link is no folder to git.
    if (file !== 'node_modules' && existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(copy, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function isFound(copy: string, bug: PlantedBug): boolean {
  const { name, test } = bug;
  const { file, find, put } = placeOf(bug) as Edit;
  const sound = run(copy, bug);
  const path = join(copy, file);
  const before = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    before.replace(find, () => put),
  );
  const planted = run(copy, bug);
  writeFileSync(path, before);
  const found = sound.passed > 0 && sound.failed === 0 && planted.failed > 0;
  const verdict = found ? 'found    ' : 'NOT FOUND';
  const tests = `${sound.passed} passed, ${sound.failed} failed without it; ${planted.failed} failed with it`;
  console.log(`${verdict}  ${name} (${dirname(file)})\n           ${test}: ${tests}`);
  return found;
}

/** A run that ends without results, as one that takes too long, counts neither way. */
function run(copy: string, { test, only }: PlantedBug): TestRun {
  const results = join(copy, 'planted-results.json');
  rmSync(results, { force: true });
  const name = only === undefined ? [] : ['-t', only];
  const report = ['--reporter=json', `--outputFile.json=${results}`];
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  spawnSync(process.execPath, [vitest, 'run', test, ...name, ...report], {
    cwd: copy,
    stdio: 'ignore',
    timeout: TEST_MS,
    killSignal: 'SIGKILL',
  });
  if (!existsSync(results)) return { passed: 0, failed: 0 };
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(results, 'utf8')) as Record<
    string,
    number
  >;
  return { passed: numPassedTests ?? 0, failed: numFailedTests ?? 0 };
}

process.exitCode = main(process.argv.slice(2));
