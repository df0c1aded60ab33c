import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatHostPort, parseHostPort } from './host-port.js';

describe('a host', () => {
  it.each([
    ['labs.example.org', 'labs.example.org:443'],
    ['Labs.EXAMPLE.org:8443', 'labs.example.org:8443'],
    ['labs.example.org.', 'labs.example.org:443'],
    ['bücher.example', 'xn--bcher-kva.example:443'],
    ['BÜCHER.example.:1', 'xn--bcher-kva.example:1'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example:443'],
    ['labs。example。org', 'labs.example.org:443'],
    ['a_b.example', 'a_b.example:443'],
    ['localhost:65535', 'localhost:65535'],
    ['192.0.2.1', '192.0.2.1:443'],
    ['[2001:DB8:0:0::1]:9000', '[2001:db8::1]:9000'],
    ['[::ffff:127.0.0.1]', '[::ffff:7f00:1]:443'],
  ])('%s is %s', (text, canonical) => {
    const parsed = parseHostPort(text, 443);
    expect(parsed && formatHostPort(parsed)).toBe(canonical);
  });

  it.each([
    '',
    ' ',
    ':443',
    'labs.example.org:',
    'labs.example.org:0',
    'labs.example.org:65536',
    'labs.example.org:+1',
    'labs.example.org:1:2',
    'https://labs.example.org',
    'labs.example.org/x',
    'labs.example.org?x',
    'labs.example.org#x',
    'labs.example.org\\x',
    'user@labs.example.org',
    'labs.example.org\t',
    'labs\n.example.org',
    'labs\0.example.org',
    'labs%2eexample.org',
    '*.example.org',
    '.example.org',
    'labs..example.org',
    'labs.example.org..',
    '-labs.example.org',
    `${'x'.repeat(64)}.example`,
    `${'x.'.repeat(127)}example`,
    '2001:db8::1',
    '[2001:db8::1',
    '[fe80::1%25eth0]',
    '[labs.example.org]',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0x7f000001',
    '0177.0.0.1',
    '127.0.0.01',
    '127.0.0.1.',
    '①②⑦.0.0.1',
    '127。0。0。1',
    '256.0.0.1',
    '1.2.3.4.5',
  ])('is not %j', (text) => expect(parseHostPort(text, 443)).toBeNull());

  it('reads the same again once it is in its one form', () => {
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6(), fc.string()), fc.nat(70_000), (host, port) => {
        const bracketed = /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(host) ? `[${host}]` : host;
        const parsed = parseHostPort(`${bracketed}:${port}`, 443);
        fc.pre(parsed !== null);
        expect(parseHostPort(formatHostPort(parsed), 1)).toEqual(parsed);
      }),
    );
  });
});
