/**
 * All settings, read from one environment record. Pure: the program passes `process.env` in one place.
 * Every fault is reported at once.
 */
import {
  bucketNames,
  flag,
  hosts,
  keyPrefix,
  list,
  mongoUri,
  number,
  oneOf,
  optional,
  s3Endpoint,
  text,
  webUrl,
  whole,
  type Setting,
} from './lib/settings.js';

const define = <T>(env: string, fallback: string, parse: (value: string) => T, description: string) =>
  ({ env, fallback, parse, description }) satisfies Setting<T>;
const secret = <T>(env: string, parse: (value: string) => T, description: string) =>
  ({ env, fallback: '', parse, description, secret: true }) satisfies Setting<T>;

const seconds = number(0.01, 86_400);
const millis = whole(1, 86_400_000);

export const SETTINGS = {
  port: define('PORT', '4000', whole(0, 65_535), 'TCP port for HTTP and WebSocket; 0 takes a free one.'),
  host: define(
    'HOST',
    '127.0.0.1',
    text,
    'Address to listen on. Loopback only without an identity provider.',
  ),
  dataDir: define('DATA_DIR', './data', text, 'Folder of the embedded stores and of the development key.'),
  mongodbUri: secret('MONGODB_URI', mongoUri, 'MongoDB to use; unset: the embedded document store.'),
  etcdEndpoints: define(
    'ETCD_ENDPOINTS',
    '',
    list,
    'etcd endpoints, comma separated; unset: the embedded live store.',
  ),
  etcdPrefix: define('ETCD_PREFIX', '/ccm', keyPrefix, 'Prefix of all keys in etcd.'),
  etcdCaFile: define('ETCD_CA_FILE', '', optional, 'CA certificate of etcd (PEM); switches TLS on.'),
  etcdCertFile: define('ETCD_CERT_FILE', '', optional, 'Client certificate for etcd (PEM).'),
  etcdKeyFile: define('ETCD_KEY_FILE', '', optional, 'Key of the client certificate (PEM).'),
  etcdUsername: define('ETCD_USERNAME', '', optional, 'User name for etcd.'),
  etcdPassword: secret('ETCD_PASSWORD', optional, 'Password for etcd.'),
  authIssuer: define('AUTH_ISSUER', '', optional, 'Expected `iss` of tokens; needed with a key set.'),
  authAudience: define('AUTH_AUDIENCE', '', optional, 'Expected `aud` of tokens; needed with a key set.'),
  authJwksUrl: define('AUTH_JWKS_URL', '', webUrl, 'Where the identity provider publishes its keys.'),
  authJwksFile: define('AUTH_JWKS_FILE', '', optional, 'Key set as a file, instead of a URL.'),
  authRolesClaim: define(
    'AUTH_ROLES_CLAIM',
    'realm_access.roles',
    text,
    'Path of the roles in a token, dotted.',
  ),
  artifactFileRoot: define(
    'ARTIFACT_FILE_ROOT',
    '',
    optional,
    'Folder that `file:` lab files are read below; unset: off (without an identity provider: ./examples).',
  ),
  artifactHosts: define(
    'ARTIFACT_HOSTS',
    '',
    hosts,
    'Servers that `https:` and `s3:` lab files are read from, comma separated; `host:port` if the port is not 443.',
  ),
  artifactAllowPrivate: define(
    'ARTIFACT_ALLOW_PRIVATE',
    'false',
    flag,
    'Whether these servers may have private, loopback and link-local addresses.',
  ),
  artifactCaFile: define(
    'ARTIFACT_CA_FILE',
    '',
    optional,
    'CA certificates (PEM) that these servers may have, beside the public ones.',
  ),
  artifactTimeoutSeconds: define(
    'ARTIFACT_TIMEOUT_SECONDS',
    '10',
    seconds,
    'Time to read a lab file, in all.',
  ),
  artifactMaxBytes: define(
    'ARTIFACT_MAX_BYTES',
    '5242880',
    whole(1024, 5_242_880),
    'Largest lab file, at most 5 MiB.',
  ),
  s3Endpoint: define(
    'S3_ENDPOINT',
    '',
    s3Endpoint,
    'Host and port of the server for `s3:` lab files, also in ARTIFACT_HOSTS; unset: off.',
  ),
  s3Region: define('S3_REGION', 'us-east-1', text, 'Region that S3 requests are signed for.'),
  s3AccessKey: secret(
    'S3_ACCESS_KEY',
    optional,
    'Access key for S3; it needs the right to read objects only.',
  ),
  s3SecretKey: secret('S3_SECRET_KEY', optional, 'Secret key for S3.'),
  s3Tls: define(
    'S3_TLS',
    'true',
    flag,
    'Whether S3 is spoken over TLS; the port is 443, else 80, if not given.',
  ),
  s3Buckets: define(
    'S3_BUCKETS',
    'lablet-artifacts',
    bucketNames,
    'Buckets that lab files may be in, comma separated.',
  ),
  nodeCountIgnored: define(
    'NODE_COUNT_IGNORED',
    'external_connector,unmanaged_switch',
    list,
    'Node kinds of a lab file that do not count against a licence.',
  ),
  workerTemplatesPath: define(
    'WORKER_TEMPLATES_PATH',
    'config/worker-templates.yaml',
    text,
    'Worker templates seeded at start.',
  ),
  logLevel: define(
    'LOG_LEVEL',
    'info',
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'Lowest level of the JSON log.',
  ),
  introspection: define('INTROSPECTION', 'true', flag, 'Whether clients may read the schema.'),
  shutdownGraceSeconds: define('SHUTDOWN_GRACE_SECONDS', '10', seconds, 'Longest graceful stop.'),
  maxBodyBytes: define('MAX_BODY_BYTES', '1048576', whole(1024, 1 << 30), 'Largest HTTP body.'),
  maxSocketMessageBytes: define(
    'MAX_SOCKET_MESSAGE_BYTES',
    '65536',
    whole(1024, 1 << 30),
    'Largest WebSocket message.',
  ),
  maxWorkInFlight: define(
    'MAX_WORK_IN_FLIGHT',
    '1000',
    whole(1, 1_000_000),
    'Operations one process runs at once.',
  ),
  maxQueryTokens: define('MAX_QUERY_TOKENS', '2000', whole(1, 1_000_000), 'Tokens of a GraphQL document.'),
  maxQueryDepth: define('MAX_QUERY_DEPTH', '10', whole(1, 1000), 'Fields within fields of a document.'),
  maxQueryAliases: define('MAX_QUERY_ALIASES', '30', whole(0, 100_000), 'Aliases of a document.'),
  maxQueryRootFields: define('MAX_QUERY_ROOT_FIELDS', '10', whole(1, 10_000), 'Root fields of a document.'),
  maxQueryDirectives: define('MAX_QUERY_DIRECTIVES', '5', whole(0, 10_000), 'Directives of a document.'),
  maxQueryCost: define(
    'MAX_QUERY_COST',
    '10000',
    whole(1, 1_000_000_000),
    'Price of a document: the objects that its answer may hold.',
  ),
  operationDeadlineMs: define(
    'OPERATION_DEADLINE_MS',
    '15000',
    millis,
    'Time an operation has before its first write.',
  ),
  documentCallMs: define('DOCUMENT_CALL_MS', '2000', millis, 'Deadline of a call to the document store.'),
  liveCallMs: define('LIVE_CALL_MS', '2000', millis, 'Deadline of a call to the live store.'),
  startDeadlineMs: define('START_DEADLINE_MS', '10000', millis, 'How long a start waits for the stores.'),
  claimAttempts: define('CLAIM_ATTEMPTS', '20', whole(1, 1000), 'Tries of a claim before CLAIM_CONTENTION.'),
  claimDeadlineMs: define(
    'CLAIM_DEADLINE_MS',
    '5000',
    millis,
    'Time of all tries of a claim together, waiting included.',
  ),
  maxClaimsWaiting: define(
    'MAX_CLAIMS_WAITING',
    '2000',
    whole(1, 1_000_000),
    'Claims and releases that may wait for one worker in a process.',
  ),
  readerQueueChanges: define(
    'READER_QUEUE_CHANGES',
    '1000',
    whole(1, 1_000_000),
    'Changes a subscriber may lag behind.',
  ),
  readerQueueBytes: define(
    'READER_QUEUE_BYTES',
    '4194304',
    whole(1024, 1 << 30),
    'Size of these changes together.',
  ),
  readerQueueSeconds: define(
    'READER_QUEUE_SECONDS',
    '60',
    seconds,
    'How long a change may wait for its subscriber.',
  ),
  liveRingChanges: define(
    'LIVE_RING_CHANGES',
    '10000',
    whole(1, 10_000_000),
    'Recent changes kept for resuming.',
  ),
  liveRingBytes: define(
    'LIVE_RING_BYTES',
    '67108864',
    whole(1024, 1 << 30),
    'Size of these changes together.',
  ),
  liveCompareSeconds: define(
    'LIVE_COMPARE_SECONDS',
    '300',
    seconds,
    'Interval at which the live values are compared with the store.',
  ),
  atLeastWaitMs: define(
    'AT_LEAST_WAIT_MS',
    '2000',
    millis,
    'How long a query with `atLeast` waits for that live revision.',
  ),
  bookmarkSeconds: define(
    'BOOKMARK_SECONDS',
    '30',
    seconds,
    'Silence after which a subscriber gets a BOOKMARK.',
  ),
  tickSeconds: define('TICK_SECONDS', '10', seconds, "Interval of the leader's tick."),
  watchFreshSeconds: define(
    'WATCH_FRESH_SECONDS',
    '35',
    seconds,
    'Age of the latest change at which the watch counts as stale.',
  ),
  epochCheckMs: define(
    'EPOCH_CHECK_MS',
    '1000',
    millis,
    'How often a process asks whether the live store was emptied or restored.',
  ),
  ownerTtlSeconds: define(
    'OWNER_TTL_SECONDS',
    '15',
    whole(1, 86_400),
    'Lease of the data folder on the other store, where one store alone is embedded.',
  ),
  leaderTtlSeconds: define('LEADER_TTL_SECONDS', '15', whole(1, 86_400), 'Lease of the leader key.'),
  terminalStateTtlSeconds: define(
    'TERMINAL_STATE_TTL_SECONDS',
    '3600',
    whole(1, 31_536_000),
    'How long terminal states stay in the live store.',
  ),
  outboxSweepSeconds: define(
    'OUTBOX_SWEEP_SECONDS',
    '5',
    seconds,
    'Interval of the sweep for events not copied yet.',
  ),
  repairSeconds: define('REPAIR_SECONDS', '15', seconds, "Interval of the leader's repair."),
  repairConfirmSeconds: define(
    'REPAIR_CONFIRM_SECONDS',
    '8',
    seconds,
    'Time between the first look at a difference and the one that decides.',
  ),
  repairPollMs: define(
    'REPAIR_POLL_MS',
    '1000',
    millis,
    'How often the leader looks for requests to repair.',
  ),
  retentionSweepSeconds: define(
    'RETENTION_SWEEP_SECONDS',
    '3600',
    seconds,
    'Interval of the deletion of what is no longer kept.',
  ),
  keepEventsDays: define('KEEP_EVENTS_DAYS', '365', whole(1, 36_500), 'How long events are kept.'),
  keepReportsDays: define('KEEP_REPORTS_DAYS', '90', whole(1, 36_500), 'How long repair reports are kept.'),
  idempotencyHours: define('IDEMPOTENCY_HOURS', '24', whole(1, 720), 'How long idempotency keys are kept.'),
} as const;

