import { z } from 'zod';
import { INSTANCE_STATES } from '../instances/transitions.js';
import { WORKER_STATUSES } from '../workers/transitions.js';
import type { KeyKind } from './keys.js';

/**
 * The values behind the keys of the live store: JSON text with exactly these fields in this order. Readers
 * ignore fields they do not know; a value of a newer format is recognised and left alone.
 */
export const VALUE_VERSION = 1;

const v = z.literal(VALUE_VERSION);
const text = z.string().min(1);
const count = z.int().nonnegative();
const positive = z.int().positive();
const portNumber = z.int().min(1).max(65535);

const instanceState = z.object({
  v,
  id: text,
  state: z.enum(INSTANCE_STATES),
  /** `from` of the last history entry. */
  from: z.enum(INSTANCE_STATES).nullable(),
  seq: positive,
  revision: positive,
  ownerId: text,
  definitionId: text,
  workerId: text.nullable(),
  at: text,
});

const instanceWorker = z.object({ v, instanceId: text, workerId: text, token: text, claimedAt: text });

const workerState = z.object({
  v,
  id: text,
  status: z.enum(WORKER_STATUSES),
  from: z.enum(WORKER_STATUSES).nullable(),
  seq: positive,
  revision: positive,
  at: text,
});

const capacityClaim = z.object({
  token: text,
  claimedAt: text,
  cpuCores: count,
  memoryGb: count,
  storageGb: count,
  nodes: count,
});

const workerCapacity = z.object({
  v,
  workerId: text,
  /** Counts the writes of the two claim values. */
  seq: count,
  configRevision: count,
  /** `seq` is the worker's sequence that the flag belongs to. */
  accepting: z.object({ open: z.boolean(), seq: count }),
  /** `nodes` is the limit that counts: the lower of the declared one and the licence's; null is none. */
  declared: z.object({ cpuCores: count, memoryGb: count, storageGb: count, nodes: count.nullable() }),
  claims: z.record(text, capacityClaim),
});

const workerPorts = z.object({
  v,
  workerId: text,
  seq: count,
  configRevision: count,
  range: z.object({ start: portNumber, end: portNumber }),
  excluded: z.array(portNumber),
  claims: z.record(text, z.record(text, portNumber)),
});

const leader = z.object({ v, service: text, holder: text, since: text });
const epoch = z.object({ v, epoch: text, deploymentId: text });
const tick = z.object({ v, n: count, at: text });
const owner = z.object({ v, folderId: text, since: text });

export type InstanceStateValue = z.infer<typeof instanceState>;
export type InstanceWorkerValue = z.infer<typeof instanceWorker>;
export type WorkerStateValue = z.infer<typeof workerState>;
export type CapacityClaim = z.infer<typeof capacityClaim>;
export type CapacityValue = z.infer<typeof workerCapacity>;
export type PortsValue = z.infer<typeof workerPorts>;
export type LeaderValue = z.infer<typeof leader>;
export type EpochValue = z.infer<typeof epoch>;
export type TickValue = z.infer<typeof tick>;
export type OwnerValue = z.infer<typeof owner>;

/** What a stored text turned out to be. */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  /** A newer server wrote it: leave it alone. */
  | { readonly ok: false; readonly why: 'NEWER'; readonly v: number }
  | { readonly ok: false; readonly why: 'UNREADABLE'; readonly fault: string };

/** Writes and reads the value of one kind of key. */
export interface Codec<T> {
  /** The JSON text to store; fields that do not belong to the value are left out. */
  encode(value: T): string;
  /** Never throws. */
  decode(stored: string): Decoded<T>;
}

function codec<S extends z.ZodObject>(schema: S): Codec<z.infer<S>> {
  const arrange = arranger(schema);
  return {
    encode: (value) => JSON.stringify(arrange(value)),
    decode(stored) {
      const raw = parseJson(stored);
      const version = (raw as { v?: unknown } | null | undefined)?.v;
      if (typeof version === 'number' && version > VALUE_VERSION)
        return { ok: false, why: 'NEWER', v: version };
      const result = schema.safeParse(raw);
      if (result.success) return { ok: true, value: result.data };
      return { ok: false, why: 'UNREADABLE', fault: z.prettifyError(result.error) };
    },
  };
}

function parseJson(stored: string): unknown {
  try {
    return JSON.parse(stored) as unknown;
  } catch {
    return undefined;
  }
}

type Arrange = (value: unknown) => unknown;
const asIs: Arrange = (value) => value;

/** Puts the fields of a value in the schema's order; entries of records keep their own order. */
function arranger(schema: unknown): Arrange {
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape).map(([name, field]) => [name, arranger(field)] as const);
    return (value) => {
      const arranged: Record<string, unknown> = {};
      for (const [name, arrange] of fields) arranged[name] = arrange((value as typeof arranged)[name]);
      return arranged;
    };
  }
  if (!(schema instanceof z.ZodRecord)) return asIs;
  const arrange = arranger(schema.valueType);
  if (arrange === asIs) return asIs;
  return (value) => {
    const arranged: Record<string, unknown> = {};
    for (const [name, entry] of Object.entries(value as object)) arranged[name] = arrange(entry);
    return arranged;
  };
}

/** The codec of each kind of key. */
export const codecs = {
  instanceState: codec(instanceState),
  instanceWorker: codec(instanceWorker),
  workerState: codec(workerState),
  workerCapacity: codec(workerCapacity),
  workerPorts: codec(workerPorts),
  leader: codec(leader),
  epoch: codec(epoch),
  tick: codec(tick),
  owner: codec(owner),
} satisfies Record<KeyKind, unknown>;
