import fc from 'fast-check';
import type { JsonSchema } from '../../src/rest/request-schema.js';
import { DOCUMENT, type Described } from './openapi.js';

export interface RandomRequest {
  readonly described: Described;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Ids of objects that are there, by prefix. */
export type KnownIds = Readonly<Record<string, readonly string[]>>;

const LONGEST_LIST = 4;
const LONGEST_TEXT = 600;

/** Requests of a route as its description says, most of them right but for one thing or none. */
export function randomRequests(known: KnownIds, described: Described): fc.Arbitrary<RandomRequest> {
  const nonsense: fc.Arbitrary<unknown> = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\u0000', '🦄'.repeat(40), '1e999', 'x'.repeat(3000), -0, 1e308, 2 ** 53, '../..', '%00'),
  );

  const seldomWrong = (right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 30, arbitrary: right }, { weight: 1, arbitrary: nonsense });

  function text({
    pattern,
    format,
    minLength = 0,
    maxLength = LONGEST_TEXT,
  }: JsonSchema): fc.Arbitrary<string> {
    const prefix = /^\^(\w{3})_\[/.exec(pattern ?? '')?.[1];
    if (prefix) return fc.constantFrom(...(known[prefix] ?? []), `${prefix}_${'0'.repeat(26)}`);
    if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
    if (format === 'uri')
      return fc.constantFrom('file:///none.yaml', 'https://lab.invalid/x', 's3://bucket/x');
    if (format === 'email') return fc.constant('somebody@example.org');
    if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
    return fc.string({ minLength, maxLength: Math.min(maxLength, LONGEST_TEXT) });
  }

  function valueOf(schema: JsonSchema): fc.Arbitrary<unknown> {
    if (schema.$ref !== undefined) {
      return valueOf(DOCUMENT.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
    }
    if (schema.anyOf) return fc.oneof(...schema.anyOf.map((option) => valueOf(option)));
    if (schema.enum) return seldomWrong(fc.constantFrom(...schema.enum));
    const types = [schema.type ?? 'null'].flat() as string[];
    return seldomWrong(fc.oneof(...types.map((type) => ofType(type, schema))));
  }

  function ofType(type: string, schema: JsonSchema): fc.Arbitrary<unknown> {
    const { minimum = -1000, maximum = 1000, minItems = 0, maxItems = LONGEST_LIST } = schema;
    switch (type) {
      case 'string':
        return text(schema);
      case 'integer':
        return fc.integer({ min: minimum, max: maximum });
      case 'number':
        return fc.double({ min: minimum, max: maximum, noNaN: true });
      case 'boolean':
        return fc.boolean();
      case 'array': {
        const maxLength = Math.min(maxItems, LONGEST_LIST);
        return fc.array(valueOf(schema.items as JsonSchema), { minLength: minItems, maxLength });
      }
      case 'object':
        return recordOf(schema);
      default:
        return fc.constant(null);
    }
  }

  function recordOf({ properties = {}, required = [] }: JsonSchema): fc.Arbitrary<object> {
    const fields = Object.entries(properties).map(([name, part]) => [name, valueOf(part as JsonSchema)]);
    const right = fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>, {
      requiredKeys: required,
    });
    const more = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 });
    const wrong = fc.tuple(right, more).map(([fitting, unknown]) => ({ ...fitting, ...unknown }));
    return fc.oneof({ weight: 20, arbitrary: right }, { weight: 1, arbitrary: wrong });
  }

  function request(): fc.Arbitrary<RandomRequest> {
    const { parameters, requestBody } = described.operation;
    const chosen = parameters.map(({ schema, required }) =>
      required ? valueOf(schema) : fc.option(valueOf(schema), { nil: undefined, freq: 1 }),
    );
    const schema = requestBody?.content['application/json']?.schema;
    return fc
      .record({ values: fc.tuple(...chosen), body: schema ? valueOf(schema) : fc.constant(undefined) })
      .map(({ values, body }) => {
        const given = parameters
          .map(({ name, in: place }, index) => ({ name, place, value: asText(values[index]) }))
          .filter(({ value }) => value !== null) as { name: string; place: string; value: string }[];
        const at = (where: string) => given.filter(({ place }) => place === where);
        const path = at('path').reduce(
          (text, { name, value }) => text.replace(`{${name}}`, segment(value)),
          described.path,
        );
        const query = new URLSearchParams(at('query').map(({ name, value }) => [name, value])).toString();
        return {
          described,
          path: query === '' ? path : `${path}?${query}`,
          headers: Object.fromEntries(
            at('header').map(({ name, value }) => [name.toLowerCase(), ascii(value)]),
          ),
          body,
        };
      });
  }

  return request();
}

function asText(value: unknown): string | null {
  if (value === undefined) return null;
  const text =
    typeof value === 'string' ? value : Array.isArray(value) ? value.join(',') : JSON.stringify(value);
  return /\p{Surrogate}/u.test(text) ? null : text;
}

/** A part of a path: short, and not one that a URL leaves out. */
function segment(value: string): string {
  const short = /^(?:[a-z]{3}_)?\w{1,30}$/.test(value) ? value : [...value].slice(0, 8).join('');
  return /^\.*$/.test(short) ? 'x' : encodeURIComponent(short);
}

/** What may stand in a header. */
const ascii = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?');
