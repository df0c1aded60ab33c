import { expect, it } from 'vitest';
import { callerAddress } from './caller-address.js';

const TRUSTED = ['10.0.0.0/8', '2001:db8::1'];
const from = (remoteAddress: string | undefined, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as never;

it.each([
  ['a peer without proxies', '192.0.2.7', undefined, '192.0.2.7'],
  ['a peer that only says it is a proxy', '192.0.2.7', '198.51.100.1', '192.0.2.7'],
  ['a proxy', '10.1.2.3', '198.51.100.1', '198.51.100.1'],
  ['a proxy, over IPv6 as well', '::ffff:10.1.2.3', '2001:db8::7', '2001:db8::7'],
  ['a proxy for whom a caller has made up more', '10.1.2.3', '203.0.113.9, 198.51.100.1', '198.51.100.1'],
  ['two proxies', '10.1.2.3', '198.51.100.1, 2001:db8::1', '198.51.100.1'],
  ['a proxy that asks by itself', '10.1.2.3', undefined, '10.1.2.3'],
  ['a proxy that names no address', '10.1.2.3', '198.51.100.1, unknown', '10.1.2.3'],
  ['proxies alone', '10.1.2.3', '10.9.9.9', '10.9.9.9'],
  ['nobody any more', undefined, undefined, null],
])('a request of %s comes from there', (_, peer, forwarded, address) => {
  expect(callerAddress(TRUSTED)(from(peer, forwarded))).toBe(address);
});

it('nobody is a proxy unless that is set', () => {
  expect(callerAddress([])(from('10.1.2.3', '198.51.100.1'))).toBe('10.1.2.3');
  expect(callerAddress([])(from(undefined))).toBeNull();
});
