import mongoose from 'mongoose';

import { StoreUnavailable, WriteOutcomeUnknown } from './document-store.js';

const { mongo } = mongoose;

/** Codes of servers that refuse because they are no primary: nothing was done. */
const NOT_PRIMARY = new Set([10107, 13435, 10058]);

/**
 * Codes of servers that were interrupted, stopped or cut off on the way: HostUnreachable, HostNotFound, CursorNotFound,
 * MaxTimeMSExpired, WriteConcernFailed, NetworkTimeout, ShutdownInProgress, QueryPlanKilled, PrimarySteppedDown,
 * CursorKilled, ExceededTimeLimit, SocketException, InterruptedAtShutdown, Interrupted, InterruptedDueToReplStateChange.
 */
const INTERRUPTED = new Set([6, 7, 43, 50, 64, 89, 91, 175, 189, 237, 262, 9001, 11600, 11601, 11602]);

const SOCKET_FAULTS = new Set(['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'ERR_STREAM_DESTROYED']);

/** Errors of the driver, and of mongoose while it connects, from before a command is sent. */
const UNSENT = new Set([
  'MongooseServerSelectionError',
  'MongoServerSelectionError',
  'MongoWaitQueueTimeoutError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoServerClosedError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoClientClosedError',
]);

/** A read's error in the terms of the port; an error that says nothing of reachability stays itself. */
export function readFailure(error: unknown): unknown {
  return isUnreachable(error) ? unavailable(error) : error;
}

/** Reads, and gives up after `ms`. @throws StoreUnavailable */
export async function readWithin<R>(ms: number, read: () => Promise<R>): Promise<R> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreUnavailable(`MongoDB did not answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([read(), late]);
  } catch (error) {
    throw readFailure(error);
  } finally {
    clearTimeout(timer);
  }
}

/** A write's error in the terms of the port: unknown unless it is sure that the write was not applied. */
export function writeFailure(error: unknown): unknown {
  if (!isUnreachable(error)) return error;
  if (isUnapplied(error)) return unavailable(error);
  return new WriteOutcomeUnknown(`the write may have been applied: ${messageOf(error)}`, { cause: error });
}

/** True for a write that a unique index (that of the ids included) refused. */
export function isDuplicate(error: unknown): error is InstanceType<typeof mongo.MongoServerError> {
  return error instanceof mongo.MongoServerError && error.code === 11000;
}

function isUnreachable(error: unknown): boolean {
  if (error instanceof mongo.MongoServerError) {
    return (
      error instanceof mongo.MongoWriteConcernError ||
      NOT_PRIMARY.has(Number(error.code)) ||
      INTERRUPTED.has(Number(error.code)) ||
      isOverload(error)
    );
  }
  return (
    error instanceof mongo.MongoNetworkError ||
    isSocketFault(error) ||
    (error instanceof Error && UNSENT.has(error.name))
  );
}

/** What a socket says itself: the driver hands it on where a connection dies while a command is written. */
function isSocketFault(error: unknown): boolean {
  return error instanceof Error && SOCKET_FAULTS.has(String((error as NodeJS.ErrnoException).code));
}

function isUnapplied(error: unknown): boolean {
  if (error instanceof mongo.MongoWriteConcernError) return false;
  if (error instanceof mongo.MongoServerError && NOT_PRIMARY.has(Number(error.code))) return true;
  return isOverload(error) || (error instanceof Error && UNSENT.has(error.name));
}

/** The driver's labels for connections that could not be made, and the servers' for commands they did not begin. */
function isOverload(error: unknown): boolean {
  return (
    error instanceof mongo.MongoError &&
    (error.hasErrorLabel('SystemOverloadedError') || error.hasErrorLabel('HandshakeError'))
  );
}

function unavailable(error: unknown): StoreUnavailable {
  return new StoreUnavailable(`MongoDB cannot be reached: ${messageOf(error)}`, { cause: error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
