import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inspectLabFile } from './inspect-lab-file.js';
import { readLabFile, type LabFile } from './read-lab-file.js';
import { renderLabFile } from './render-lab-file.js';

const folder = new URL('../../../examples/', import.meta.url);
const bytesOf = (name: string) => readFileSync(new URL(`labs/${name}`, folder));

interface Example {
  readonly nodes: number;
  /** How many texts get a number: tags, and annotations that show them. */
  readonly places: number;
  /** `name = OUT as written, kind, protocol, label, line or inside port`, in the order of the file. */
  readonly ports: readonly string[];
}

const EXAMPLES: Readonly<Record<string, Example>> = {
  'bgp-multihoming.yaml': {
    nodes: 7,
    places: 16,
    ports: [
      'isp_a_serial = 6001, SERIAL, TCP, ISP-A, 0',
      'isp_a_serial_1 = 6002, SERIAL, TCP, ISP-A, 1',
      'isp_a_serial_2 = 6003, SERIAL, TCP, ISP-A, 2',
      'isp_b_serial = 6004, SERIAL, TCP, ISP-B, 0',
      'isp_b_serial_1 = 6005, SERIAL, TCP, ISP-B, 1',
      'ce1 = ${PORT_CE1}, SERIAL, TCP, CE1, 0',
      'ce2 = ${PORT_CE2}, SERIAL, TCP, CE2, 0',
      'core_serial = 6010, SERIAL, TCP, core, 0',
      'customer_host_serial = 6011, SERIAL, TCP, customer-host, 0',
      'looking_glass_vnc = 6012, VNC, TCP, Looking Glass, -',
      'looking_glass_tcp_22 = 6013, PAT, TCP, Looking Glass, 22',
      'glass = ${PORT_GLASS}, PAT, TCP, Looking Glass, 8080',
    ],
  },
  'branch-vpn.yaml': {
    nodes: 3,
    places: 6,
    ports: [
      'serial_1 = ${PORT_SERIAL_1}, SERIAL, TCP, edge-r1, 0',
      'branch_r2_serial = 5042, SERIAL, TCP, branch-r2, 0',
      'vnc_1 = ${PORT_VNC_1}, VNC, TCP, desk, -',
      'web = ${PORT_WEB}, PAT, TCP, desk, 8080',
    ],
  },
  'campus-vlans.yaml': {
    nodes: 60,
    places: 20,
    ports: [
      'core_1_serial = 8001, SERIAL, TCP, core-1, 0',
      'core_2_serial = 8002, SERIAL, TCP, core-2, 0',
      'dist_a1_serial = 8003, SERIAL, TCP, dist-A1, 0',
      'dist_a2_serial = 8004, SERIAL, TCP, dist-A2, 0',
      'dist_b1_serial = 8005, SERIAL, TCP, dist-B1, 0',
      'dist_b2_serial = 8006, SERIAL, TCP, dist-B2, 0',
      'dist_c1_serial = 8007, SERIAL, TCP, dist-C1, 0',
      'dist_c2_serial = 8008, SERIAL, TCP, dist-C2, 0',
      'access_a1 = ${PORT_ACCESS_A1}, SERIAL, TCP, access-A1, 0',
      'access_b1 = ${PORT_ACCESS_B1}, SERIAL, TCP, access-B1, 0',
      'access_c1 = ${PORT_ACCESS_C1}, SERIAL, TCP, access-C1, 0',
      'dhcp_ssh = ${PORT_DHCP_SSH}, PAT, TCP, dhcp, 22',
      'syslog_tcp_22 = 8122, PAT, TCP, syslog, 22',
      'syslog_udp_514 = 8514, PAT, UDP, syslog, 514',
      'pc_a1_1_serial = 8009, SERIAL, TCP, pc-A1-1, 0',
      'pc_b1_1_serial = 8010, SERIAL, TCP, pc-B1-1, 0',
      'pc_c1_1_serial = 8011, SERIAL, TCP, pc-C1-1, 0',
    ],
  },
  'dmvpn.yaml': {
    nodes: 6,
    places: 9,
    ports: [
      'hub = ${PORT_HUB}, SERIAL, TCP, HQ-HUB, 0',
      'paris = ${PORT_PARIS}, SERIAL, TCP, spoke-paris, 0',
      'spoke_oslo_serial = 7002, SERIAL, TCP, spoke-oslo, 0',
      'spoke_lima_serial = 7003, SERIAL, TCP, spoke-lima, 0',
      'spoke_lima_serial_1 = 7004, SERIAL, TCP, spoke-lima, 1',
      'hq_server_tcp_80 = 7080, PAT, TCP, hq-server, 80',
      'hq_server_udp_69 = 7069, PAT, UDP, hq-server, 69',
      'paris_pc = ${PORT_PARIS_PC}, SERIAL, TCP, paris-pc, 0',
    ],
  },
  'firewall-dmz.yaml': {
    nodes: 5,
    places: 19,
    ports: [
      'fw_1_serial = 9001, SERIAL, TCP, fw-1, 0',
      'fw_1_serial_1 = 9002, SERIAL, TCP, fw-1, 1',
      'www_tcp_80 = \\x39\\x30\\x38\\x30, PAT, TCP, www, 80',
      'www_tcp_443 = 9443, PAT, TCP, www, 443',
      'www_vnc = 9590, VNC, TCP, www, -',
      'smtp = ${PORT_SMTP}, PAT, TCP, mail, 25',
      'mail_udp_53 = 9053, PAT, UDP, mail, 53',
      'mail = ${PORT_MAIL}, SERIAL, TCP, mail, 0',
      'desk = ${PORT_DESK}, VNC, TCP, admin desk, -',
      'attacker_serial = 9007, SERIAL, TCP, attacker, 0',
      'attacker_serial_1 = 9008, SERIAL, TCP, attacker, 1',
      'attacker_serial_2 = 9009, SERIAL, TCP, attacker, 2',
    ],
  },
  'ipv6-transition.yaml': {
    nodes: 7,
    places: 14,
    ports: [
      'z_rich_pe_serial = 5301, SERIAL, TCP, Zürich-PE, 0',
      'k_ln_ce_serial = 5302, SERIAL, TCP, Köln-CE, 0',
      'nat64_serial = 5303, SERIAL, TCP, NAT64-網關, 0',
      'nat64_ssh = ${PORT_NAT64_SSH}, PAT, TCP, NAT64-網關, 22',
      'nat64_udp_53 = 5353, PAT, UDP, NAT64-網關, 53',
      'nat64_tcp_80 = 5380, PAT, TCP, NAT64-網關, 80',
      'v6_only = ${PORT_V6_ONLY}, SERIAL, TCP, Łódź (IPv6 only), 0',
      's_o_paulo_v4_serial = 5305, SERIAL, TCP, São Paulo – v4, 0',
      'node_serial = 5306, SERIAL, TCP, туннель, 0',
      'node_serial_1 = 5307, SERIAL, TCP, туннель, 1',
      'caf_vnc = 5308, VNC, TCP, café ☕, -',
    ],
  },
  'linux-services.yaml': {
    nodes: 3,
    places: 8,
    ports: [
      'web_server_1_serial = 5001, SERIAL, TCP, Web Server (1), 0',
      'web_server_1_tcp_8080 = 5080, PAT, TCP, Web Server (1), 8080',
      'web_server_1_tcp_8443 = 5443, PAT, TCP, Web Server (1), 8443',
      'name_server_serial = 5002, SERIAL, TCP, Name Server, 0',
      'name_server_udp_53 = 5053, PAT, UDP, Name Server, 53',
      'bench_vnc = 5900, VNC, TCP, bench, -',
    ],
  },
  'mpls-l3vpn.yaml': {
    nodes: 11,
    places: 24,
    ports: [
      'p1_serial = 3001, SERIAL, TCP, P1, 0',
      'p1_serial_1 = 3002, SERIAL, TCP, P1, 1',
      'p1_serial_2 = 3003, SERIAL, TCP, P1, 2',
      'p2_serial = 3004, SERIAL, TCP, P2, 0',
      'p2_serial_1 = 3005, SERIAL, TCP, P2, 1',
      'p2_serial_2 = 3006, SERIAL, TCP, P2, 2',
      'pe1 = ${PORT_PE1}, SERIAL, TCP, PE1, 0',
      'pe1_aux = ${PORT_PE1_AUX}, SERIAL, TCP, PE1, 1',
      'pe1_xr = ${PORT_PE1_XR}, SERIAL, TCP, PE1, 2',
      'pe2 = ${PORT_PE2}, SERIAL, TCP, PE2, 0',
      'pe3 = ${PORT_PE3}, SERIAL, TCP, PE3, 0',
      'red_ce1_serial = 3101, SERIAL, TCP, RED-CE1, 0',
      'red_ce2_serial = 3102, SERIAL, TCP, RED-CE2, 0',
      'blue_ce1_serial = 3201, SERIAL, TCP, BLUE-CE1, 0',
      'blue_ce2_serial = 3202, SERIAL, TCP, BLUE-CE2, 0',
      'red_headquarters_third_floor_server_room_serial = 3110, SERIAL, TCP, RED headquarters, third floor, server room north, 0',
      'red_headquarters_third_floor_server_room_tcp_22 = 3122, PAT, TCP, RED headquarters, third floor, server room north, 22',
      'red_headquarters_third_floor_server_room_udp_69 = 3169, PAT, UDP, RED headquarters, third floor, server room north, 69',
      'blue_host_serial = 3210, SERIAL, TCP, BLUE-host, 0',
    ],
  },
  'network-automation.yaml': {
    nodes: 5,
    places: 28,
    ports: [
      'controller_ssh = ${PORT_CONTROLLER_SSH}, PAT, TCP, controller, 22',
      'controller_tcp_443 = 4443, PAT, TCP, controller, 443',
      'controller_udp_514 = 4514, PAT, UDP, controller, 514',
      'controller_udp_162 = 4162, PAT, UDP, controller, 162',
      'controller_serial = 4000, SERIAL, TCP, controller, 0',
      'csr_1_serial = 4001, SERIAL, TCP, csr-1, 0',
      'csr_1_tcp_22 = 4122, PAT, TCP, csr-1, 22',
      'csr_1_tcp_830 = 4183, PAT, TCP, csr-1, 830',
      'csr_1_tcp_443 = 4144, PAT, TCP, csr-1, 443',
      'csr_1_udp_161 = 4161, PAT, UDP, csr-1, 161',
      'nx_1_serial = 4002, SERIAL, TCP, nx-1, 0',
      'nx_1_serial_1 = 4003, SERIAL, TCP, nx-1, 1',
      'nx_1_tcp_22 = 4222, PAT, TCP, nx-1, 22',
      'nx_1_tcp_830 = 4283, PAT, TCP, nx-1, 830',
      'nx_gnmi = ${PORT_NX_GNMI}, PAT, TCP, nx-1, 50051',
      'xr_1_serial = 4004, SERIAL, TCP, xr-1, 0',
      'xr_1_serial_1 = 4005, SERIAL, TCP, xr-1, 1',
      'xr_1_serial_2 = 4006, SERIAL, TCP, xr-1, 2',
      'xr_1_tcp_22 = 4322, PAT, TCP, xr-1, 22',
      'xr_1_tcp_830 = 4383, PAT, TCP, xr-1, 830',
      'xr_gnmi = ${PORT_XR_GNMI}, PAT, TCP, xr-1, 57400',
      'web_under_test_tcp_80 = 4080, PAT, TCP, web-under-test, 80',
    ],
  },
  'ospf-triangle.yaml': {
    nodes: 4,
    places: 8,
    ports: [
      'serial_r1 = ${PORT_SERIAL_R1}, SERIAL, TCP, r1, 0',
      'serial_r2 = ${PORT_SERIAL_R2}, SERIAL, TCP, r2, 0',
      'serial_r3 = ${PORT_SERIAL_R3}, SERIAL, TCP, r3, 0',
      'vnc_desktop = ${PORT_VNC_DESKTOP}, VNC, TCP, desktop, -',
      'ssh = ${PORT_SSH}, PAT, TCP, desktop, 22',
    ],
  },
};

