import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError, hasIdentityProvider, readConfig, SETTINGS } from './config.js';

/** The faults of an environment, one per line as the program prints them. */
function faultsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

const PROVIDER = {
  AUTH_JWKS_URL: 'https://id.example/keys',
  AUTH_ISSUER: 'https://id.example',
  AUTH_AUDIENCE: 'lablet',
};

describe('settings', () => {
  it('all have a default that makes a server for one machine', () => {
    expect(readConfig({})).toMatchObject({
      port: 4000,
      host: '127.0.0.1',
      dataDir: './data',
      mongodbUri: null,
      etcdEndpoints: [],
      etcdPrefix: '/ccm',
      etcdCaFile: null,
      etcdCertFile: null,
      etcdKeyFile: null,
      etcdUsername: null,
      etcdPassword: null,
      authIssuer: null,
      authAudience: null,
      authJwksUrl: null,
      authJwksFile: null,
      authRolesClaim: 'realm_access.roles',
      artifactFileRoot: null,
      artifactHosts: [],
      artifactAllowPrivate: false,
      artifactCaFile: null,
      artifactTimeoutSeconds: 10,
      artifactMaxBytes: 5_242_880,
      s3Endpoint: null,
      s3Region: 'us-east-1',
      s3AccessKey: null,
      s3SecretKey: null,
      s3Tls: true,
      s3Buckets: ['lablet-artifacts'],
      nodeCountIgnored: ['external_connector', 'unmanaged_switch'],
      workerTemplatesPath: 'config/worker-templates.yaml',
      logLevel: 'info',
      introspection: true,
      shutdownGraceSeconds: 10,
      maxBodyBytes: 1_048_576,
      maxSocketMessageBytes: 65_536,
      maxWorkInFlight: 1000,
      operationDeadlineMs: 15_000,
      documentCallMs: 2000,
      liveCallMs: 2000,
      startDeadlineMs: 10_000,
      claimAttempts: 20,
      claimDeadlineMs: 5000,
      readerQueueChanges: 1000,
      liveRingChanges: 10_000,
      bookmarkSeconds: 30,
      tickSeconds: 10,
      watchFreshSeconds: 35,
      leaderTtlSeconds: 15,
      terminalStateTtlSeconds: 3600,
      outboxSweepSeconds: 5,
      idempotencyHours: 24,
    });
  });

  it('are each described in a sentence and named once in the environment', () => {
    const names = Object.values(SETTINGS).map(({ env }) => env);
    expect(new Set(names).size).toBe(names.length);
    for (const { env, description } of Object.values(SETTINGS)) {
      expect(env).toMatch(/^[A-Z][A-Z0-9_]+$/);
      expect(description, env).toMatch(/^[A-Za-z].{8,}\.$/);
    }
  });

  it('that hold credentials are marked, and have no default', () => {
    const secrets = Object.values(SETTINGS).filter((setting) => 'secret' in setting);
    expect(secrets.map(({ env }) => env)).toEqual([
      'MONGODB_URI',
      'ETCD_PASSWORD',
      'S3_ACCESS_KEY',
      'S3_SECRET_KEY',
    ]);
    expect(secrets.every(({ fallback }) => fallback === '')).toBe(true);
  });

  it('are trimmed, and empty means not set', () => {
    const { port, host, logLevel } = readConfig({ PORT: ' 8080 ', HOST: '  ', LOG_LEVEL: '' });
    expect([port, host, logLevel]).toEqual([8080, '127.0.0.1', 'info']);
  });

  it('that nobody knows are ignored', () => {
    expect(readConfig({ PATH: '/usr/bin', PORTS: 'x' })).toEqual(readConfig({}));
  });
});

describe('the names of roles', () => {
  it.each([
    ['ADMIN=a,USER=u', 'must name every role; AUTHOR, MANAGER, SERVICE not named'],
    ['ADMIN=a,USER=a', 'must not give one name to two roles'],
  ])('%s are refused', (AUTH_ROLE_NAMES, fault) => {
    expect(faultsOf({ AUTH_ROLE_NAMES })).toEqual([`AUTH_ROLE_NAMES ${fault}`]);
  });
});

