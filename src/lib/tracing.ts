/** Spans of traces, as the program makes them. Without a collector they cost a function call. */

/** Values that may be seen by whoever reads traces: no subjects, no addresses, no input. */
export type SpanFacts = Readonly<Record<string, string | number | readonly string[]>>;

export interface Span {
  add(facts: SpanFacts): void;
  /** It failed through a fault of the server; a refusal is no such fault. */
  fail(): void;
}

/** The headers of W3C Trace Context. */
export interface TraceParent {
  readonly traceparent?: string;
  readonly tracestate?: string;
}

export interface Tracer {
  /** Does the work in a span of its own, below the caller's where one is named. */
  span<T>(name: string, parent: TraceParent, work: (span: Span) => Promise<T>): Promise<T>;
  /** Does the work in a span below the one that it is done in; where there is none, without. */
  child<T>(name: string, facts: SpanFacts, work: (span: Span) => Promise<T>): Promise<T>;
}

export const NO_SPAN: Span = { add: () => undefined, fail: () => undefined };

export const untraced: Tracer = {
  span: (_name, _parent, work) => work(NO_SPAN),
  child: (_name, _facts, work) => work(NO_SPAN),
};
