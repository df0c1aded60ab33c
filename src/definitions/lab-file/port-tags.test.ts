import { describe, expect, it } from 'vitest';
import { derivedName, freeName, labelPart, parsePortTag, type PortTag } from './port-tags.js';

const parsed = (text: string): PortTag => {
  const tag = parsePortTag(text);
  if (tag === null || tag === 'MALFORMED') throw new Error(`${text} is no port tag`);
  return tag;
};

describe('parsePortTag', () => {
  it.each([
    ['serial:5042', { kind: 'SERIAL', protocol: 'TCP', out: '5042', line: 0, insidePort: null }],
    ['serial:5042:3', { kind: 'SERIAL', protocol: 'TCP', out: '5042', line: 3, insidePort: null }],
    ['serial:1:99', { kind: 'SERIAL', out: '1', line: 99 }],
    ['vnc:65535', { kind: 'VNC', protocol: 'TCP', out: '65535', line: null, insidePort: null }],
    ['pat:5080:80', { kind: 'PAT', protocol: 'TCP', out: '5080', line: null, insidePort: 80 }],
    ['pat:tcp:5080:80', { kind: 'PAT', protocol: 'TCP', out: '5080', insidePort: 80 }],
    ['pat:udp:53:53', { kind: 'PAT', protocol: 'UDP', out: '53', insidePort: 53 }],
  ])('reads %s', (text, expected) => {
    const tag = parsed(text);
    expect(tag).toMatchObject({ ...expected, placeholder: null });
    expect(text.slice(tag.outAt, tag.outAt + tag.out.length)).toBe(tag.out);
  });

  it.each([
    ['serial:${PORT_SERIAL_1}', 'serial_1'],
    ['serial:${PORT_A}:2', 'a'],
    ['vnc:${PORT_VNC_1}', 'vnc_1'],
    ['pat:tcp:${PORT_WEB}:8080', 'web'],
    ['pat:${PORT_PORT_X}:1', 'port_x'],
  ])('names the port of %s', (text, placeholder) => {
    const tag = parsed(text);
    expect(tag.placeholder).toBe(placeholder);
    expect(text.slice(tag.outAt)).toMatch(/^\$\{PORT_/);
  });

  it.each([
    'core',
    '',
    'serial',
    'serial5042',
    'Serial:5042',
    ' serial:5042',
    'patch:1:2',
    'vncs:1',
    'x-pat:1:2',
  ])('ignores %j', (text) => expect(parsePortTag(text)).toBeNull());

  it.each([
    'serial:',
    'serial:0',
    'serial:05042',
    'serial:65536',
    'serial:5042:',
    'serial:5042:100',
    'serial:5042:01',
    'serial:5042\n',
    'serial: 5042',
    'serial:${PORT_}',
    'serial:${PORT_1}',
    'serial:${PORT_web}',
    'serial:${HOME}',
    'serial:x',
    `serial:\${PORT_A${'B'.repeat(63)}}`,
    'vnc:5900:1',
    'vnc:',
    'pat:80',
    'pat:tcp:80',
    'pat:sctp:80:80',
    'pat:80:0',
    'pat:80:65536',
    'pat:0:80',
    'pat:80:80:80',
    'pat:TCP:80:80',
  ])('refuses %j', (text) => expect(parsePortTag(text)).toBe('MALFORMED'));
});

describe('labelPart', () => {
  it.each([
    ['branch-r2', 'branch_r2'],
    ['Web Server (1)', 'web_server_1'],
    ['--a--b--', 'a_b'],
    ['1st', 'n1st'],
    ['***', 'node'],
    ['', 'node'],
    ['Zürich', 'z_rich'],
    ['x'.repeat(60), 'x'.repeat(40)],
    ['9'.repeat(40), `n${'9'.repeat(39)}`],
    [`${'a'.repeat(39)}-b`, `${'a'.repeat(39)}_`],
  ])('turns %j into %j', (label, expected) => expect(labelPart(label)).toBe(expected));
});

describe('derivedName', () => {
  it.each([
    ['serial:1', 'r1_serial'],
    ['serial:1:0', 'r1_serial'],
    ['serial:1:2', 'r1_serial_2'],
    ['vnc:1', 'r1_vnc'],
    ['pat:1:22', 'r1_tcp_22'],
    ['pat:udp:1:53', 'r1_udp_53'],
  ])('names the port of %s', (text, expected) => expect(derivedName('R1', parsed(text))).toBe(expected));

  it('numbers names that are taken', () => {
    expect(freeName('a', new Set())).toBe('a');
    expect(freeName('a', new Set(['a']))).toBe('a_2');
    expect(freeName('a', new Set(['a', 'a_2', 'a_3']))).toBe('a_4');
  });
});
