import { define, millis, whole } from '../lib/settings.js';

/** What a caller may ask for, at most. */
export const limitsSettings = {
  maxBodyBytes: define('MAX_BODY_BYTES', '1048576', whole(1024, 1 << 30), 'Largest HTTP body.'),
  maxBodiesBytes: define(
    'MAX_BODIES_BYTES',
    '33554432',
    whole(1024, 2 ** 40),
    'Size of all HTTP bodies that one process works on at once.',
  ),
  maxSocketMessageBytes: define(
    'MAX_SOCKET_MESSAGE_BYTES',
    '65536',
    whole(1024, 1 << 30),
    'Largest WebSocket message.',
  ),
  maxSocketsPerUser: define(
    'MAX_SOCKETS_PER_USER',
    '5',
    whole(1, 1_000_000),
    'WebSocket connections of one user to a process.',
  ),
  maxSocketSubscriptions: define(
    'MAX_SOCKET_SUBSCRIPTIONS',
    '20',
    whole(1, 1_000_000),
    'Subscriptions of a socket; times MAX_SOCKETS_PER_USER, the event streams of one user.',
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
  maxQueryFragments: define('MAX_QUERY_FRAGMENTS', '50', whole(0, 10_000), 'Fragments of a document.'),
  maxQueryRepeats: define(
    'MAX_QUERY_REPEATS',
    '30',
    whole(0, 100_000),
    'Fields of a document that stand beside one of the same name.',
  ),
  maxQueryValues: define(
    'MAX_QUERY_VALUES',
    '5000',
    whole(1, 1_000_000),
    'Values in the variables of a document.',
  ),
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
} as const;