const names = Object.keys(EXAMPLES);
const writtenOf = (port: string) => / = ([^,]+),/.exec(port)?.[1] ?? '';

/** Numbers that no example holds; put in a text they show where it was changed. */
const marks = (file: LabFile) => file.portTemplate.map(({ name }, at) => ({ name, number: 61_000 + at }));

/** The text with what was written in place of the marks. */
const restored = (text: string, { ports }: Example) =>
  text.replaceAll(/610\d\d/g, (mark) => writtenOf(ports[Number(mark) - 61_000] ?? ''));

describe.each(names)('%s', (name) => {
  const bytes = bytesOf(name);
  const example = EXAMPLES[name] as Example;
  const file = readLabFile(bytes);

  it('has these nodes and ports', () => {
    const ports = file.portTemplate.map((port) => {
      const place = file.places.find((it) => it.port === port.name && it.path.startsWith('nodes.'));
      const written = file.text.slice(place?.start, place?.end);
      const detail = port.line ?? port.insidePort ?? '-';
      return `${port.name} = ${written}, ${port.kind}, ${port.protocol}, ${port.nodeLabel}, ${detail}`;
    });
    expect({ nodes: file.nodeCount, places: file.places.length, ports }).toEqual(example);
  });

  it('is itself again with the numbers it was drawn with', () => {
    const held = marks(file).map(({ name: port, number }, at) => {
      const written = Number(writtenOf(example.ports[at] ?? ''));
      return { name: port, number: Number.isInteger(written) ? written : number };
    });
    const { text, warnings } = renderLabFile(file, held);
    expect(warnings).toEqual([]);
    expect(Buffer.from(restored(text, example)).equals(bytes)).toBe(true);
    if (held.every(({ number }) => number < 61_000)) expect(Buffer.from(text).equals(bytes)).toBe(true);
  });

  it('changes in nothing but the numbers when it gets others', () => {
    expect(file.text).not.toMatch(/610\d\d/);
    const { text } = renderLabFile(file, marks(file));
    expect(text.match(/610\d\d/g)).toHaveLength(example.places);
    expect(Buffer.from(restored(text, example)).equals(bytes)).toBe(true);
  });

  it('says the same of its ports, with the new numbers, once it is rendered', () => {
    const held = marks(file);
    const again = readLabFile(renderLabFile(file, held).text);
    const unnamed = ({ portTemplate }: LabFile) => portTemplate.map((port) => ({ ...port, name: '' }));
    expect(unnamed(again)).toEqual(unnamed(file));
    expect(again.nodeCount).toBe(file.nodeCount);
    const outs = again.portTemplate.map(({ name: port }) => {
      const place = again.places.find((it) => it.port === port);
      return Number(again.text.slice(place?.start, place?.end));
    });
    expect(outs).toEqual(held.map(({ number }) => number));
  });

  it('has no slip in it', () => {
    const found = new Set<string>(inspectLabFile(bytes).warnings.map(({ rule }) => rule));
    for (const rule of [
      'TAG_MISSPELT',
      'LABEL_REPEATED',
      'PLACEHOLDER_UNKNOWN',
      'ANNOTATION_STAYS',
      'LINK_BROKEN',
    ])
      expect(found).not.toContain(rule);
  });

  it('is listed in the README of the examples', () => {
    expect(readFileSync(new URL('README.md', folder), 'utf8')).toContain(`\`labs/${name}\``);
  });
});

