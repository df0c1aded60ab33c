import 'reflect-metadata';
import { printType, type GraphQLSchema } from 'graphql';
import { Arg, Args, buildSchemaSync, Query, Resolver } from 'type-graphql';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import * as field from '../lib/fields.js';
import { argsType, enumType, inputType, operationInput, operationOf } from './input-type.js';

enumType('ProbeHue', 'A hue.', { RED: 'Like blood.', BLUE: 'Like the sky.' });

const spot = z
  .strictObject({ x: z.number().describe('Place from the left.') })
  .meta({ id: 'ProbeSpot', description: 'A spot.' });
const request = z.strictObject({
  id: field.id('ins').describe('The instance.'),
  name: field.slug.describe('Its name.'),
  count: field.whole(1, 9).nullish().describe('How many.'),
  share: z.number().optional().describe('A part.'),
  deep: z.boolean().default(true).describe('Whether to go deep.'),
  version: field.semVer.optional().describe('Its version.'),
  when: field.dateTime.nullable().describe('When.'),
  hue: z.enum(['RED', 'BLUE']).meta({ id: 'ProbeHue' }).describe('Its hue.'),
  hues: z
    .array(z.enum(['RED', 'BLUE']).meta({ id: 'ProbeHue' }))
    .default(['RED'])
    .describe('All hues.'),
  grid: z.array(z.array(z.int())).nullish().describe('Numbers in rows.'),
  spot: spot.describe('Where.'),
  spots: z.array(spot).nullish().describe('Where else.'),
  even: z
    .string()
    .transform((text) => text.length)
    .describe('Text that becomes a number.'),
});

function schemaOf(): GraphQLSchema {
  const ProbeInput = inputType('ProbeThingInput', request);
  const ProbeArgs = argsType(
    'ProbeArgs',
    z.strictObject({ id: request.shape.id, first: request.shape.count }),
  );

  @Resolver()
  class ProbeResolver {
    @Query(() => String)
    probe(@Arg('input', () => ProbeInput) _input: object): string {
      return '';
    }

    @Query(() => String)
    probeArgs(@Args(() => ProbeArgs) _args: object): string {
      return '';
    }
  }
  return buildSchemaSync({ resolvers: [ProbeResolver], validate: false });
}

/** Fields as `name: Type = default`, without their descriptions. */
const fieldsIn = (printed: string) => [...printed.matchAll(/^ {2}(\w+: .*)$/gm)].map(([, line = '']) => line);

describe('an input type', () => {
  const schema = schemaOf();
  const printed = printType(schema.getType('ProbeThingInput')!);

  it('has the types, nullability and defaults of the request', () => {
    expect(fieldsIn(printed)).toEqual([
      'id: ID!',
      'name: String!',
      'count: Int',
      'share: Float',
      'deep: Boolean! = true',
      'version: SemVer',
      'when: DateTime',
      'hue: ProbeHue!',
      'hues: [ProbeHue!]! = [RED]',
      'grid: [[Int!]!]',
      'spot: ProbeSpot!',
      'spots: [ProbeSpot!]',
      'even: String!',
    ]);
  });

  it('has the descriptions of the request, and says whose input it is', () => {
    expect(printed).toContain('"""The instance."""');
    expect(printed).toContain('"""Whether to go deep."""');
    expect(schema.getType('ProbeThingInput')?.description).toBe('Input of `probeThing`.');
  });

  it('of a part is named and described by itself, not by a field that uses it', () => {
    const part = schema.getType('ProbeSpot');
    expect(part?.description).toBe('A spot.');
    expect(fieldsIn(printType(part!))).toEqual(['x: Float!']);
  });

  it('for arguments has the same fields', () => {
    const probe = printType(schema.getQueryType()!);
    expect(probe.replace(/\s*"""[^"]*"""/g, '').replace(/\s+/g, ' ')).toContain(
      'probeArgs( id: ID! first: Int ): String!',
    );
    expect(probe).toContain('"""How many."""');
  });

  it('is made once, and knows the command it is the input of', () => {
    expect(inputType('ProbeThingInput', request)).toBe(inputType('ProbeThingInput', request));
    const command = { name: 'probeAgain', allow: { roles: [] }, request };
    expect(operationInput(command).name).toBe('ProbeAgainInput');
    expect(operationOf('ProbeAgainInput')).toBe(command);
    expect(operationOf('ProbeSpot')).toBeUndefined();
  });
});

it('an enum has a description for itself and each value', () => {
  const hue = printType(schemaOf().getType('ProbeHue')!);
  expect(hue.replace(/\s+/g, ' ')).toBe(
    '"""A hue.""" enum ProbeHue { """Like blood.""" RED """Like the sky.""" BLUE }',
  );
});

describe('a request that cannot be an input type says where and why', () => {
  const refusal = (name: string, shape: Record<string, z.ZodType>) => () =>
    inputType(name, z.strictObject(shape));

  it.each<[string, z.ZodType, string]>([
    ['no description', z.string(), 'Bad1.part has no description'],
    [
      'unknown scalar',
      z.string().meta({ graphql: 'Money' }).describe('x'),
      'Bad2.part: unknown scalar Money',
    ],
    [
      'unregistered enum',
      z.enum(['A']).meta({ id: 'Nope' }).describe('x'),
      'Bad3.part: enum Nope is not registered; 1 values',
    ],
    ['unnamed enum', z.enum(['A']).describe('x'), 'Bad4.part: objects and enums need meta({ id })'],
    ['unnamed object', z.strictObject({}).describe('x'), 'Bad5.part: objects and enums need meta({ id })'],
    [
      'a type without counterpart',
      z.bigint().describe('x'),
      'Bad6.part: no GraphQL input for zod type bigint',
    ],
    ['a list of such', z.array(z.date()).describe('x'), 'Bad7.part: no GraphQL input for zod type date'],
  ])('%s', (_, part, message) => {
    expect(refusal(message.slice(0, 4), { part })).toThrow(message);
  });
});
