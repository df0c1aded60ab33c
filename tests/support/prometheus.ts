/** One line of the text format: a value under a name and labels. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Scraped {
  readonly samples: readonly Sample[];
  /** Type of each metric, by name. */
  readonly types: ReadonlyMap<string, string>;
  /** The value under exactly this name and these labels; undefined where there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}

/** Reads `/metrics` of a server as Prometheus does. */
export async function scrape(url: string): Promise<Scraped> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n');
  const types = new Map(
    lines.flatMap((line) => {
      const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
      return name && type ? [[name, type] as const] : [];
    }),
  );
  const samples = lines.filter((line) => line !== '' && !line.startsWith('#')).map(sampleOf);
  return {
    samples,
    types,
    value: (name, labels = {}) =>
      samples.find((each) => each.name === name && sameLabels(each.labels, labels))?.value,
  };
}

/** How many were refused with RATE_LIMITED so far. */
export async function rateLimited(url: string): Promise<number> {
  return (await scrape(url)).value('lablet_errors_total', { code: 'RATE_LIMITED' }) ?? Number.NaN;
}

function sampleOf(line: string): Sample {
  const [, name = '', list = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (name === '') throw new Error(`no sample: ${line}`);
  const labels = Object.fromEntries(
    [...list.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, text]) => [key, text]),
  );
  return { name, labels: labels as Record<string, string>, value: Number(value) };
}

function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}

/** The metric a sample belongs to: histograms have three names of samples. */
export function metricOf(name: string, types: ReadonlyMap<string, string>): string {
  const base = name.replace(/_(?:bucket|sum|count)$/, '');
  return types.get(base) === 'histogram' || types.get(base) === 'summary' ? base : name;
}
