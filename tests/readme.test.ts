/**
 * What the README tells a newcomer to paste works, and prints what it says: bash runs every block of the first lab run,
 * in order, against a real server.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeBlocks, readDocument } from './support/markdown.js';
import { startTestServer, type TestServer } from './support/server.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const MARK = '=== next block ===';

interface Step {
  readonly title: string;
  readonly script: string;
  /** What the document says that the script prints; empty where it says nothing. */
  readonly promised: string;
}

/** Each block of bash below the heading, with the block of text that follows it. */
function stepsBelow(heading: string): Step[] {
  const blocks = codeBlocks(readDocument('README.md')).filter(({ headings }) => headings.includes(heading));
  return blocks.flatMap(({ language, headings, text: script }, index) => {
    if (language !== 'bash') return [];
    const next = blocks[index + 1];
    const promised = next?.language === 'text' ? next.text : '';
    return [{ title: headings.at(-1) ?? '', script, promised }];
  });
}

/** Ids differ from run to run. */
function withoutIds(text: string): string {
  return text.trim().replaceAll(/\b(def|ins|wrk|tpl)_[0-9A-Z]{26}\b/g, '$1_…');
}

describe('the first lab run of the README', () => {
  const steps = stepsBelow('Your first lab run');
  let server: TestServer;
  let printed: string[];

  beforeAll(async () => {
    // The command line is the built program, as `npm ci` leaves it.
    expect(existsSync(`${root}dist/main.js`), 'dist/main.js is there; npm run build makes it').toBe(true);
    server = await startTestServer();
    const script = steps.map((step) => step.script).join(`\necho '${MARK}'\n`);
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: root,
      env: { ...process.env, DATA_DIR: server.dataDir, LABLET_URL: server.url },
      timeout: 110_000,
    });
    printed = stdout.split(`${MARK}\n`).map(withoutIds);
  }, 120_000);

  afterAll(() => server?.close());

  it('prints something for every block', () => {
    expect(printed).toHaveLength(steps.length);
    expect(steps.length).toBeGreaterThan(10);
  });

  it.each(steps.map((step, index) => ({ ...step, number: index + 1 })))(
    'block $number, $title, prints what is shown',
    ({ number, promised }) => {
      expect(printed[number - 1]).toBe(withoutIds(promised));
    },
  );

  it('gets ports of its own, ends, and leaves the worker free', () => {
    const everything = printed.join('\n');
    expect([...everything.matchAll(/number: (\d+)/g)].map(([, number]) => number)).toEqual([
      '2000',
      '2001',
      '2002',
      '2003',
    ]);
    expect(everything).toContain("state: 'TERMINATED'");
    const room = [...everything.matchAll(/ports: \{ available: (\d+) \}/g)].map(([, free]) => free);
    expect(room).toEqual(['7995', '7999']);
  });
});
