import { define, millis, whole } from '../lib/settings.js';

const rate = whole(0, 1_000_000);

/** How often callers may ask, and how slowly; 0 stands for no limit where it is allowed. */
export const callersSettings = {
  callerRequestsPerSecond: define(
    'CALLER_REQUESTS_PER_SECOND',
    '1000',
    rate,
    'Requests and socket messages of one caller in a second, in each process; 0: no limit.',
  ),
  serviceRequestsPerSecond: define(
    'SERVICE_REQUESTS_PER_SECOND',
    '0',
    rate,
    'The same for callers with the role ADMIN or SERVICE.',
  ),
  authFailuresPerMinute: define(
    'AUTH_FAILURES_PER_MINUTE',
    '600',
    rate,
    'Refused credentials from one address in a minute, in each process; 0: no limit.',
  ),
  maxConnections: define(
    'MAX_CONNECTIONS',
    '20000',
    whole(1, 1_000_000),
    'Open connections of one process; further ones are closed at once.',
  ),
  headersTimeoutMs: define(
    'HEADERS_TIMEOUT_MS',
    '10000',
    millis,
    'Time for all headers of a request to arrive.',
  ),
  requestTimeoutMs: define('REQUEST_TIMEOUT_MS', '30000', millis, 'Time for a whole request to arrive.'),
} as const;
