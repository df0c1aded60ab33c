/** docker-compose.yml and Dockerfile agree with the settings of the server and with the source tree. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ConfigError, readConfig, SETTINGS } from '../src/config.js';
import { compareVersions } from '../src/lib/version.js';

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck: { readonly test: readonly string[] };
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly stop_grace_period?: string;
}

interface Compose {
  readonly services: Readonly<Record<'server' | 'mongodb' | 'etcd', Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}

const root = new URL('../', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const IDENTITY_PROVIDER = {
  AUTH_ISSUER: 'https://login.example/realms/lab',
  AUTH_AUDIENCE: 'lablet-control-plane',
  AUTH_JWKS_URL: 'https://login.example/realms/lab/certs',
};
const names = new Set<string>(Object.values(SETTINGS).map(({ env }) => env));

/** The file as compose reads it with these variables. @throws Error when a required one is missing */
function compose(variables: Readonly<Record<string, string>>): Compose {
  const substituted = text('docker-compose.yml').replace(
    /\$\{(\w+)(?::([?-])([^}]*))?\}/g,
    (_whole, name: string, kind: string | undefined, rest = '') => {
      const value = variables[name] ?? '';
      if (value === '' && kind === '?') throw new Error(`${name}: ${rest}`);
      return JSON.stringify(value === '' ? rest : value);
    },
  );
  return parse(substituted) as Compose;
}

/** Lines of the Dockerfile, continued ones joined, by their instruction. */
function instructions(name: string): string[] {
  return text('Dockerfile')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.startsWith(`${name} `))
    .map((line) => line.slice(name.length + 1));
}

const image = Object.fromEntries(
  instructions('ENV')
    .flatMap((line) => line.split(/\s+/))
    .map((pair) => pair.split('=')),
);

describe('docker-compose.yml', () => {
  const { services, volumes } = compose(IDENTITY_PROVIDER);
  const environment = services.server.environment ?? {};

  it('gives the server settings that it has', () => {
    expect(Object.keys(environment).filter((name) => !names.has(name))).toEqual([]);
  });

  it('gives the server values that it accepts', () => {
    const config = readConfig({ ...image, ...environment });
    expect(config.host).toBe('0.0.0.0');
    expect(services.server.ports).toEqual([`127.0.0.1:4000:${String(config.port)}`]);
    expect(config.authJwksUrl).toBe(IDENTITY_PROVIDER.AUTH_JWKS_URL);
  });

  it.each(Object.keys(IDENTITY_PROVIDER))('does not start without %s', (name) => {
    expect(() => compose({ ...IDENTITY_PROVIDER, [name]: '' })).toThrow(name);
  });

  it('asks for an identity provider because the server does', () => {
    const without = Object.entries(environment).filter(([name]) => !name.startsWith('AUTH_'));
    expect(() => readConfig({ ...image, ...Object.fromEntries(without) })).toThrow(ConfigError);
  });

  it('points the server at the stores beside it', () => {
    const mongodb = new URL(environment['MONGODB_URI'] ?? '');
    const set = services.mongodb.command?.at(services.mongodb.command.indexOf('--replSet') + 1);
    expect(mongodb.hostname).toBe('mongodb');
    expect(mongodb.searchParams.get('replicaSet')).toBe(set);
    expect(services.mongodb.healthcheck.test.join(' ')).toContain(`rs.initiate({ _id: '${String(set)}'`);
    expect(environment['ETCD_ENDPOINTS']).toBe('http://etcd:2379');
    expect(services.server.depends_on).toEqual({
      mongodb: { condition: 'service_healthy' },
      etcd: { condition: 'service_healthy' },
    });
  });

  it('keeps one hour of the history of etcd, and bounds its size', () => {
    const { command = [] } = services.etcd;
    expect(command).toContain('--auto-compaction-mode=periodic');
    expect(command).toContain('--auto-compaction-retention=1h');
    const quota = command.find((flag) => flag.startsWith('--quota-backend-bytes='));
    expect(Number(quota?.split('=')[1])).toBeGreaterThanOrEqual(2 ** 31);
  });

  it('pins every image, MongoDB 8 and an etcd with the fixes of its watches', () => {
    for (const service of Object.values(services)) expect(service.image).toMatch(/:v?\d+\.\d+\.\d+$/);
    expect(services.mongodb.image).toMatch(/^mongo:8\./);
    const etcd = /:v(.*)$/.exec(services.etcd.image)?.[1] ?? '';
    expect(compareVersions(etcd, '3.6.14')).toBeGreaterThanOrEqual(0);
  });

  it('publishes on the loopback address only', () => {
    const published = Object.values(services).flatMap(({ ports }) => ports);
    expect(published.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))).toEqual([]);
  });

  it('keeps all data in named volumes', () => {
    const used = Object.values(services).flatMap((service) =>
      service.volumes.map((mount) => mount.replace(/:.*/, '')),
    );
    expect(used.sort()).toEqual(Object.keys(volumes).sort());
  });

  it('asks the server whether it is ready, and gives it time to stop', () => {
    expect(services.server.healthcheck.test.join(' ')).toContain('http://127.0.0.1:4000/readyz');
    const grace = Number(services.server.stop_grace_period?.replace(/s$/, ''));
    expect(grace).toBeGreaterThan(readConfig(environment).shutdownGraceSeconds);
  });
});

