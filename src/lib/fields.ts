import { z } from 'zod';
import type { FieldFault } from '../errors.js';
import { ID_PREFIXES, isId, type IdPrefix } from './ids.js';
import { VERSION_PATTERN } from './version.js';

/**
 * Field schemas that several operations share. `meta({ graphql })` names the GraphQL scalar, `meta({ id })`
 * the GraphQL type of objects and enums; descriptions appear in every API.
 */

// Cc is the class of control characters; prose may hold tabs and line breaks.
const CONTROL_OR_BREAK = /\p{Cc}/u;
const CONTROL = /[^\P{Cc}\t\n\r]/u;
// With the flag u it finds only halves of surrogate pairs. A store writes every one of them as U+FFFD, so that two
// different texts would become one.
const LONE_SURROGATE = /\p{Cs}/u;

/** Text that every store and transport can write in UTF-8. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

const WELL_FORMED = { message: 'must not contain half of a surrogate pair' };

/** Text of `min` to `max` characters: NFC-normalised and trimmed; control characters and lone surrogates are refused. */
export function line(min: number, max: number) {
  return z
    .string()
    .normalize('NFC')
    .trim()
    .min(min)
    .max(max)
    .refine((text) => !CONTROL_OR_BREAK.test(text), { message: 'must not contain control characters' })
    .refine(isWellFormed, WELL_FORMED);
}

/** Like {@link line}, with line breaks and tabs allowed. */
export function prose(max: number) {
  return z
    .string()
    .normalize('NFC')
    .trim()
    .max(max)
    .refine((text) => !CONTROL.test(text), { message: 'must not contain control characters' })
    .refine(isWellFormed, WELL_FORMED);
}

/**
 * An absolute URI of up to 2048 characters whose scheme matches. Control characters are looked for before it is
 * parsed, since a parser drops line breaks and tabs in silence.
 */
export function uri(protocol: RegExp, message: string) {
  return line(1, 2048).check(z.url({ protocol, message }));
}

export const email = line(1, 254).check(z.email({ message: 'must be a mail address' }));

/** An id with this prefix. */
export function id(prefix: IdPrefix) {
  return z
    .string()
    .refine((text) => isId(prefix, text), { message: `must be an id of the form ${prefix}_<ULID>` })
    .meta({ graphql: 'ID' });
}

/** An id of any object. */
export const anyId = z
  .string()
  .refine((text) => ID_PREFIXES.some((prefix) => isId(prefix, text)), { message: 'must be an id' })
  .meta({ graphql: 'ID' });

/** Years of more digits have another form, in which text order is not time order. */
function inFourDigitYears(text: string): boolean {
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && /^\d{4}-/.test(time.toISOString());
}

/** A time with `Z` or an offset; becomes UTC with milliseconds. */
export const dateTime = z.iso
  .datetime({ offset: true, message: 'must be an ISO 8601 time with Z or an offset', abort: true })
  .refine(inFourDigitYears, { message: 'must be a time in the years 0-9999 in UTC' })
  .transform((text) => new Date(text).toISOString())
  .meta({ graphql: 'DateTime' });

/** Three numbers 0-999999: `1.10.0`. */
export const semVer = z
  .string()
  .regex(VERSION_PATTERN, {
    message: 'must be MAJOR.MINOR.PATCH, three numbers 0-999999 without leading zero',
  })
  .meta({ graphql: 'SemVer' });

/** A position in the live feed; opaque. */
export const liveRevision = z.string().max(512).meta({ graphql: 'LiveRevision' });

/** Of queries that answer from what this process has seen of the live feed. */
export const atLeast = liveRevision
  .nullish()
  .describe('Answer as of this live revision or a later one; waits up to 2 s for it, then TIMEOUT.');

export const whole = (min: number, max: number) => z.int().min(min).max(max);

export const definitionName = z
  .string()
  .normalize('NFC')
  .trim()
  .regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/, {
    message: 'must start with a letter or digit and hold up to 100 letters, digits, spaces, ".", "_", "-"',
  });

/** Names of workers and templates. */
export const slug = z
  .string()
  .normalize('NFC')
  .trim()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { message: 'must be 1-63 characters a-z, 0-9 and "-"' });

export const reason = line(1, 500);

export const expectedRevision = z
  .int()
  .min(1)
  .nullish()
  .describe('Revision the caller has read; a stale one is REVISION_CONFLICT. Absent: the command re-reads.');

export const idempotencyKey = line(1, 64)
  .nullish()
  .describe('Key of this command, kept 24 h: the same key and input have one effect, also when sent again.');

/** Fields of every command on an existing object. */
export const commandFields = { expectedRevision, idempotencyKey };

/** What was sent; no field of it is known to be right. */
export type Unchecked = Readonly<Record<string, unknown>>;

/**
 * A check of several fields of an object together. It runs whatever is wrong with single fields, since everything is
 * listed at once, and so must look only at what it finds fit.
 */
export function together(find: (input: Unchecked) => readonly FieldFault[]): z.core.$ZodCheck<object> {
  const check = (payload: z.core.ParsePayload<object>): void => {
    const faults = isObject(payload.value) ? find(payload.value) : [];
    for (const { path, rule, message } of faults) {
      const place = { path: path.split('.'), input: payload.value };
      payload.issues.push({ code: 'custom', ...place, message, params: { rule }, continue: true });
    }
  };
  const always = { check: 'custom', when: () => true };
  return { _zod: { check, def: always, onattach: [] } };
}

function isObject(value: unknown): value is Unchecked {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
