/** What runs have in common in which servers of their own are killed while many clients work. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Backend } from './backends.js';
import { bundleServer } from './bundled-server.js';
import type { Sent } from './kill-load.js';

/** Stores, a folder and a program for the servers of one test; they are gone at its end. */
export async function faultyStage(pair: Backend, settings: Readonly<Record<string, string>>) {
  const stores = await pair.start();
  onTestFinished(() => stores.stop());
  const dataDir = mkdtempSync(join(tmpdir(), 'lablet-faulty-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const { program, remove } = await bundleServer();
  onTestFinished(remove);
  return {
    engines: stores.engines,
    dataDir,
    program,
    env: { ...stores.env, ...settings, DATA_DIR: dataDir },
  };
}

/** How often each outcome came. */
export function outcomesOf(history: readonly Sent[]): Map<string, number> {
  const outcomes = new Map<string, number>();
  for (const { outcome } of history) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  return outcomes;
}

export const listed = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
