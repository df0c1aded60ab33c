import {
  bucketNames,
  define,
  flag,
  hosts,
  list,
  optional,
  s3Endpoint,
  seconds,
  secret,
  text,
  whole,
} from '../lib/settings.js';

/** Where lab files may be read from. */
export const artifactsSettings = {
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
} as const;
