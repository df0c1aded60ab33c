import { describe, expect, it } from 'vitest';
import { probableTag } from './misspelt-tag.js';

describe('the port tag that was probably meant', () => {
  it.each([
    ['serail:5000', 'serial:5000'],
    ['Serial:5000', 'serial:5000'],
    ['SERIAL:5000:1', 'serial:5000:1'],
    ['seral:5000', 'serial:5000'],
    ['serrial:5000', 'serial:5000'],
    ['serials:5000', 'serial:5000'],
    ['cerial:5000', 'serial:5000'],
    ['serial=5000', 'serial:5000'],
    ['serial5000', 'serial:5000'],
    [' serial:5000', 'serial:5000'],
    ['vnc 5900', 'vnc:5900'],
    ['VNC:5900', 'vnc:5900'],
    ['vcn:5900', 'vnc:5900'],
    ['Serial:${PORT_R1}', 'serial:${PORT_R1}'],
    ['vnc ${PORT_R1}', 'vnc:${PORT_R1}'],
    ['serial ${port_r1}', 'serial:${PORT_R1}'],
    ['serial $PORT_R1', 'serial:${PORT_R1}'],
    ['pat 5080:80', 'pat:5080:80'],
    ['PAT:TCP:5080:80', 'pat:tcp:5080:80'],
    ['pta:udp:5053:53', 'pat:udp:5053:53'],
    ['Pat:${PORT_WEB}:8080', 'pat:${PORT_WEB}:8080'],
  ])('%j: %s', (text, meant) => expect(probableTag(text)).toBe(meant));

  it.each([
    'serial:5000',
    'serial:x',
    'vnc:',
    'Serial',
    'Serial0/0/0',
    'Serial 2',
    'aerials:5000',
    'cat9000',
    'cat 9000',
    'path:1000',
    'part 2024',
    'nvc-card',
    'vlan:1000',
    'PAT:5080',
    'vnc 5900:1',
    'Serial:99999',
    '',
    '5000',
    'core',
    `serail:5000${' '.repeat(300)}`,
  ])('none: %j', (text) => expect(probableTag(text)).toBeNull());

  it('is found in no time in any text', () => {
    expect(probableTag(`serail${' :'.repeat(90)}`)).toBeNull();
    expect(probableTag(`vnc ${'1'.repeat(190)}`)).toBeNull();
  });
});