describe('the examples', () => {
  const texts = names.map((name) => bytesOf(name).toString());
  const some = (pattern: RegExp) => texts.filter((text) => pattern.test(text)).length;

  it('are all in the table', () => {
    expect(readdirSync(new URL('labs/', folder)).sort()).toEqual([...names].sort());
  });

  it('keep the line ends of other systems', () => {
    const drawnOnWindows = bytesOf('bgp-multihoming.yaml').toString();
    expect(drawnOnWindows.split('\r\n').length).toBeGreaterThan(400);
    expect(drawnOnWindows.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(some(/[^\n]$/)).toBe(1);
  });

  it.each([
    ['anchors and aliases', /: \*\w+/],
    ['merged mappings', /<<: \*/],
    ['folded texts', /: >-?\r?\n/],
    ['literal texts', /: \|[-+]?\r?\n/],
    ['tabs in a text', /\n +\t\w/],
    ['letters of other scripts', /網關/],
    ['an empty list of tags', /tags: \[\]/],
    ['texts that a shell fills in', /\$\{HOME\}/],
    ['configurations that are one text', /configuration: \|/],
    ['configurations that are files', /configuration:\r?\n +- name:/],
    [
      'a rectangle, an ellipse, a line and a text',
      /type: rectangle[^]*type: ellipse[^]*type: line[^]*type: text/,
    ],
    ['forms 0.1.0, 0.2.x and 0.3.0 of the format', /version: "?0\.[123]\.\d/],
  ])('show %s', (_, pattern) => expect(some(pattern)).toBeGreaterThan(0));
});
