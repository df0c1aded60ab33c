import type { z } from 'zod';
import { LabletError, validationFailed, type FieldFault } from '../errors.js';
import { hasRole, type Actor, type Role } from './actor.js';
import type { IdPrefix } from './ids.js';

/** Who may call an operation. `check` decides what depends on the input and throws FORBIDDEN. */
export interface Allow<Input> {
  readonly roles: readonly Role[];
  /** In descriptions, where the roles alone do not say it: "own instances only for AUTHOR and USER". */
  readonly note?: string;
  readonly check?: (actor: Actor, input: Input) => void;
}

/** Names the idempotency record that a command runs under; its id is stored in the document it changes. */
export interface RecordRef {
  readonly id: string;
  readonly at: string;
}

/** What an operation knows of the call it serves. */
export interface Call {
  readonly actor: Actor;
  /** Name of the operation, for the record of what it changes. */
  readonly operation: string;
  readonly requestId: string;
  readonly source: string | null;
  /** Aborts when the caller went away or the deadline passed; obeyed until the first write. */
  readonly signal: AbortSignal;
  /** Set for commands with an idempotency key. */
  readonly record: RecordRef | null;
  /** Id for the object that the command makes or may make; the same for every repeat of the command. */
  readonly newId: string | null;
}

interface OperationBase<Request extends z.ZodType> {
  /** As in the API; the file is named after it. */
  readonly name: string;
  /** What it does, for the schema's and the routes' descriptions. */
  readonly summary: string;
  readonly request: Request;
  readonly allow: Allow<z.output<Request>>;
}

export interface Query<Deps, Request extends z.ZodType, Result> extends OperationBase<Request> {
  readonly kind: 'query';
  readonly handle: (deps: Deps, input: z.output<Request>, call: Call) => Promise<Result>;
}

export interface Command<Deps, Request extends z.ZodType, Result> extends OperationBase<Request> {
  readonly kind: 'command';
  /** Prefix of the id that is made in advance, for creating commands. */
  readonly creates?: IdPrefix;
  /** The same for a command on an existing object that may make another one beside it. */
  readonly mayCreate?: IdPrefix;
  readonly handle: (deps: Deps, input: z.output<Request>, call: Call) => Promise<Result>;
  /** What a repeat has to know of the first call and no document says: short text that `reread` understands. */
  readonly outcome?: (result: Result) => string;
  /**
   * The answer of a repeat: the object of the first call in its current state, or null if it was never made.
   * `outcome` is what the first call left, null if it left nothing.
   */
  readonly reread: (deps: Deps, id: string, call: Call, outcome: string | null) => Promise<Result | null>;
}

export interface Subscription<Deps, Request extends z.ZodType, Result> extends OperationBase<Request> {
  readonly kind: 'subscription';
  /** What is to be checked when subscribing and needs more than the input itself; throws. */
  readonly accept?: (deps: Deps, input: z.output<Request>) => void;
  readonly handle: (deps: Deps, input: z.output<Request>, call: Call) => AsyncIterable<Result>;
}

export type Operation<Deps, Request extends z.ZodType, Result> =
  Query<Deps, Request, Result> | Command<Deps, Request, Result> | Subscription<Deps, Request, Result>;

export const query = <Deps, Request extends z.ZodType, Result>(
  operation: Omit<Query<Deps, Request, Result>, 'kind'>,
): Query<Deps, Request, Result> => ({ kind: 'query', ...operation });

export const command = <Deps, Request extends z.ZodType, Result>(
  operation: Omit<Command<Deps, Request, Result>, 'kind'>,
): Command<Deps, Request, Result> => ({ kind: 'command', ...operation });

export const subscription = <Deps, Request extends z.ZodType, Result>(
  operation: Omit<Subscription<Deps, Request, Result>, 'kind'>,
): Subscription<Deps, Request, Result> => ({ kind: 'subscription', ...operation });

/** Description of an operation with the roles that may call it. */
export function describe(operation: { summary: string; allow: Allow<never> }): string {
  const { roles, note } = operation.allow;
  return `${operation.summary} Roles: ${roles.join(', ')}${note ? ` (${note})` : ''}.`;
}

/** Roles first, so that a caller without them learns nothing of what the input should look like. */
export function authorize(
  operation: { readonly name: string; readonly allow: Allow<never> },
  actor: Actor | null,
): Actor {
  if (actor === null) {
    throw new LabletError('UNAUTHENTICATED', 'Send a bearer token or sign in.', { reason: 'MISSING' });
  }
  if (!hasRole(actor, ...operation.allow.roles)) {
    throw new LabletError(
      'FORBIDDEN',
      `${operation.name} needs one of the roles ${operation.allow.roles.join(', ')}.`,
      {
        requiredRoles: operation.allow.roles,
      },
    );
  }
  return actor;
}

/** The checked input. @throws VALIDATION_FAILED with every fault and its path */
export function parseInput<Request extends z.ZodType>(request: Request, input: unknown): z.output<Request> {
  const result = check(request, input);
  if (result.success) return result.data;
  throw validationFailed(faultsOf(result.error));
}

/** Checks an input; its faults know whether something was there. */
export function check<Request extends z.ZodType>(request: Request, input: unknown) {
  const result = request.safeParse(input);
  // Checked once more to tell its faults, since to remember inputs takes ten times as long.
  return result.success ? result : request.safeParse(input, { reportInput: true });
}

/** More faults of one input are not listed: whoever makes so many does not read them. */
export const MAX_FAULTS = 100;

/** The faults of a zod error, one per place; unknown fields are named one by one. */
export function faultsOf(error: z.ZodError): FieldFault[] {
  const places = new Map<string, FieldFault>();
  for (const fault of error.issues.flatMap(faultsIn)) {
    if (!places.has(fault.path)) places.set(fault.path, fault);
    if (places.size >= MAX_FAULTS) break;
  }
  return [...places.values()];
}

function faultsIn(issue: z.core.$ZodIssue): FieldFault[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const message = 'There is no such field.';
    return issue.keys
      .slice(0, MAX_FAULTS)
      .map((key) => ({ path: [...path, key].join('.'), rule: 'UNKNOWN_FIELD', message }));
  }
  const missing = 'input' in issue && issue.input === undefined;
  const named: unknown = issue.code === 'custom' ? issue.params?.['rule'] : undefined;
  const rule = missing ? 'REQUIRED' : typeof named === 'string' ? named : issue.code.toUpperCase();
  return [{ path: path.join('.'), rule, message: issue.message }];
}
