import type { z } from 'zod';
import { isLabletError, LabletError } from '../errors.js';
import type { Actor } from './actor.js';
import type { Clock } from './clock.js';
import type { Ids } from './ids.js';
import type { TraceParent } from './tracing.js';
import {
  authorize,
  parseInput,
  type Call,
  type Command,
  type Operation,
  type Query,
  type Subscription,
} from './operation.js';

/** Where a call comes from; the same for HTTP, sockets and the command line. */
export interface Origin {
  readonly actor: Actor | null;
  readonly requestId: string;
  readonly source: string | null;
  /** Aborts when the caller goes away. */
  readonly signal?: AbortSignal;
  /** Where the caller is in a trace of its own. */
  readonly trace?: TraceParent;
  /** Hears the code of each operation of the request, OK included. */
  readonly onCode?: (code: string) => void;
  /** Set for what no caller asked for, such as a feed that subscribers share; it is neither counted nor logged. */
  readonly isInternal?: boolean;
}

/** Records of idempotency keys, as the runner needs them; `idempotency/records.ts` implements it. */
export interface RecordKeeper {
  begin(
    caller: string,
    key: string,
    operation: string,
    input: unknown,
    targetId: string | null,
    newId: string | null,
  ): Promise<{
    record: { id: string; at: string };
    targetId: string | null;
    newId: string | null;
    outcome: string | null;
    status: 'FIRST' | 'UNDONE' | 'DONE';
  }>;
  /** Marks the effect committed, with what a repeat has to know of it. */
  finish(recordId: string, outcome: string | null): Promise<void>;
  /** Gives the key free again: the command's target is missing or hidden. */
  forget(recordId: string): Promise<void>;
}

/** What is made for a call of a command before it is handled. */
type Made = Pick<Call, 'record' | 'newId'>;

export interface RunnerParts {
  readonly records: RecordKeeper;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly maxInFlight: number;
  /** Turns a store's failure into the stated code; anything unknown becomes INTERNAL and is logged there. */
  readonly translate: (error: unknown, operation: string, origin: Origin) => LabletError;
  readonly observe: (operation: string, code: string, ms: number, origin: Origin) => void;
}

/** Runs operations: roles, input, idempotency, deadline, counting; the only way into `handle`. */
export function operationRunner(parts: RunnerParts) {
  const { records, ids, clock, deadlineMs, maxInFlight, translate, observe } = parts;
  let inFlight = 0;

  async function run<Deps, Request extends z.ZodType, Result>(
    operation: Query<Deps, Request, Result> | Command<Deps, Request, Result>,
    deps: Deps,
    raw: unknown,
    origin: Origin,
  ): Promise<Result> {
    const started = clock.monotonic();
    let code = 'OK';
    try {
      if (inFlight >= maxInFlight) throw overloaded(maxInFlight);
      inFlight++;
      try {
        const { actor, input } = enter(operation, raw, origin);
        const deadline = new Deadline(origin.signal, deadlineMs, clock);
        try {
          const call = (made?: Made) => new OperationCall(operation, actor, origin, deadline, made);
          return operation.kind === 'query'
            ? await operation.handle(deps, input, call())
            : await runCommand(operation, deps, input, actor, call);
        } finally {
          deadline.end();
        }
      } finally {
        inFlight--;
      }
    } catch (error) {
      const known = translate(error, operation.name, origin);
      code = known.code;
      throw known;
    } finally {
      observe(operation.name, code, clock.monotonic() - started, origin);
    }
  }

  async function runCommand<Deps, Request extends z.ZodType, Result>(
    operation: Command<Deps, Request, Result>,
    deps: Deps,
    input: z.output<Request>,
    { subject }: Actor,
    callWith: (made: Made) => Call,
  ): Promise<Result> {
    const prefix = operation.creates ?? operation.mayCreate;
    const newId = prefix ? ids.next(prefix) : null;
    const { idempotencyKey, ...rest } = input as { idempotencyKey?: string | null; id?: string };
    if (idempotencyKey == null) return operation.handle(deps, input, callWith({ record: null, newId }));

    const creates = operation.creates !== undefined;
    const target = creates ? newId : (rest.id ?? null);
    const begun = await records.begin(
      subject,
      idempotencyKey,
      operation.name,
      rest,
      target,
      creates ? null : newId,
    );
    const known = callWith({ record: begun.record, newId: creates ? begun.targetId : begun.newId });
    // A creation that stored its object is found under the id made for it; other commands find their own
    // record in the document, so only a done one may skip them.
    if (begun.status === 'DONE' || (begun.status === 'UNDONE' && creates)) {
      // A command without a target answers for its record.
      const id = begun.targetId ?? begun.record.id;
      const result = await operation.reread(deps, id, known, begun.outcome);
      if (result !== null) return result;
    }
    try {
      const result = await operation.handle(deps, input, known);
      await records.finish(begun.record.id, operation.outcome?.(result) ?? null).catch(() => undefined);
      return result;
    } catch (error) {
      const unseen = begun.status === 'FIRST' && isLabletError(error, 'NOT_FOUND');
      if (unseen) await records.forget(begun.record.id).catch(() => undefined);
      throw error;
    }
  }

  /** Checks role and input when subscribing, and answers what starts the stream. */
  function prepare<Deps, Request extends z.ZodType, Result>(
    operation: Subscription<Deps, Request, Result>,
    deps: Deps,
    raw: unknown,
    origin: Origin,
  ): (signal: AbortSignal) => AsyncIterable<Result> {
    try {
      const { actor, input } = enter(operation, raw, origin);
      operation.accept?.(deps, input);
      observe(operation.name, 'OK', 0, origin);
      return (signal) =>
        told(
          operation.handle(deps, input, new OperationCall(operation, actor, origin, { signal })),
          operation.name,
          origin,
        );
    } catch (error) {
      const known = translate(error, operation.name, origin);
      observe(operation.name, known.code, 0, origin);
      throw known;
    }
  }

  /** A stream whose failures carry codes, like those of queries. */
  async function* told<Result>(
    items: AsyncIterable<Result>,
    name: string,
    origin: Origin,
  ): AsyncGenerator<Result> {
    try {
      yield* items;
    } catch (error) {
      const known = translate(error, name, origin);
      observe(name, known.code, 0, origin);
      throw known;
    }
  }

  return { run, prepare, inFlight: () => inFlight };
}

