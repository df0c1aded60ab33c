import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import * as field from './fields.js';
import { ID_PREFIXES, systemIds } from './ids.js';
import { check, faultsOf } from './operation.js';

const accepts = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success;
const messageOf = (schema: z.ZodType, value: unknown): string | undefined =>
  schema.safeParse(value).error?.issues[0]?.message;

describe('a line of text', () => {
  const line = field.line(1, 5);

  it('is NFC-normalised and trimmed before it is measured', () => {
    expect(line.parse('  e\u0301te\u0301  ')).toBe('été');
    expect(accepts(line, '      ')).toBe(false);
    expect(accepts(line, '  12345  ')).toBe(true);
    expect(accepts(line, '123456')).toBe(false);
    expect(accepts(line, 5)).toBe(false);
  });

  it.each(['a\nb', 'a\tb', 'a\u0000b', 'a\u007fb', 'a\u0085b', '\u001b[1m'])(
    'refuses the controls in %j',
    (text) => {
      expect(messageOf(line, text)).toBe('must not contain control characters');
    },
  );

  it.each(['a\ud800', '\udc00a', '\ud83d', 'x\ud83dx', '\ude00\ud83d'])(
    'refuses the half of a pair in %j, which a store would change',
    (text) => {
      expect(messageOf(line, text)).toBe('must not contain half of a surrogate pair');
      expect(messageOf(field.prose(10), text)).toBe('must not contain half of a surrogate pair');
      expect(messageOf(field.idempotencyKey, text)).toBe('must not contain half of a surrogate pair');
    },
  );

  it('takes any other character', () => {
    for (const text of ['💥', 'übung', 'a b', '日本', '-._~']) expect(line.parse(text)).toBe(text);
  });

  it('parsed once more is the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 8 }), (text) => {
        const parsed = line.safeParse(text);
        if (!parsed.success) return;
        expect(line.parse(parsed.data)).toBe(parsed.data);
        expect(parsed.data).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

describe('prose', () => {
  it('takes line breaks and tabs, may be empty, and refuses other controls', () => {
    const prose = field.prose(10);
    expect(prose.parse(' a\r\n\tb ')).toBe('a\r\n\tb');
    expect(prose.parse('')).toBe('');
    expect(messageOf(prose, 'a\u0000b')).toBe('must not contain control characters');
    expect(accepts(prose, '12345678901')).toBe(false);
  });
});

describe('a URI', () => {
  const uri = field.uri(/^(file|https)$/, 'must be a file: or https: URI');

  it('is NFC-normalised and trimmed, and otherwise as it was written', () => {
    expect(uri.parse('  https://Host/a b/cafe\u0301?x=%20 ')).toBe('https://Host/a b/caf\u00e9?x=%20');
    expect(accepts(uri, `https://h/${'x'.repeat(2038)}`)).toBe(true);
    expect(accepts(uri, `https://h/${'x'.repeat(2039)}`)).toBe(false);
  });

  it.each(['https://h/a\nb', 'https://h/a\r\nb', 'https://h/a\tb', 'ht\ntps://h/', 'file:///a\u0000b'])(
    'is refused for a control character, which no parser is to drop: %j',
    (text) => expect(messageOf(uri, text)).toBe('must not contain control characters'),
  );

  it.each(['ftp://h/', 'https//h', '/labs/x.yaml', 'javascript:x'])('is none: %s', (text) => {
    expect(messageOf(uri, text)).toBe('must be a file: or https: URI');
  });
});

describe('a mail address', () => {
  it('is trimmed, and refused with control characters or without its parts', () => {
    expect(field.email.parse(' labs@example.org ')).toBe('labs@example.org');
    expect(messageOf(field.email, 'labs@example.org\nbcc: x@y.example')).toMatch(/control characters/);
    for (const text of ['labs', '@example.org', 'a b@example.org', `${'x'.repeat(250)}@example.org`])
      expect(accepts(field.email, text)).toBe(false);
  });
});

describe('rules of several fields together', () => {
  const shape = z.strictObject({ low: z.int().max(9).nullish(), high: z.int() });
  const faults = [{ path: 'low.0', rule: 'ORDER', message: 'is above high' }];
  const request = shape.check(field.together(({ low, high }) => (Number(low) > Number(high) ? faults : [])));

  it('are looked at whatever else is wrong, and name their rule', () => {
    expect(request.parse({ low: 1, high: 2 })).toEqual({ low: 1, high: 2 });
    const faultsIn = (input: unknown) => {
      const { error } = check(request, input);
      return error ? faultsOf(error).map(({ path, rule }) => `${path} ${rule}`) : [];
    };
    expect(faultsIn({ low: 2, high: 1 })).toEqual(['low.0 ORDER']);
    expect(faultsIn({ low: 2, high: '1', more: 1 })).toEqual([
      'high INVALID_TYPE',
      'more UNKNOWN_FIELD',
      'low.0 ORDER',
    ]);
    expect(faultsIn([])).toEqual([' INVALID_TYPE']);
    expect(faultsIn(null)).toEqual([' INVALID_TYPE']);
  });
});

describe('an id', () => {
  const ids = systemIds();

  it('is one of its own prefix', () => {
    const own = ids.next('ins');
    expect(field.id('ins').parse(own)).toBe(own);
    expect(messageOf(field.id('ins'), ids.next('wrk'))).toBe('must be an id of the form ins_<ULID>');
    expect(accepts(field.id('ins'), ` ${own}`)).toBe(false);
  });

  it('of any object is one of any prefix', () => {
    for (const prefix of ID_PREFIXES) expect(accepts(field.anyId, ids.next(prefix))).toBe(true);
    expect(messageOf(field.anyId, 'ins_1')).toBe('must be an id');
  });
});

describe('a time', () => {
  it.each([
    ['2027-02-10T08:30:00Z', '2027-02-10T08:30:00.000Z'],
    ['2027-02-10T08:30:00.5+01:00', '2027-02-10T07:30:00.500Z'],
    ['2027-02-10T08:30:00.123456789-05:30', '2027-02-10T14:00:00.123Z'],
    ['2028-02-29T00:00:00+00:00', '2028-02-29T00:00:00.000Z'],
  ])('%s becomes %s', (given, stored) => {
    expect(field.dateTime.parse(given)).toBe(stored);
  });

  it.each([
    '2027-02-10T08:30:00',
    '2027-02-10',
    '2027-02-30T08:30:00Z',
    '2027-02-10T24:00:00Z',
    '2027-02-10T08:30:00+24:00',
    '2027-02-10T08:30:00+0100',
    '2027-02-10 08:30:00Z',
    'tomorrow',
    '',
  ])('%j is refused', (given) => {
    expect(messageOf(field.dateTime, given)).toBe('must be an ISO 8601 time with Z or an offset');
  });

  it('is always of the stored form, so that text order is time order', () => {
    const parsed = field.dateTime.safeParse('9999-12-31T23:59:59-23:59');
    expect(parsed.data ?? '0000-').toMatch(/^\d{4}-/);
  });
});

describe('names', () => {
  it.each(['Branch VPN Troubleshooting', 'a', '0._-', 'a'.repeat(100)])('%j names a definition', (name) => {
    expect(field.definitionName.parse(` ${name} `)).toBe(name);
  });

  it.each(['', '-a', '.a', ' ', 'a'.repeat(101), 'a/b', 'é', 'a\nb'])('%j names no definition', (name) => {
    expect(accepts(field.definitionName, name)).toBe(false);
  });

  it.each(['a', '0', 'personal-standard', 'a'.repeat(63)])('%j names a worker or template', (name) => {
    expect(field.slug.parse(name)).toBe(name);
  });

  it.each(['', '-a', 'A', 'a_b', 'a b', 'a'.repeat(64)])('%j names no worker or template', (name) => {
    expect(accepts(field.slug, name)).toBe(false);
  });
});

describe('numbers, versions and reasons', () => {
  it('hold their limits', () => {
    const hours = field.whole(1, 48);
    expect([0, 1, 48, 49, 1.5, Number.NaN, '1'].map((value) => accepts(hours, value))).toEqual([
      false,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(field.semVer.parse('1.10.0')).toBe('1.10.0');
    expect(messageOf(field.semVer, '1.0')).toMatch(/^must be MAJOR\.MINOR\.PATCH/);
    expect([1, 500, 501].map((length) => accepts(field.reason, 'x'.repeat(length)))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('of every command may be absent or null', () => {
    const { expectedRevision, idempotencyKey } = field.commandFields;
    for (const schema of [expectedRevision, idempotencyKey]) {
      expect(accepts(schema, undefined) && accepts(schema, null)).toBe(true);
    }
    expect([0, 1, 1.5].map((value) => accepts(expectedRevision, value))).toEqual([false, true, false]);
    expect(['', 'k', 'k'.repeat(64), 'k'.repeat(65)].map((key) => accepts(idempotencyKey, key))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
