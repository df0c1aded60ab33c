/** Node definitions that CML brings along, by the console that people use; others are not judged. */
const SERIAL_KINDS: readonly string[] = [
  'alpine',
  'asav',
  'cat-sdwan-controller',
  'cat-sdwan-edge',
  'cat-sdwan-manager',
  'cat-sdwan-validator',
  'cat8000v',
  'cat9000v-q200',
  'cat9000v-s1',
  'cat9000v-uadp',
  'cat9800',
  'coreos',
  'csr1000v',
  'dnsmasq',
  'fmcv',
  'frr',
  'ftdv',
  'iol-xe',
  'ioll2-xe',
  'iosv',
  'iosvl2',
  'iosxrv',
  'iosxrv9000',
  'net-tools',
  'nginx',
  'nxosv',
  'nxosv9000',
  'radius',
  'server',
  'syslog',
  'tacplus',
  'thousandeyes-ea',
  'trex',
  'ubuntu',
  'vedge',
  'vbond',
  'vmanage',
  'vsmart',
];
const SCREEN_KINDS: readonly string[] = ['chrome', 'desktop', 'firefox'];

/** Prefix of the tag for the console of a kind of node; null when it has none, or nothing is known of it. */
export function usualConsole(kind: string): 'serial' | 'vnc' | null {
  if (SCREEN_KINDS.includes(kind)) return 'vnc';
  return SERIAL_KINDS.includes(kind) ? 'serial' : null;
}
