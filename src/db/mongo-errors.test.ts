import mongoose from 'mongoose';
import { describe, expect, it } from 'vitest';

import { StoreUnavailable, WriteOutcomeUnknown } from './document-store.js';
import { readFailure, readWithin, writeFailure } from './mongo-errors.js';

const { mongo } = mongoose;

const server = (code: number): Error => new mongo.MongoServerError({ errmsg: 'no', code });
const labelled = (label: string): Error => {
  const error = new mongo.MongoNetworkError('connect ECONNREFUSED');
  error.addErrorLabel(label);
  return error;
};
const named = (name: string): Error => Object.assign(new Error(name), { name });

const UNAPPLIED: readonly [string, Error][] = [
  ['no server was found', named('MongoServerSelectionError')],
  ['no connection came free', named('MongoWaitQueueTimeoutError')],
  ['the pool was emptied', named('MongoPoolClearedError')],
  ['no connection could be made', labelled('SystemOverloadedError')],
  ['the handshake failed', labelled('HandshakeError')],
  ['the server is no primary', server(10107)],
];

const UNKNOWN: readonly [string, Error][] = [
  ['the connection broke', new mongo.MongoNetworkError('connection 1 closed')],
  ['no answer came in time', new mongo.MongoNetworkTimeoutError('timed out')],
  ['the primary stepped down', server(189)],
  ['the server stopped', server(11600)],
  ['the time was up', server(50)],
  ['its cursor went with the server', server(43)],
  ['its plan was killed', server(175)],
  ['its cursor was killed', server(237)],
  [
    'a majority did not confirm',
    new mongo.MongoWriteConcernError({ ok: 1, writeConcernError: { code: 64, errmsg: 'waiting' } }),
  ],
];

describe('a write', () => {
  it.each(UNAPPLIED)('was surely not applied when %s', (_, error) => {
    expect(writeFailure(error)).toBeInstanceOf(StoreUnavailable);
    expect(writeFailure(error)).toMatchObject({ cause: error });
  });

  it.each(UNKNOWN)('has an unknown outcome when %s', (_, error) => {
    expect(writeFailure(error)).toBeInstanceOf(WriteOutcomeUnknown);
    expect(writeFailure(error)).toMatchObject({ cause: error });
  });

  it('whose socket died while it was sent is of unknown outcome', () => {
    const broken = Object.assign(new Error('This socket has been ended by the other party'), {
      code: 'EPIPE',
    });
    expect(writeFailure(broken)).toBeInstanceOf(WriteOutcomeUnknown);
    expect(readFailure(broken)).toBeInstanceOf(StoreUnavailable);
  });

  it('keeps an error that is about itself', () => {
    for (const error of [server(2), server(121), new TypeError('x')]) expect(writeFailure(error)).toBe(error);
  });
});

describe('a read', () => {
  it.each([...UNAPPLIED, ...UNKNOWN])('finds the store unavailable when %s', (_, error) => {
    expect(readFailure(error)).toBeInstanceOf(StoreUnavailable);
  });

  it('is given up when it takes too long', async () => {
    await expect(readWithin(5, () => new Promise(() => undefined))).rejects.toBeInstanceOf(StoreUnavailable);
    expect(await readWithin(5_000, async () => 7)).toBe(7);
  });
});
