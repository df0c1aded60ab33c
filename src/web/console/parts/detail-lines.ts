/** The details of an error, one line each: `name: value`, and of a list one line for each item. */
export function detailLines(details: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(details).flatMap(([name, value]) => {
    if (value === null || value === undefined) return [];
    if (!Array.isArray(value)) return [`${name}: ${text(value)}`];
    if (value.every((item) => typeof item !== 'object')) {
      return value.length === 0 ? [] : [`${name}: ${value.map(text).join(', ')}`];
    }
    return value.map((item: unknown) => (name === 'fields' ? fieldLine(item) : `${name}: ${text(item)}`));
  });
}

/** A fault of one place in the input. */
function fieldLine(item: unknown): string {
  const { path, message } = item as { path?: unknown; message?: unknown };
  return `${text(path) || 'input'} ${text(message)}`;
}

function text(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(text).join(', ');
  if (typeof value !== 'object') return JSON.stringify(value);
  return Object.entries(value)
    .map(([name, inner]) => `${name} ${text(inner)}`)
    .join(', ');
}
