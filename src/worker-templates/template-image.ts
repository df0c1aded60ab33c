import { compareLoosely, type ImageRequirement } from '../claims/image.js';
import type { TemplateReason } from '../errors.js';

/**
 * Why images of this pattern cannot meet the requirements: some name must match each `namePattern` together with
 * `amiPattern`, and some version must lie within all bounds. What node definitions an image holds is known of workers
 * only.
 */
export function templateImageReasons(
  requirements: readonly ImageRequirement[],
  amiPattern: string,
): TemplateReason[] {
  const patterns = new Set(requirements.flatMap(({ namePattern }) => namePattern ?? []));
  const names = [...patterns]
    .filter((pattern) => !patternsMeet(pattern, amiPattern))
    .map((need): TemplateReason => ({ kind: 'IMAGE_NAME', need, actual: amiPattern }));
  return [...names, ...versionReason(requirements, amiPattern)];
}

/** True when some text matches both patterns; in each `*` stands for any text, none included. */
export function patternsMeet(a: string, b: string): boolean {
  // meets[j]: the rest of `a` from the present place and the rest of `b` from j have a text in common.
  let below: boolean[] = [];
  for (let i = a.length; i >= 0; i--) {
    const meets: boolean[] = Array<boolean>(b.length + 1).fill(false);
    for (let j = b.length; j >= 0; j--) {
      const isEnd = i === a.length && j === b.length;
      const skipsA = a[i] === '*' && (below[j] || (j < b.length && meets[j + 1]));
      const skipsB = b[j] === '*' && (meets[j + 1] || (i < a.length && below[j]));
      const isSame = i < a.length && a[i] === b[j] && below[j + 1];
      meets[j] = Boolean(isEnd || skipsA || skipsB || isSame);
    }
    below = meets;
  }
  return below[0] as boolean;
}

/**
 * The first dotted number of an image pattern, which stands for all versions with that prefix; null when there is none.
 * A number counts when a dot follows: `CML-2.9.*` gives 2.9, `CML-2.*` gives 2, `node22-*` gives none.
 */
export function versionPrefix(amiPattern: string): string | null {
  return /\d+(?=\.)(?:\.\d+)*/.exec(amiPattern)?.[0] ?? null;
}

function versionReason(requirements: readonly ImageRequirement[], amiPattern: string): TemplateReason[] {
  const lowest = last(requirements.flatMap(({ minVersion }) => minVersion ?? []));
  const highest = first(requirements.flatMap(({ maxVersion }) => maxVersion ?? []));
  const prefix = versionPrefix(amiPattern);
  const bounds = [lowest && `>=${lowest}`, highest && `<=${highest}`].filter(Boolean);
  const meets =
    isAtMost(lowest, highest) &&
    isAtMost(prefix, highest) &&
    (prefix === null || lowest === null || compareLoosely(lowest, afterAll(prefix)) < 0);
  return meets ? [] : [{ kind: 'IMAGE_VERSION', need: bounds.join(' '), actual: amiPattern }];
}

const first = (versions: readonly string[]): string | null => versions.toSorted(compareLoosely)[0] ?? null;
const last = (versions: readonly string[]): string | null => versions.toSorted(compareLoosely).at(-1) ?? null;

/** An absent bound is no bound. */
function isAtMost(low: string | null, high: string | null): boolean {
  return low === null || high === null || compareLoosely(low, high) <= 0;
}

/** The first version above all that have the prefix: 2.10 for 2.9. */
function afterAll(prefix: string): string {
  const numbers = prefix.split('.').map(Number);
  return [...numbers.slice(0, -1), Number(numbers.at(-1)) + 1].join('.');
}
