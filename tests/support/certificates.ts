import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate authority of the tests' own, made when they run; nothing of it is kept. */
export interface Authority {
  /** Its certificate, PEM, and the file that it is in. */
  readonly ca: string;
  readonly caFile: string;
  /** Key and certificate of a server with this name (`DNS:labs.example.org`, `IP:127.0.0.1`), valid for `days`. */
  issue(name: string, days?: number): { key: string; cert: string };
  remove(): void;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export function certificateAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'lablet-ca-'));
  const path = (name: string) => join(folder, name);
  const caFile = path('ca.pem');
  let issued = 0;

  const request = (name: string, ...more: string[]) =>
    execFileSync(
      'openssl',
      ['req', '-x509', ...KEY, '-keyout', path(`${name}.key`), '-out', path(`${name}.pem`), ...more],
      { stdio: 'ignore' },
    );
  request('ca', '-subj', '/CN=Labs CA', '-days', '2');

  return {
    ca: readFileSync(caFile, 'utf8'),
    caFile,
    issue(name, days = 2) {
      const file = `server-${++issued}`;
      const signer = [
        '-CA',
        caFile,
        '-CAkey',
        path('ca.key'),
        '-addext',
        'basicConstraints=critical,CA:FALSE',
      ];
      request(
        file,
        '-subj',
        '/CN=server',
        '-days',
        String(days),
        '-addext',
        `subjectAltName=${name}`,
        ...signer,
      );
      return {
        key: readFileSync(path(`${file}.key`), 'utf8'),
        cert: readFileSync(path(`${file}.pem`), 'utf8'),
      };
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
