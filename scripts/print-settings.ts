/**
 * Prints the Markdown table of all settings, as the README shows it.
 *
 *   tsx scripts/print-settings.ts
 */
import { fileURLToPath } from 'node:url';
import { SETTINGS } from '../src/config.js';

const HEAD = ['Setting', 'Default', 'Meaning'];

/** One row for each setting, in the order of `config.ts`, with columns of equal width. */
export function settingsTable(): string {
  const rows = Object.values(SETTINGS).map(({ env, fallback, description }) => [
    `\`${env}\``,
    fallback === '' ? '(not set)' : `\`${fallback}\``,
    description.replaceAll('|', '\\|'),
  ]);
  const widths = HEAD.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(HEAD), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(settingsTable());
