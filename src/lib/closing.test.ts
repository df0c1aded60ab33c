import { expect, it } from 'vitest';
import { gate } from '../../tests/support/by-hand.js';
import { Closing } from './closing.js';

it('closes in reverse order, each after the one before it is closed', async () => {
  const closing = new Closing();
  const order: string[] = [];
  const slow = gate();
  closing.add('store', { close: () => void order.push('store') });
  closing.defer('hub', async () => {
    await slow.opened;
    order.push('hub');
  });
  closing.defer('server', () => void order.push('server'));
  const closed = closing.close();
  await Promise.resolve();
  expect(order).toEqual(['server']);
  slow.open();
  await closed;
  expect(order).toEqual(['server', 'hub', 'store']);
});

it('answers what it was given, for use where it is made', () => {
  const resource = { close: () => undefined, port: 4000 };
  expect(new Closing().add('server', resource)).toBe(resource);
});

it('closes the rest when one fails, then says which failed and why', async () => {
  const closing = new Closing();
  const order: string[] = [];
  closing.defer('store', () => void order.push('store'));
  closing.defer('hub', () => Promise.reject(new Error('stuck')));
  closing.defer('server', () => {
    throw new Error('busy');
  });
  const failure = await closing.close().catch((error: unknown) => error as AggregateError);
  expect(order).toEqual(['store']);
  expect(failure).toMatchObject({
    message: 'some resources could not be closed',
    errors: [
      { message: 'closing server failed', cause: { message: 'busy' } },
      { message: 'closing hub failed', cause: { message: 'stuck' } },
    ],
  });
});

it('closes everything once, also what is added while it closes', async () => {
  const closing = new Closing();
  const order: string[] = [];
  closing.defer('server', () => {
    order.push('server');
    closing.defer('late', () => void order.push('late'));
  });
  await closing.close();
  await closing.close();
  expect(order).toEqual(['server', 'late']);
});
