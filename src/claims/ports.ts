import { LabletError } from '../errors.js';

/** Outside port numbers a worker may hand out, both ends included. */
export interface PortRange {
  readonly start: number;
  readonly end: number;
}

/** Numbers by port name, in the order of the port template. */
export type PortNumbers = Readonly<Record<string, number>>;

/** Range of a worker that names none. */
export const DEFAULT_PORT_RANGE: PortRange = { start: 2000, end: 9999 };
/** 9090 is the management page of a CML controller. */
export const DEFAULT_EXCLUDED_PORTS: readonly number[] = [9090];

const LOWEST_PORT = 1024;
const HIGHEST_PORT = 65535;

const isPort = (number: number) => Number.isInteger(number) && number >= 1 && number <= HIGHEST_PORT;

/**
 * Checks 1024 <= start <= end <= 65535 and that each excluded number is a port number; an exclusion may
 * lie outside the range.
 * @throws PORT_OUT_OF_RANGE
 */
export function assertPortRange(range: PortRange, excluded: readonly number[]): void {
  const { start, end } = range;
  if (!isPort(start) || !isPort(end) || Math.min(start, end) < LOWEST_PORT) {
    throw outOfRange(null, range, excluded, `A port range lies within ${LOWEST_PORT}-${HIGHEST_PORT}.`);
  }
  if (start > end) {
    throw outOfRange(
      null,
      range,
      excluded,
      `A port range starts at or below its end: ${start} is above ${end}.`,
    );
  }
  const wrong = excluded.find((number) => !isPort(number));
  if (wrong !== undefined) throw outOfRange(wrong, range, excluded, `${wrong} is not a port number.`);
}

/** @throws PORT_OUT_OF_RANGE for a number that is never handed out: outside the range, or excluded */
export function assertUsablePort(number: number, range: PortRange, excluded: readonly number[]): void {
  if (isUsable(number, range, excluded)) return;
  throw outOfRange(number, range, excluded, `Port ${number} is outside the range or excluded.`);
}

/** True for a number inside the range that is not excluded. */
export function isUsable(number: number, { start, end }: PortRange, excluded: readonly number[]): boolean {
  return Number.isInteger(number) && number >= start && number <= end && !excluded.includes(number);
}

/** How many numbers of the range may be handed out at all. */
export function usablePorts({ start, end }: PortRange, excluded: readonly number[]): number {
  const inside = new Set(excluded.filter((number) => number >= start && number <= end));
  return end - start + 1 - inside.size;
}

/** How many numbers are free now; a held number that is not usable (any more) takes nothing away. */
export function availablePorts(
  range: PortRange,
  excluded: readonly number[],
  held: ReadonlySet<number>,
): number {
  const closed = new Set(excluded);
  let free = usablePorts(range, excluded);
  for (const number of held) {
    if (number >= range.start && number <= range.end && !closed.has(number)) free--;
  }
  return free;
}

/** Numbers for all names, or how many are needed and free. */
export type Allocation =
  | { readonly granted: true; readonly ports: PortNumbers }
  | { readonly granted: false; readonly need: number; readonly free: number };

/**
 * Gives each name the lowest free number, in the order of the names: inside the range, not excluded, not
 * held. TCP and UDP share one number space. All names or none.
 */
export function allocatePorts(
  names: readonly string[],
  range: PortRange,
  excluded: readonly number[],
  held: ReadonlySet<number>,
): Allocation {
  const closed = new Set(excluded);
  const ports: Record<string, number> = {};
  let next = range.start;
  for (const name of names) {
    while (next <= range.end && (held.has(next) || closed.has(next))) next++;
    if (next > range.end) {
      return { granted: false, need: names.length, free: availablePorts(range, excluded, held) };
    }
    ports[name] = next++;
  }
  return { granted: true, ports };
}

function outOfRange(number: number | null, range: PortRange, excluded: readonly number[], message: string) {
  return new LabletError('PORT_OUT_OF_RANGE', message, { number, range, excluded });
}
