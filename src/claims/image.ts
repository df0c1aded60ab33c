import type { IneligibilityReason } from '../errors.js';

/** What an image must offer; every given part must hold, absent and null parts ask for nothing. */
export interface ImageRequirement {
  /** Image name; only `*` is special and stands for any text, none included. */
  readonly namePattern?: string | null;
  /** Lowest CML version, inclusive. */
  readonly minVersion?: string | null;
  /** Highest CML version, inclusive. */
  readonly maxVersion?: string | null;
  /** Node definitions that must be installed. */
  readonly nodeDefinitions?: readonly string[] | null;
}

/** What controllers reported of a worker's image; null is not reported and satisfies nothing. */
export interface ImageFacts {
  readonly amiName: string | null;
  readonly cmlVersion: string | null;
  readonly nodeDefinitions: readonly string[] | null;
}

/** Every requirement that the facts do not satisfy, each once. */
export function imageReasons(
  requirements: readonly ImageRequirement[],
  facts: ImageFacts,
): IneligibilityReason[] {
  const reasons = requirements.flatMap((requirement) => [
    ...nameReason(requirement, facts),
    ...versionReason(requirement, facts),
    ...nodeDefinitionsReason(requirement, facts),
  ]);
  const seen = new Set<string>();
  return reasons.filter(({ kind, need }) => {
    const key = `${kind} ${need}`;
    return !seen.has(key) && seen.add(key);
  });
}

function nameReason({ namePattern }: ImageRequirement, { amiName }: ImageFacts): IneligibilityReason[] {
  if (namePattern == null) return [];
  if (amiName !== null && matchesPattern(namePattern, amiName)) return [];
  return [{ kind: 'IMAGE_NAME', need: namePattern, actual: amiName }];
}

function versionReason(requirement: ImageRequirement, { cmlVersion }: ImageFacts): IneligibilityReason[] {
  const minVersion = requirement.minVersion ?? null;
  const maxVersion = requirement.maxVersion ?? null;
  if (minVersion === null && maxVersion === null) return [];
  if (cmlVersion !== null && isWithin(cmlVersion, minVersion, maxVersion)) return [];
  const bounds = [minVersion && `>=${minVersion}`, maxVersion && `<=${maxVersion}`].filter(Boolean);
  return [{ kind: 'IMAGE_VERSION', need: bounds.join(' '), actual: cmlVersion }];
}

function nodeDefinitionsReason(requirement: ImageRequirement, facts: ImageFacts): IneligibilityReason[] {
  const needed = requirement.nodeDefinitions ?? [];
  if (needed.length === 0) return [];
  const present = facts.nodeDefinitions;
  if (present !== null && needed.every((name) => present.includes(name))) return [];
  return [{ kind: 'NODE_DEFINITIONS', need: needed.join(', '), actual: present && present.join(', ') }];
}

/** True when the whole text matches; `*` stands for any text, every other character for itself. */
export function matchesPattern(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const first = parts[0] as string;
  const last = parts.at(-1) as string;
  if (parts.length === 1) return text === pattern;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) {
    return false;
  }
  // Taking each middle part at its first place is enough, and keeps the time linear in the text.
  const end = text.length - last.length;
  let position = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, position);
    if (found === -1 || found + part.length > end) return false;
    position = found + part.length;
  }
  return true;
}

/** True when the version lies between the bounds, both inclusive; a text that starts with no number never does. */
export function isWithin(version: string, minVersion: string | null, maxVersion: string | null): boolean {
  if (versionNumbers(version) === null) return false;
  if (minVersion !== null && !(compareLoosely(version, minVersion) >= 0)) return false;
  return maxVersion === null || compareLoosely(version, maxVersion) <= 0;
}

/**
 * The leading dotted numbers of a reported version, at least three: `2.9` is 2.9.0 and `v2.9.0+build.3`
 * and `2.10.0-dev` count as what stands before the suffix. Null when it does not start with a number.
 */
export function versionNumbers(text: string): readonly number[] | null {
  const match = /^\s*v?(\d+(?:\.\d+)*)/i.exec(text);
  if (!match) return null;
  const numbers = (match[1] as string).split('.').map(Number);
  while (numbers.length < 3) numbers.push(0);
  return numbers;
}

/**
 * Below 0 when `a` is lower, 0 when equal, above 0 when higher, number by number (2.10.0 is above 2.9.0);
 * NaN, which no bound accepts, when one of them is not a version.
 */
export function compareLoosely(a: string, b: string): number {
  const [left, right] = [versionNumbers(a), versionNumbers(b)];
  if (!left || !right) return Number.NaN;
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
