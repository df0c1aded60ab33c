/** Three numbers 0-999999 without leading zero, prefix or suffix: `1.10.0`. */
export const VERSION_PATTERN = /^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$/;

export type VersionNumbers = readonly [major: number, minor: number, patch: number];

/** The three numbers of a version, or null when the text is not one. */
export function parseVersion(text: string): VersionNumbers | null {
  const match = VERSION_PATTERN.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : null;
}

/** Below 0 when `a` is lower, 0 when equal, above 0 when higher; number by number (2.10.0 is above 2.9.0). */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

/** Text that sorts ascending from the highest version to the lowest. */
export function versionRank(version: string): string {
  return numbersOf(version)
    .map((number) => String(999_999 - number).padStart(6, '0'))
    .join('.');
}

function numbersOf(version: string): VersionNumbers {
  const numbers = parseVersion(version);
  if (!numbers) throw new TypeError(`not a version: ${version}`);
  return numbers;
}