describe('a setting', () => {
  it.each([
    ['PORT', ['0', '65535'], ['-1', '65536', '1.5', '1e3', '0x10', 'x'], 'be a whole number from 0 to 65535'],
    ['BOOKMARK_SECONDS', ['0.01', '86400'], ['0', '86401', '1e3', '-1'], 'be a number from 0.01 to 86400'],
    ['LEADER_TTL_SECONDS', ['1', '86400'], ['0.5', '86401'], 'be a whole number from 1 to 86400'],
    ['DOCUMENT_CALL_MS', ['1', '86400000'], ['0', '86400001'], 'be a whole number from 1 to 86400000'],
    ['MAX_BODY_BYTES', ['1024', '1073741824'], ['1023', '1073741825'], 'be a whole number from 1024 to'],
    ['INTROSPECTION', ['true', 'false'], ['yes', 'TRUE', '1'], 'be true or false'],
    ['LOG_LEVEL', ['trace', 'silent'], ['verbose', 'INFO'], 'be one of trace, debug, info'],
    ['ETCD_PREFIX', ['/ccm', '/a/b-2'], ['ccm', '/', '/ccm/', '/Ccm', '/c m'], 'look like /ccm'],
    [
      'ARTIFACT_MAX_BYTES',
      ['1024', '5242880'],
      ['1023', '5242881'],
      'be a whole number from 1024 to 5242880',
    ],
    [
      'ARTIFACT_HOSTS',
      ['labs.example.org', 'a.example, b.example:8443', '192.0.2.1', '[2001:db8::1]:9000', 'bücher.example.'],
      [
        'https://labs.example.org',
        'a.example b.example',
        'u:p@a.example',
        '*.example',
        '0x7f.1',
        'a.example:0',
      ],
      'list hosts, each with a port or without',
    ],
    [
      'TRUSTED_PROXIES',
      ['10.0.0.7', '10.0.0.0/8, 2001:db8::/32,::1'],
      ['proxy', '10.0.0.0/33', '0.0.0.0/0', '10.0.0.0/8/8', '10.0.0.0/', '10.0.0.0 10.0.0.1'],
      'list addresses or ranges',
    ],
    [
      'AUTH_ROLE_NAMES',
      [
        'ADMIN=a,AUTHOR=b,MANAGER=c,USER=d,SERVICE=e',
        'USER = d d, USER=x=y,ADMIN=a,AUTHOR=b,MANAGER=c,SERVICE=e',
      ],
      ['admin', 'admin=ADMIN', 'ADMIN=', 'ROOT=a'],
      'list ROLE=name, where the roles are ADMIN, AUTHOR',
    ],
    ['S3_BUCKETS', ['a-b.c, abc'], ['ab', 'A-bucket', 'a/b', 'arn:aws:s3:::b'], 'list names of buckets'],
    ['MONGODB_URI', ['mongodb://h:1/db', 'mongodb+srv://h/db'], ['localhost', '::'], 'begin with mongodb://'],
  ])('%s takes %j and refuses %j', (env, good, bad, rule) => {
    for (const value of good) expect(faultsOf({ [env]: value }), value).toEqual([]);
    for (const value of bad) {
      const faults = faultsOf({ [env]: value });
      expect(faults, value).toHaveLength(1);
      expect(faults[0]).toContain(`${env} must ${rule}`);
    }
  });

  it('that names the keys is a URL of the web', () => {
    expect(faultsOf(PROVIDER)).toEqual([]);
    expect(faultsOf({ ...PROVIDER, AUTH_JWKS_URL: 'id.example/keys' })).toEqual([
      'AUTH_JWKS_URL must be an http or https URL',
    ]);
  });

  it('that is a whole number takes exactly the numbers of its range', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10, max: 70_000 }), (number) => {
        expect(faultsOf({ PORT: String(number) }).length === 0).toBe(number >= 0 && number <= 65_535);
      }),
    );
  });

  it('that is a list drops blanks and spaces', () => {
    const { etcdEndpoints } = readConfig({ ETCD_ENDPOINTS: ' http://a:2379 ,, http://b:2379,' });
    expect(etcdEndpoints).toEqual(['http://a:2379', 'http://b:2379']);
  });

  it('is never echoed when it holds credentials', () => {
    const [fault] = faultsOf({ MONGODB_URI: '//user:s3cret@db.example' });
    expect(fault).toBe('MONGODB_URI must begin with mongodb:// or mongodb+srv://');
  });

  it('names several members of a replica set', () => {
    expect(faultsOf({ MONGODB_URI: 'mongodb://a:27017,b:27017,c:27017/lablet?replicaSet=rs0' })).toEqual([]);
  });

  it('is a URL of a kind that can be used', () => {
    expect(faultsOf({ MONGODB_URI: 'localhost:27017' })).not.toEqual([]);
    expect(faultsOf({ ...PROVIDER, AUTH_JWKS_URL: 'id.example:443/keys' })).not.toEqual([]);
  });

  it('is a key prefix only where the keys can be made from it', () => {
    expect(faultsOf({ ETCD_PREFIX: '/ccm//x' })).not.toEqual([]);
  });
});

