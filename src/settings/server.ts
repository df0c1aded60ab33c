import { addresses, define, flag, millis, oneOf, seconds, text, whole } from '../lib/settings.js';

/** The process, its address and its start and stop. */
export const serverSettings = {
  port: define('PORT', '4000', whole(0, 65_535), 'TCP port for HTTP and WebSocket; 0 takes a free one.'),
  host: define(
    'HOST',
    '127.0.0.1',
    text,
    'Address to listen on. Loopback only without an identity provider.',
  ),
  trustedProxies: define(
    'TRUSTED_PROXIES',
    '',
    addresses,
    'Addresses and ranges of the proxies in front, whose `X-Forwarded-For` says where requests come from.',
  ),
  dataDir: define('DATA_DIR', './data', text, 'Folder of the embedded stores and of the development key.'),
  logLevel: define(
    'LOG_LEVEL',
    'info',
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'Lowest level of the JSON log.',
  ),
  introspection: define(
    'INTROSPECTION',
    'true',
    flag,
    'Whether clients may read the schema, and are told names that are nearly right.',
  ),
  compressFromBytes: define(
    'COMPRESS_FROM_BYTES',
    '65536',
    whole(0, 1 << 30),
    'From which size on answers are compressed for callers who accept it; 0: none.',
  ),
  shutdownGraceSeconds: define('SHUTDOWN_GRACE_SECONDS', '10', seconds, 'Longest graceful stop.'),
  shutdownNoticeMs: define(
    'SHUTDOWN_NOTICE_MS',
    '1000',
    whole(0, 60_000),
    'How long a stopping server says that it is not ready while it still serves.',
  ),
  startDeadlineMs: define('START_DEADLINE_MS', '10000', millis, 'How long a start waits for the stores.'),
} as const;
