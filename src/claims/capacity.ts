import type { Shortfall } from '../errors.js';

/** Room one claim takes: whole cores, GiB of memory and storage, CML nodes that count against a licence. */
export interface Amounts {
  readonly cpuCores: number;
  readonly memoryGb: number;
  readonly storageGb: number;
  readonly nodes: number;
}

/** Room of a worker in the units of {@link Amounts}; `nodes` null is no limit. */
export interface Capacity {
  readonly cpuCores: number;
  readonly memoryGb: number;
  readonly storageGb: number;
  readonly nodes: number | null;
}

/** Nothing taken. */
export const NO_AMOUNTS: Amounts = { cpuCores: 0, memoryGb: 0, storageGb: 0, nodes: 0 };

/** The four dimensions in the order in which refusals list them. */
export const DIMENSIONS = [
  ['cpuCores', 'CPU_CORES'],
  ['memoryGb', 'MEMORY_GB'],
  ['storageGb', 'STORAGE_GB'],
  ['nodes', 'NODES'],
] as const satisfies readonly (readonly [keyof Amounts, Shortfall['dimension']])[];

/** The four amounts alone, whatever else the object carries. */
export function amountsOf({ cpuCores, memoryGb, storageGb, nodes }: Amounts): Amounts {
  return { cpuCores, memoryGb, storageGb, nodes };
}

/** Both together. */
export function add(a: Amounts, b: Amounts): Amounts {
  return {
    cpuCores: a.cpuCores + b.cpuCores,
    memoryGb: a.memoryGb + b.memoryGb,
    storageGb: a.storageGb + b.storageGb,
    nodes: a.nodes + b.nodes,
  };
}

/** What all of them take together. */
export function sum(amounts: Iterable<Amounts>): Amounts {
  let total = NO_AMOUNTS;
  for (const each of amounts) total = add(total, each);
  return total;
}

/** What is left of `total`, never below 0; no limit stays no limit. */
export function subtract(total: Capacity, taken: Amounts): Capacity {
  return {
    cpuCores: Math.max(0, total.cpuCores - taken.cpuCores),
    memoryGb: Math.max(0, total.memoryGb - taken.memoryGb),
    storageGb: Math.max(0, total.storageGb - taken.storageGb),
    nodes: total.nodes === null ? null : Math.max(0, total.nodes - taken.nodes),
  };
}

/** Every dimension in which `need` is more than `free`; empty when it fits. */
export function shortfalls(need: Amounts, free: Capacity): Shortfall[] {
  return DIMENSIONS.flatMap(([field, dimension]) => {
    const limit = free[field];
    return limit !== null && need[field] > limit ? [{ dimension, need: need[field], free: limit }] : [];
  });
}
