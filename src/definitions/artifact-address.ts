import { BlockList, isIP } from 'node:net';

/**
 * Ranges that are no public server's, after IANA's registry of special-purpose IPv4 addresses. 192.88.99.0/24 was
 * the relay of 6to4; 224.0.0.0/4 is multicast; 240.0.0.0/4 ends with the broadcast address.
 */
const RESERVED_IPV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;

/**
 * Of IPv6 only the global unicast range is public, without protocol assignments (Teredo among them), 6to4 and
 * documentation. That leaves out loopback, link-local, unique local, site-local, multicast, and IPv4 in any wrapping.
 */
const GLOBAL_IPV6 = ['2000::', 3] as const;
const RESERVED_IPV6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

/** In networks with IPv6 alone this is how public IPv4 servers are reached (NAT64). */
const NAT64 = '64:ff9b::';
const NAT64_BITS = 96;

const reservedIpv4 = new BlockList();
const reservedIpv6 = new BlockList();
const globalIpv6 = new BlockList();

for (const [net, bits] of RESERVED_IPV4) {
  reservedIpv4.addSubnet(net, bits, 'ipv4');
  reservedIpv6.addSubnet(`${NAT64}${net}`, NAT64_BITS + bits, 'ipv6');
}
for (const [net, bits] of RESERVED_IPV6) reservedIpv6.addSubnet(net, bits, 'ipv6');
globalIpv6.addSubnet(...GLOBAL_IPV6, 'ipv6');
globalIpv6.addSubnet(NAT64, NAT64_BITS, 'ipv6');

/**
 * Whether this may be the address of a server on the internet. False for what is private, local to the machine, the
 * link or the carrier, multicast, reserved or for documentation, and for whatever is no address.
 */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !reservedIpv4.check(address, 'ipv4');
    case 6:
      // A zone (`fe80::1%eth0`) belongs to link-local addresses only.
      return (
        !address.includes('%') && globalIpv6.check(address, 'ipv6') && !reservedIpv6.check(address, 'ipv6')
      );
    default:
      return false;
  }
}