export type OperationRunner = ReturnType<typeof operationRunner>;

function enter<Deps, Request extends z.ZodType, Result>(
  operation: Operation<Deps, Request, Result>,
  raw: unknown,
  origin: Origin,
): { actor: Actor; input: z.output<Request> } {
  const actor = authorize(operation, origin.actor);
  const input = parseInput(operation.request, raw);
  operation.allow.check?.(actor, input);
  return { actor, input };
}

/** A class, since a literal with a getter is another hidden class each time. */
class OperationCall implements Call {
  readonly operation: string;
  readonly requestId: string;
  readonly source: string | null;
  readonly record: Call['record'];
  readonly newId: Call['newId'];

  constructor(
    { name }: { readonly name: string },
    readonly actor: Actor,
    { requestId, source }: Origin,
    private readonly ends: { readonly signal: AbortSignal },
    { record, newId }: Made = { record: null, newId: null },
  ) {
    this.operation = name;
    this.requestId = requestId;
    this.source = source;
    this.record = record;
    this.newId = newId;
  }

  get signal(): AbortSignal {
    return this.ends.signal;
  }
}

/**
 * Aborts when the caller goes away or the time is over, until it is ended. Its parts are made when its signal is first
 * asked for, which most queries never do. Held by its timer: a composed signal of the platform can be collected before
 * its time.
 */
class Deadline {
  readonly #started: number;
  #controller: AbortController | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly caller: AbortSignal | undefined,
    private readonly ms: number,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {
    this.#started = clock.monotonic();
  }

  get signal(): AbortSignal {
    return (this.#controller ??= this.#start()).signal;
  }

  end(): void {
    if (!this.#controller) return;
    clearTimeout(this.#timer);
    this.caller?.removeEventListener('abort', this.#leave);
  }

  #start(): AbortController {
    const controller = new AbortController();
    const left = Math.max(0, this.ms - (this.clock.monotonic() - this.#started));
    const pass = () => controller.abort(new DOMException('the deadline passed', 'TimeoutError'));
    this.#timer = setTimeout(pass, left);
    if (this.caller?.aborted) controller.abort(this.caller.reason);
    else this.caller?.addEventListener('abort', this.#leave, { once: true });
    return controller;
  }

  readonly #leave = (): void => this.#controller?.abort(this.caller?.reason);
}

function overloaded(limit: number): LabletError {
  return new LabletError('RATE_LIMITED', 'The server is at its limit of work in flight; try again shortly.', {
    limit,
    retryAfterMs: 250,
  });
}
