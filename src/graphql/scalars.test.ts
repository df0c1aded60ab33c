import {
  GraphQLError,
  GraphQLInt,
  GraphQLObjectType,
  GraphQLSchema,
  parse,
  parseValue,
  validate,
  type GraphQLScalarType,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { SCALARS } from './scalars.js';

const GOOD: Record<string, unknown[]> = {
  DateTime: ['2027-02-10T08:30:00Z', '2027-02-10T08:30:00.123456789+01:00', '2027-02-10T08:30Z'],
  SemVer: ['0.0.0', '1.10.0', '999999.0.1'],
  LiveRevision: ['x', 'x'.repeat(512)],
  Port: [1, 22, 65_535],
  Decimal: [0, -1, 3.9641, 1e21],
};
const BAD: Record<string, unknown[]> = {
  DateTime: [
    '2027-02-10T08:30:00',
    '2027-02-10',
    '2027-13-10T08:30:00Z',
    '2027-02-10T25:30:00Z',
    '',
    5,
    null,
  ],
  SemVer: ['1.0', 'v1.0.0', '01.0.0', '1.0.0-rc1', '1000000.0.0', 1, {}],
  LiveRevision: ['', 'x'.repeat(513), 7],
  Port: [0, 65_536, 1.5, '22', Number.NaN, null],
  Decimal: ['3.9', Number.NaN, Number.POSITIVE_INFINITY, null, true],
};
const scalar = (name: string) => SCALARS[name] as GraphQLScalarType;
const literal = (name: string, text: string): unknown => scalar(name).parseLiteral(parseValue(text), {});
const cases = (values: Record<string, unknown[]>) =>
  Object.entries(values).flatMap(([name, list]) => list.map((value) => [name, value] as const));

describe('a scalar', () => {
  it('has the name that field schemas use, and a description', () => {
    for (const [name, type] of Object.entries(SCALARS)) {
      expect(type.name).toBe(name);
      expect(type.description?.length).toBeGreaterThan(20);
    }
  });

  it.each(cases(GOOD))(
    '%s takes %j as variable and as literal, and gives it back unchanged',
    (name, value) => {
      expect(scalar(name).parseValue(value)).toBe(value);
      expect(literal(name, JSON.stringify(value))).toBe(value);
      expect(scalar(name).serialize(value)).toBe(value);
    },
  );

  it.each(cases(BAD))('%s refuses %j', (name, value) => {
    const fault = /^must be a/;
    expect(() => scalar(name).parseValue(value)).toThrow(GraphQLError);
    expect(() => scalar(name).parseValue(value)).toThrow(fault);
    const text = JSON.stringify(value);
    if (text !== 'null' || value === null) expect(() => literal(name, text)).toThrow(fault);
  });

  it.each(Object.keys(SCALARS))('%s refuses literals of other kinds', (name) => {
    for (const text of ['[1]', '{a: 1}', 'NAME', 'true']) {
      expect(() => literal(name, text), text).toThrow(/^must be a/);
    }
  });

  it.each(Object.keys(SCALARS))('%s says where in the document a wrong literal is', (name) => {
    const schema = new GraphQLSchema({
      query: new GraphQLObjectType({
        name: 'Query',
        fields: { one: { type: GraphQLInt, args: { at: { type: scalar(name) } } } },
      }),
    });
    const faults = validate(schema, parse('{\n  one(at: [1])\n}'));
    expect(faults.map(({ locations }) => locations)).toEqual([[{ line: 2, column: 11 }]]);
  });

  it('Port takes no number with a fraction as literal, Decimal no text', () => {
    expect(() => literal('Port', '22.0')).toThrow('must be a TCP or UDP port number, 1-65535');
    expect(() => literal('Decimal', '"3.9"')).toThrow('must be a decimal number');
    expect(literal('Decimal', '3')).toBe(3);
  });

  it('Decimal takes no literal that is too large to be a number', () => {
    expect(() => literal('Decimal', '1e400')).toThrow('must be a decimal number');
  });
});
