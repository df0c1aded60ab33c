import { define, keyPrefix, list, millis, mongoUri, optional, secret, text, whole } from '../lib/settings.js';

/** The two stores and what they are seeded with. */
export const storesSettings = {
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
  workerTemplatesPath: define(
    'WORKER_TEMPLATES_PATH',
    'config/worker-templates.yaml',
    text,
    'Worker templates seeded at start.',
  ),
  documentCallMs: define('DOCUMENT_CALL_MS', '2000', millis, 'Deadline of a call to the document store.'),
  liveCallMs: define('LIVE_CALL_MS', '2000', millis, 'Deadline of a call to the live store.'),
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
  terminalStateTtlSeconds: define(
    'TERMINAL_STATE_TTL_SECONDS',
    '3600',
    whole(1, 31_536_000),
    'How long terminal states stay in the live store.',
  ),
} as const;
