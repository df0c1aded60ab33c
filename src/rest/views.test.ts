import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { JsonSchema } from './request-schema.js';
import { viewsOf } from './views.js';

const schema = buildSchema(`
  interface Node { id: ID! }
  "Which way."
  enum Way { "Up." UP "Down." DOWN }
  type Part { name: String! number: Int }
  "A thing."
  type Thing implements Node {
    id: ID! way: Way parts: [Part!]! latest: Part "When." at: DateTime!
    other: Other others: OtherConnection! worked: String!
  }
  type Other implements Node { id: ID! thing: Thing }
  type OtherConnection { nodes: [Other!]! }
  type Answer { thing: Thing! note: String }
  scalar DateTime
  type Query { thing: Thing other: Answer }
`);
const views = viewsOf(schema, { Thing: ['worked'] });
const thing = {
  id: 'ins_1',
  way: 'UP',
  parts: [{ name: 'a', number: undefined, token: 'secret' }],
  latest: null,
  at: '2027-02-10T08:30:00.000Z',
  other: { id: 'x' },
  worked: 'x',
  token: 'secret',
};

describe('a view', () => {
  it('shows the own fields of the type and nothing else that the object has', () => {
    expect(views.show('Thing', thing)).toEqual({
      id: 'ins_1',
      way: 'UP',
      parts: [{ name: 'a', number: null }],
      latest: null,
      at: '2027-02-10T08:30:00.000Z',
    });
  });

  it('shows objects that an answer is made of', () => {
    expect(views.show('Answer', { thing })).toMatchObject({ thing: { id: 'ins_1' }, note: null });
  });

  it('is described as it is shown, with what it holds', () => {
    const schemas: Record<string, JsonSchema> = {};
    views.collectObject(schemas, 'Thing');
    expect(Object.keys(schemas).sort()).toEqual(['Part', 'Thing', 'Way']);
    expect(schemas['Thing']).toEqual({
      type: 'object',
      description: 'A thing.',
      properties: {
        id: { type: 'string' },
        way: { anyOf: [{ $ref: '#/components/schemas/Way' }, { type: 'null' }] },
        parts: { type: 'array', items: { $ref: '#/components/schemas/Part' } },
        latest: { anyOf: [{ $ref: '#/components/schemas/Part' }, { type: 'null' }] },
        at: { type: 'string', format: 'date-time', description: 'When.' },
      },
      required: ['id', 'way', 'parts', 'latest', 'at'],
      additionalProperties: false,
    });
    expect(schemas['Part']).toMatchObject({ properties: { number: { type: ['integer', 'null'] } } });
    expect(views.enumSchema('Way')).toMatchObject({
      enum: ['UP', 'DOWN'],
      description: 'Which way.\n\n- `UP`: Up.\n- `DOWN`: Down.',
    });
    expect(views.enumSchema('Thing')).toBeNull();
  });

  it('of a type or field that is not there is a mistake of the program', () => {
    expect(() => viewsOf(schema, { Thing: ['nothing'] })).toThrow('Thing has no field nothing');
    expect(() => viewsOf(schema, { Nothing: [] })).toThrow('no object type Nothing');
    expect(() => views.show('Way', {})).toThrow('no object type Way');
  });
});