describe('faults', () => {
  it('are reported all at once, in one message', () => {
    const env = { PORT: 'x', LOG_LEVEL: 'loud', INTROSPECTION: 'maybe' };
    expect(faultsOf(env).map((fault) => fault.split(' ')[0])).toEqual(['PORT', 'LOG_LEVEL', 'INTROSPECTION']);
    expect(() => readConfig(env)).toThrow(/^The settings have 3 fault\(s\):\n {2}PORT must/);
  });

  it('between settings are reported together with those of single ones', () => {
    expect(faultsOf({ PORT: 'x', HOST: '0.0.0.0' })).toHaveLength(2);
  });
});

describe('without an identity provider', () => {
  it.each(['127.0.0.1', '::1', 'localhost'])('%s may be listened on', (host) => {
    const config = readConfig({ HOST: host });
    expect(config.host).toBe(host);
    expect(hasIdentityProvider(config)).toBe(false);
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'lablet.example', '127.0.0.1.example'])(
    '%s is refused, since everyone could sign in',
    (host) => {
      expect(faultsOf({ HOST: host })).toEqual([
        `HOST ${host} is not loopback: development tokens are for loopback only; set AUTH_JWKS_URL or AUTH_JWKS_FILE`,
      ]);
    },
  );

  it.each([{ AUTH_ISSUER: 'https://id.example' }, { AUTH_AUDIENCE: 'lablet' }])(
    'an issuer or audience is a mistake: %j',
    (env) => {
      expect(faultsOf(env)).toEqual(['AUTH_ISSUER and AUTH_AUDIENCE need AUTH_JWKS_URL or AUTH_JWKS_FILE']);
      expect(faultsOf({ ...env, HOST: '0.0.0.0' })).toHaveLength(2);
    },
  );
});

describe('with an identity provider', () => {
  it('any address may be listened on', () => {
    const config = readConfig({ ...PROVIDER, HOST: '0.0.0.0' });
    expect(config).toMatchObject({ host: '0.0.0.0', authJwksUrl: PROVIDER.AUTH_JWKS_URL });
    expect(hasIdentityProvider(config)).toBe(true);
  });

  it('its keys come from a URL or a file, with issuer and audience', () => {
    const { AUTH_JWKS_URL, ...others } = PROVIDER;
    expect(faultsOf({ ...others, AUTH_JWKS_FILE: 'keys.json' })).toEqual([]);
    expect(faultsOf({ ...PROVIDER, AUTH_JWKS_FILE: 'keys.json' })).toEqual([
      'AUTH_JWKS_URL and AUTH_JWKS_FILE exclude each other',
    ]);
    expect(faultsOf({ AUTH_JWKS_URL })).toEqual([
      'AUTH_ISSUER is needed with a key set',
      'AUTH_AUDIENCE is needed with a key set',
    ]);
  });
});

describe('the settings of S3', () => {
  const S3 = { S3_ENDPOINT: 'minio.example:9000', S3_ACCESS_KEY: 'access', S3_SECRET_KEY: 's3cret' };

  it('belong together', () => {
    expect(faultsOf(S3)).toEqual([]);
    expect(faultsOf({ ...S3, S3_ENDPOINT: '' })).toEqual([
      'S3_ACCESS_KEY and S3_SECRET_KEY need S3_ENDPOINT',
    ]);
    expect(faultsOf({ ...S3, S3_SECRET_KEY: '' })).toEqual([
      'S3_SECRET_KEY is needed with S3_ENDPOINT and S3_ACCESS_KEY',
    ]);
    expect(faultsOf({ S3_SECRET_KEY: 's3cret' })).toEqual([
      'S3_ACCESS_KEY and S3_SECRET_KEY need S3_ENDPOINT',
      'S3_ACCESS_KEY is needed with S3_ENDPOINT and S3_SECRET_KEY',
    ]);
  });

  it('name a host, not a URL, and are told with all other faults', () => {
    const faults = faultsOf({
      ...S3,
      S3_ENDPOINT: 'http://access:s3cret@minio.example',
      PORT: 'x',
      S3_ACCESS_KEY: '',
    });
    expect(faults).toEqual([
      'PORT must be a whole number from 0 to 65535',
      'S3_ENDPOINT must be a host, with a port or without, as minio.example:9000',
      'S3_ACCESS_KEY is needed with S3_ENDPOINT and S3_SECRET_KEY',
    ]);
    expect(faults.join()).not.toContain('s3cret');
  });
});
