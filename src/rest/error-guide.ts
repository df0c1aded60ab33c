import type { ErrorCode, ErrorDetails } from '../errors.js';

interface Guide<C extends ErrorCode> {
  /** What each field of `details` holds. */
  readonly details: Readonly<Record<keyof ErrorDetails[C], string>>;
  /** What a caller can do. */
  readonly remedy: string;
}

const RANGE = 'first and last number of the range';
const STATUS = 'the status it has';

/** What the documents add to the table of codes, for those who meet one. */
export const ERROR_GUIDE: { readonly [C in ErrorCode]: Guide<C> } = {
  UNAUTHENTICATED: {
    details: { reason: 'why, in one word: MISSING, EXPIRED, SIGNATURE and others' },
    remedy: 'Send a valid token as `Authorization: Bearer`, or sign in again.',
  },
  FORBIDDEN: {
    details: { requiredRoles: 'the roles of which one is needed' },
    remedy: 'Ask for one of the roles; another token of the same roles does not help.',
  },
  NOT_FOUND: {
    details: { entity: 'the kind of object', id: 'the id or natural key that was asked for' },
    remedy: 'Check the id. Objects of others look the same as missing ones.',
  },
  VALIDATION_FAILED: {
    details: { fields: 'every fault: `path` in the input, `rule` that it breaks, `message` for people' },
    remedy: 'Mend every named field, and send again.',
  },
  ALREADY_EXISTS: {
    details: {
      entity: 'the kind of object',
      key: 'the value that is in use',
      existingId: 'who has it; null if you may not see it',
    },
    remedy: 'Use the existing object, or choose another value.',
  },
  REVISION_CONFLICT: {
    details: { expected: 'the revision that was sent', actual: 'the revision it has' },
    remedy: 'Read the object again, decide again, and send with its revision.',
  },
  IDEMPOTENCY_CONFLICT: {
    details: { key: 'the key' },
    remedy: 'Use a new key for other input; the old one answers for its own input only.',
  },
  INVALID_TRANSITION: {
    details: {
      from: 'the state it is in',
      to: 'the state that was asked for',
      legal: 'the states it may go to',
    },
    remedy: 'Choose one of the legal states; `instanceTransitions` and `workerTransitions` list them all.',
  },
  VERSION_NOT_HIGHER: {
    details: { base: 'the version it is made from', given: 'the version that was given' },
    remedy: 'Give a version above the base.',
  },
  DEFINITION_NOT_ACTIVE: {
    details: { status: STATUS, replacementId: 'the definition to use in its place, or null' },
    remedy: 'Use the replacement, or the latest version of the name.',
  },
  DEFINITION_NOT_DEPRECATED: { details: { status: STATUS }, remedy: 'Deprecate it first.' },
  DEFINITION_IN_USE: {
    details: { count: 'the number of instances that are not TERMINATED' },
    remedy: 'Wait for its instances to end, or terminate them.',
  },
  ARTIFACT_NOT_ALLOWED: {
    details: { rule: 'the rule that it breaks' },
    remedy: 'Use an address that the settings ARTIFACT_* of the server allow.',
  },
  ARTIFACT_UNAVAILABLE: {
    details: { cause: 'what happened, in one word' },
    remedy: 'Check that the file is there and readable by the server; then try again.',
  },
  ARTIFACT_TOO_LARGE: {
    details: { limitBytes: 'the limit, in bytes' },
    remedy: 'Make the lab file smaller.',
  },
  ARTIFACT_NOT_SYNCED: {
    details: { definitionId: 'the definition' },
    remedy: 'Sync the definition, then render again.',
  },
  LAB_YAML_INVALID: {
    details: {
      rule: 'the rule',
      line: 'the line, counted from 1, or null',
      path: 'the place in the file, or null',
    },
    remedy: 'Mend the lab file at that place; `inspectLabYaml` tries it without storing anything.',
  },
  TIMESLOT_INVALID: {
    details: {
      rule: 'END_NOT_AFTER_START, START_IN_PAST, TOO_FAR, TOO_LONG or OVER',
      limit: 'the time or the length that is allowed, or null',
    },
    remedy: 'Choose another slot. After OVER the instance can only be terminated.',
  },
  WORKER_NOT_ACCEPTING: {
    details: { status: STATUS },
    remedy: 'Choose a worker that is RUNNING, or wait for this one.',
  },
  WORKER_NOT_ELIGIBLE: {
    details: { reasons: 'every reason: `kind`, what is needed (`need`), what the worker has (`actual`)' },
    remedy: 'Choose another worker; `placementPreview` names those that fit.',
  },
  WORKER_BUSY: {
    details: { status: STATUS, instances: 'ids of the instances that hold claims' },
    remedy: 'Drain the worker and wait, or use `force` where the command has it.',
  },
  CAPACITY_EXCEEDED: {
    details: { shortfalls: 'every `dimension` that is short, with `need` and `free`' },
    remedy: 'Choose another worker, or wait until room is given back.',
  },
  PORTS_EXHAUSTED: {
    details: { need: 'how many numbers are needed', free: 'how many are free', range: RANGE },
    remedy: 'Choose another worker, or wait until numbers are given back.',
  },
  PORT_OUT_OF_RANGE: {
    details: {
      number: 'the number, or null if the range itself is wrong',
      range: RANGE,
      excluded: 'excluded numbers',
    },
    remedy: 'Choose a range and exclusions that fit each other.',
  },
  PORT_IN_USE: {
    details: { ports: 'every `number` that is held, and by which `instanceId`' },
    remedy: 'Keep the held numbers inside the range, or wait for these instances to end.',
  },
  CLAIM_CONFLICT: {
    details: { workerId: 'the worker that holds the claim' },
    remedy: 'Use that worker; an instance never moves.',
  },
  CLAIM_NOT_OWNED: {
    details: { instanceId: 'the instance of the claim' },
    remedy: 'Nothing: a newer claim stands, and was left alone.',
  },
  CLAIM_CONTENTION: {
    details: { attempts: 'how many attempts were made' },
    remedy: 'Try again after a short random wait, or use another worker.',
  },
  NO_TEMPLATE_FITS: {
    details: { rejected: 'every template by `name`, with all `reasons` against it' },
    remedy: 'Ask for less, or add a template.',
  },
  TEMPLATE_FILE_INVALID: {
    details: {
      file: 'the file',
      entry: 'the entry, or null',
      field: 'the field, or null',
      line: 'the line, counted from 1, or null',
      rule: 'the rule',
    },
    remedy: 'Mend the file and reload it. Nothing of it was applied.',
  },
  RATE_LIMITED: {
    details: { limit: 'how much is allowed', retryAfterMs: 'when to try again, in milliseconds' },
    remedy: 'Wait as long as it says, then try again.',
  },
  QUERY_TOO_COSTLY: {
    details: {
      limit: 'the limit',
      max: 'its value',
      actual: 'what the document needs; null if that was not counted',
    },
    remedy: 'Ask for less at once: shorter pages, fewer levels, one object where a long text is wanted.',
  },
  PAYLOAD_TOO_LARGE: { details: { limit: 'the limit, in bytes' }, remedy: 'Send less at once.' },
  SLOW_READER: {
    details: { liveRevision: 'the position to go on from; null if it is too old' },
    remedy: 'Subscribe again with this position as `after`, and read faster.',
  },
  STORE_UNAVAILABLE: {
    details: { store: '`documents` or `live`' },
    remedy: 'Try again with the same idempotency key; `/readyz` says what is down.',
  },
  TIMEOUT: {
    details: { limitMs: 'the deadline, in milliseconds' },
    remedy: 'Try again with the same idempotency key: what was done is not done twice.',
  },
  INTERNAL: { details: {}, remedy: 'Report the request id; the log has the cause under it.' },
};
