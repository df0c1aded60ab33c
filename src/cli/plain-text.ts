/** Columns of a list at most; the rest is in `--json`. */
const COLUMNS = 8;

/** An answer for people: a table of a list, else a line for each field. */
export function plainText(answer: unknown): string {
  if (!isObject(answer)) return `${text(answer)}\n`;
  const { nodes, totalCount } = answer;
  if (!Array.isArray(nodes)) return `${lines(answer, '').join('\n')}\n`;
  const total = typeof totalCount === 'number' ? [`${nodes.length} of ${totalCount}`] : [];
  return `${[...table(nodes.filter(isObject)), ...total].join('\n')}\n`;
}

function table(rows: readonly Readonly<Record<string, unknown>>[]): string[] {
  if (rows.length === 0) return [];
  const columns = Object.keys(rows[0] ?? {})
    .filter((name) => !isObject(rows[0]?.[name]))
    .slice(0, COLUMNS);
  const cells = [columns, ...rows.map((row) => columns.map((name) => text(row[name])))];
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function lines(value: Readonly<Record<string, unknown>>, indent: string): string[] {
  return Object.entries(value).flatMap(([name, part]) =>
    isObject(part) && !Array.isArray(part)
      ? [`${indent}${name}:`, ...lines(part, `${indent}  `)]
      : [`${indent}${name}: ${text(part)}`],
  );
}

function text(value: unknown): string {
  if (value === null || value === undefined) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