describe('Dockerfile', () => {
  /** What the build makes; everything else that is copied must be in the source tree. */
  const built = ['/app/dist', '/app/node_modules'];
  const copies = instructions('COPY').map((line) => {
    const parts = line.split(/\s+/);
    return {
      fromBuild: parts[0] === '--from=build',
      sources: parts.slice(parts[0] === '--from=build' ? 1 : 0, -1),
    };
  });

  it('copies what is there or what the build makes', () => {
    const sources = copies.filter(({ fromBuild }) => !fromBuild).flatMap((copy) => copy.sources);
    expect(sources.filter((path) => !existsSync(fileURLToPath(new URL(path, root))))).toEqual([]);
    const made = copies.filter(({ fromBuild }) => fromBuild).flatMap((copy) => copy.sources);
    expect(made.sort()).toEqual(built);
  });

  it('copies nothing that .dockerignore keeps out', () => {
    const letIn = text('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'));
    const sources = copies.filter(({ fromBuild }) => !fromBuild).flatMap((copy) => copy.sources);
    const normal = (path: string): string => path.replace(/^!?(?:\.\/)?/, '').replace(/\/$/, '');
    expect([...new Set(sources.map(normal))].sort()).toEqual(letIn.map(normal).sort());
  });

  it('sets what the server knows', () => {
    expect(Object.keys(image).filter((name) => name !== 'NODE_ENV' && !names.has(name))).toEqual([]);
    expect(image['NODE_ENV']).toBe('production');
  });

  it('is pinned, and runs as a user without rights, with a health check and a signal to stop', () => {
    for (const from of instructions('FROM')) expect(from).toMatch(/^node:20\.20\.2-bookworm-slim\b/);
    expect(instructions('USER')).toEqual(['node']);
    expect(instructions('STOPSIGNAL')).toEqual(['SIGTERM']);
    expect(instructions('HEALTHCHECK').join()).toContain('/readyz');
    expect(instructions('RUN')).toContain('npm ci --ignore-scripts');
    expect(instructions('RUN').join()).toContain('npm prune --omit=dev');
  });

  it('runs the program that the package names', () => {
    const { bin, scripts } = JSON.parse(text('package.json')) as {
      bin: { lablet: string };
      scripts: { start: string };
    };
    expect(scripts.start).toMatch(new RegExp(`^node .* ${bin.lablet}$`));
    expect(JSON.parse(instructions('CMD').at(-1) as string)).toEqual(scripts.start.split(' '));
  });
});
