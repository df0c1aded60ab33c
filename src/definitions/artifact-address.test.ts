import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from './artifact-address.js';

describe('an address', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2001:200::1',
    '2606:4700:4700::1111',
    '2a00:1450:4001:81b::200e',
    '64:ff9b::8.8.8.8',
  ])('%s is public', (address) => expect(isPublicAddress(address)).toBe(true));

  it.each([
    ['unspecified', ['0.0.0.0', '0.1.2.3', '::']],
    ['private', ['10.0.0.1', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.1']],
    ['of the carrier', ['100.64.0.0', '100.127.255.255']],
    ['loopback', ['127.0.0.1', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1']],
    ['link-local', ['169.254.0.1', '169.254.169.254', 'fe80::1', 'febf::1', 'fe80::1%eth0']],
    ['reserved for protocols', ['192.0.0.1', '192.0.0.170', '192.88.99.1']],
    ['for documentation', ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1']],
    ['for benchmarks', ['198.18.0.1', '198.19.255.255', '2001:2::1']],
    ['multicast', ['224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1']],
    ['reserved or broadcast', ['240.0.0.1', '255.255.255.255']],
    ['unique local', ['fc00::1', 'fd00:ec2::254', 'fdff::1']],
    ['site-local', ['fec0::1', 'feff::1']],
    ['IPv4 in IPv6', ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::127.0.0.1', '::7f00:1']],
    [
      'translated',
      ['64:ff9b::127.0.0.1', '64:ff9b::a00:1', '64:ff9b::169.254.169.254', '64:ff9b:1::8.8.8.8'],
    ],
    ['6to4', ['2002:7f00:1::', '2002:a9fe:a9fe::1', '2002:808:808::1']],
    ['Teredo', ['2001:0:7f00:1::', '2001::1']],
    ['not given to anybody yet', ['4000::1', '5f00::1', '100::1', 'e000::1']],
    [
      'none',
      ['', 'localhost', '0x7f.1', '2130706433', '0177.0.0.1', '127.1', '8.8.8.8 ', '[2606::1]', '8.8.8.8:1'],
    ],
  ])('%s is not public: %j', (_, addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([]);
  });
});

/** The rules once more, as numbers: first and last address. */
const RESERVED: readonly (readonly [number, number])[] = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['169.254.0.0', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.88.99.0', '192.88.99.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '255.255.255.255'],
].map((ends) => ends.map(numberOf) as [number, number]);

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

const dotted = (number: number): string => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
const isReserved = (number: number): boolean =>
  RESERVED.some(([first, last]) => number >= first && number <= last);

/** Any address, and often one at the edge of a range. */
const ipv4 = fc.oneof(
  fc.nat(0xffffffff),
  fc
    .tuple(fc.constantFrom(...RESERVED.flat()), fc.constantFrom(-1, 0, 1))
    .map(([edge, step]) => Math.min(0xffffffff, Math.max(0, edge + step))),
);

describe('every address', () => {
  it('of IPv4 is public exactly outside the reserved ranges', () => {
    fc.assert(
      fc.property(ipv4, (number) => {
        expect(isPublicAddress(dotted(number)), dotted(number)).toBe(!isReserved(number));
      }),
      { numRuns: 2000 },
    );
  });

  it('of IPv4 that is reserved stays so in any wrapping, and only NAT64 lets others through', () => {
    const wrappings = ['::ffff:', '::', '64:ff9b:1::', '::ffff:0:'];
    fc.assert(
      fc.property(ipv4, fc.constantFrom(...wrappings), (number, wrapping) => {
        expect(isPublicAddress(wrapping + dotted(number))).toBe(false);
        expect(isPublicAddress(`64:ff9b::${dotted(number)}`)).toBe(!isReserved(number));
        const [high, low] = [number >>> 16, number & 0xffff].map((part) => part.toString(16));
        expect(isPublicAddress(`2002:${high}:${low}::1`)).toBe(false);
        expect(isPublicAddress(`2001:0:${high}:${low}::1`)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('of IPv6 is public only in 2000::/3 or behind NAT64, however it is written', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const short = new URL(`http://[${address}]/`).hostname.slice(1, -1);
        expect(isPublicAddress(short)).toBe(isPublicAddress(address));
        if (isPublicAddress(short)) expect(short).toMatch(/^[23][0-9a-f]{3}:|^64:ff9b::/);
      }),
      { numRuns: 1000 },
    );
  });
});