type Settings = typeof SETTINGS;
export type SettingName = keyof Settings;
export type Config = { readonly [K in SettingName]: ReturnType<Settings[K]['parse']> };

/** Every fault of the environment, for one message. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly faults: readonly string[]) {
    super(`The settings have ${faults.length} fault(s):\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
}

/** Reads and checks all settings. @throws ConfigError with all faults at once */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(SETTINGS) as [SettingName, Setting<unknown>][]) {
    const given = env[setting.env]?.trim();
    try {
      values[name] = setting.parse(given === undefined || given === '' ? setting.fallback : given);
    } catch (error) {
      faults.push(`${setting.env} ${(error as Error).message}`);
    }
  }
  // A value that could not be read is undefined here, which counts as given.
  const config = values as Config;
  faults.push(...crossChecks(config));
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** True when tokens come from an identity provider, false when the server signs development tokens itself. */
export function hasIdentityProvider(config: Pick<Config, 'authJwksUrl' | 'authJwksFile'>): boolean {
  return config.authJwksUrl !== null || config.authJwksFile !== null;
}

function crossChecks(config: Config): string[] {
  return [...identityFaults(config), ...s3Faults(config)];
}

function s3Faults({ s3Endpoint, s3AccessKey, s3SecretKey }: Config): string[] {
  const faults: string[] = [];
  if (s3Endpoint === null && (s3AccessKey !== null || s3SecretKey !== null))
    faults.push('S3_ACCESS_KEY and S3_SECRET_KEY need S3_ENDPOINT');
  if (s3AccessKey === null && (s3Endpoint !== null || s3SecretKey !== null))
    faults.push('S3_ACCESS_KEY is needed with S3_ENDPOINT and S3_SECRET_KEY');
  if (s3SecretKey === null && (s3Endpoint !== null || s3AccessKey !== null))
    faults.push('S3_SECRET_KEY is needed with S3_ENDPOINT and S3_ACCESS_KEY');
  return faults;
}

function identityFaults(config: Config): string[] {
  const faults: string[] = [];
  if (!hasIdentityProvider(config)) {
    if (!LOOPBACK.has(config.host)) {
      faults.push(
        `HOST ${config.host} is not loopback: development tokens are for loopback only; set AUTH_JWKS_URL or AUTH_JWKS_FILE`,
      );
    }
    if (config.authIssuer !== null || config.authAudience !== null) {
      faults.push('AUTH_ISSUER and AUTH_AUDIENCE need AUTH_JWKS_URL or AUTH_JWKS_FILE');
    }
    return faults;
  }
  if (config.authJwksUrl !== null && config.authJwksFile !== null) {
    faults.push('AUTH_JWKS_URL and AUTH_JWKS_FILE exclude each other');
  }
  if (config.authIssuer === null) faults.push('AUTH_ISSUER is needed with a key set');
  if (config.authAudience === null) faults.push('AUTH_AUDIENCE is needed with a key set');
  return faults;
}
