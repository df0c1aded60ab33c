import { LeaseGone, LiveOutcomeUnknown, LiveStorageFull, LiveUnavailable } from './live-store.js';

/** Status codes of gRPC that are told apart here. */
export const GRPC = {
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  OUT_OF_RANGE: 11,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/** What a failed call carries: the status of the call, from the server or made up by the client. */
export interface GrpcFailure extends Error {
  readonly code: number;
  readonly details: string;
}

export function isGrpcFailure(error: unknown): error is GrpcFailure {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}

/** The client gave up before it had a connection to send the request on. */
const NEVER_SENT =
  /^No connection established|^Name resolution failed|Channel closed before call started|Waiting for LB pick|waiting for name resolution|waiting for metadata filters/;

/** The server refused before it proposed the request to its cluster. */
const NEVER_PROPOSED = /etcdserver: (no leader|not capable|too many requests|invalid auth token)/;

const AUTHENTICATION = /authentication failed|user name is empty|auth(entication)? is not enabled|auth store/;

/** True when the request surely had no effect on the store. */
function surelyNotApplied({ code, details }: GrpcFailure): boolean {
  if (code === GRPC.UNAVAILABLE || code === GRPC.DEADLINE_EXCEEDED) {
    return NEVER_SENT.test(details) || NEVER_PROPOSED.test(details);
  }
  return (
    NEVER_PROPOSED.test(details) ||
    code === GRPC.PERMISSION_DENIED ||
    code === GRPC.UNAUTHENTICATED ||
    code === GRPC.FAILED_PRECONDITION
  );
}

/** The typed error of the port for a failed call. Whatever is not surely without effect is unknown. */
export function liveError(error: unknown, kind: 'read' | 'write'): Error {
  if (!isGrpcFailure(error)) return error instanceof Error ? error : new Error(String(error));
  const { code, details } = error;
  const options = { cause: error };
  if (code === GRPC.INVALID_ARGUMENT && !AUTHENTICATION.test(details))
    return new RangeError(details, options);
  if (code === GRPC.NOT_FOUND && details.includes('lease')) return new LeaseGone(details, options);
  if (code === GRPC.RESOURCE_EXHAUSTED && details.includes('space')) {
    return new LiveStorageFull(details, options);
  }
  const isHarmless = kind === 'read' || surelyNotApplied(error) || AUTHENTICATION.test(details);
  return isHarmless ? new LiveUnavailable(details, options) : new LiveOutcomeUnknown(details, options);
}
