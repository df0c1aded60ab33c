/** The schema has every operation, in the form that all of them share, and says of everything what it is. */
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  type GraphQLFieldMap,
  type GraphQLInputObjectType,
  type GraphQLObjectType,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildGraphqlSchema } from '../src/graphql/schema.js';
import { ROLE_TABLE } from './support/role-table.js';
import { required } from './support/story.js';

type Fields = GraphQLFieldMap<unknown, unknown>;

const schema = buildGraphqlSchema();
const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type));
const fieldsOf = (type: GraphQLObjectType | null | undefined): Fields => required(type).getFields();
const roots = {
  query: fieldsOf(schema.getQueryType()),
  mutation: fieldsOf(schema.getMutationType()),
  subscription: fieldsOf(schema.getSubscriptionType()),
};
const typeNamed = <T>(name: string) => schema.getType(name) as T;
const inputFields = (name: string) => typeNamed<GraphQLInputObjectType>(name).getFields();
/** `name: Type` of each argument. */
const argumentsOf = (fields: Fields, name: string) =>
  required(fields[name]).args.map((argument) => `${argument.name}: ${String(argument.type)}`);

const PAGING = ['first: Int', 'after: String', 'last: Int', 'before: String'];

describe('every part has a description', () => {
  /** Each place with its description. */
  function places(): [place: string, description: string | null | undefined][] {
    return types
      .filter((type) => !isSpecifiedScalarType(type))
      .flatMap((type): [string, string | null | undefined][] => {
        const own: [string, string | null | undefined] = [type.name, type.description];
        if (isEnumType(type)) {
          return [
            own,
            ...type.getValues().map(({ name, description }) => at(`${type.name}.${name}`, description)),
          ];
        }
        if (isInputObjectType(type)) {
          const fields = Object.values(type.getFields());
          return [own, ...fields.map(({ name, description }) => at(`${type.name}.${name}`, description))];
        }
        if (!isObjectType(type) && !isInterfaceType(type)) return [own];
        const fields = Object.values(type.getFields()).flatMap((field) => [
          at(`${type.name}.${field.name}`, field.description),
          ...field.args.map(({ name, description }) =>
            at(`${type.name}.${field.name}(${name}:)`, description),
          ),
        ]);
        return [own, ...fields];
      });
  }

  const at = (place: string, description: string | null | undefined): [string, string | null | undefined] => [
    place,
    description,
  ];

  it('which is a sentence', () => {
    const all = places();
    expect(all.length).toBeGreaterThan(800);
    expect(all.filter(([, text]) => !/^\S[^]+[.:`)]$/.test(text ?? '')).map(([place]) => place)).toEqual([]);
  });

  it('that names the roles, where it is an operation', () => {
    const silent = Object.values(roots)
      .flatMap((fields) => Object.values(fields))
      .filter(({ description }) => !/Roles: (?:ADMIN|AUTHOR|MANAGER|USER|SERVICE)\b/.test(description ?? ''))
      .map(({ name }) => name);
    // The table of codes is the same for everybody, as in the documents.
    expect(silent).toEqual(['errorCodes']);
  });
});

describe('operations', () => {
  it.each(['query', 'mutation', 'subscription'] as const)('of every kind are there: %s', (kind) => {
    expect(Object.keys(roots[kind])).toEqual(expect.arrayContaining(Object.keys(ROLE_TABLE[kind])));
  });

  it('may each fail alone: root fields are nullable, items of lists are not', () => {
    for (const field of Object.values({ ...roots.query, ...roots.mutation })) {
      if (field.name === 'errorCodes') continue;
      expect(isNonNullType(field.type), field.name).toBe(false);
      // What is not there has a place in the answer of `nodes`.
      if (isListType(field.type) && field.name !== 'nodes') {
        expect(isNonNullType(field.type.ofType), field.name).toBe(true);
      }
    }
  });

  it.each([
    ['definition', ['id: ID!']],
    ['definitionByName', ['name: String!', 'version: SemVer']],
    ['definitions', ['filter: DefinitionFilter', 'orderBy: DefinitionOrder', ...PAGING]],
    ['definitionVersions', ['name: String!', ...PAGING]],
    ['inspectLabYaml', ['uri: String', 'text: String']],
    ['instance', ['id: ID!', 'atLeast: LiveRevision']],
    ['instanceByReservation', ['reservationId: String!']],
    ['instances', ['filter: InstanceFilter', 'orderBy: InstanceOrder', 'atLeast: LiveRevision', ...PAGING]],
    ['approachingInstances', ['windowMinutes: Int!', ...PAGING]],
    ['worker', ['id: ID!', 'atLeast: LiveRevision']],
    ['workerByName', ['name: String!']],
    ['workers', ['filter: WorkerFilter', 'atLeast: LiveRevision', ...PAGING]],
    ['workerPort', ['workerId: ID!', 'number: Port!', 'atLeast: LiveRevision']],
    ['placementPreview', ['definitionId: ID', 'definitionName: String', 'atLeast: LiveRevision']],
    ['template', ['id: ID!']],
    ['templateByName', ['name: String!']],
    ['templates', ['enabled: Boolean', ...PAGING]],
    ['selectTemplate', ['definitionId: ID', 'requirements: TemplateRequirementsInput']],
    ['events', ['filter: EventFilter', ...PAGING]],
    ['repairReports', PAGING],
    ['node', ['id: ID!']],
    ['nodes', ['ids: [ID!]!']],
  ])('take what they need: %s', (name, expected) => {
    expect(argumentsOf(roots.query, name)).toEqual(expect.arrayContaining(expected));
  });

  it.each([
    ['instanceChanges', ['filter: InstanceChangesFilter', 'after: LiveRevision']],
    ['workerChanges', ['filter: WorkerChangesFilter', 'after: LiveRevision']],
  ])('of live changes are filtered and go on from a position: %s', (name, expected) => {
    expect(argumentsOf(roots.subscription, name)).toEqual(expect.arrayContaining(expected));
  });

  it.each([
    ['DefinitionFilter', ['name', 'status', 'version', 'versionRange', 'text']],
    ['InstanceFilter', ['states', 'workerId', 'ownerId', 'definitionId', 'startsFrom', 'startsBefore']],
    ['WorkerFilter', ['status', 'templateName', 'licenseType']],
    ['EventFilter', ['aggregateType', 'aggregateId', 'from', 'before']],
  ])('filter by every field that the lists promise: %s', (name, expected) => {
    expect(Object.keys(inputFields(name))).toEqual(expect.arrayContaining(expected));
  });

  it.each(['DefinitionOrder', 'InstanceOrder'])('order by a field of an enum and a direction: %s', (name) => {
    const { field, direction } = inputFields(name);
    expect(isEnumType(getNamedType(required(field).type))).toBe(true);
    expect(String(getNamedType(required(direction).type))).toBe('OrderDirection');
  });
});

describe('a command', () => {
  // Those that create, also a version from another one, have no object yet.
  const WITHOUT_TARGET =
    /^(?:create(?:Definition|DefinitionVersion|Instance|Template)|registerWorker|reloadTemplates|runRepair)$/;

  it.each(Object.keys(roots.mutation))('has one input of its own, which makes repeats safe: %s', (name) => {
    const input = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
    expect(argumentsOf(roots.mutation, name)).toEqual([`input: ${input}!`]);
    const fields = Object.fromEntries(
      Object.values(inputFields(input)).map((field) => [field.name, String(field.type)]),
    );
    expect(fields['idempotencyKey']).toBe('String');
    if (WITHOUT_TARGET.test(name)) return;
    expect([fields['id'], fields['expectedRevision']]).toEqual(['ID!', 'Int']);
  });

  it.each(Object.keys(roots.mutation))('answers its object and the position of its change: %s', (name) => {
    const payload = getNamedType(required(roots.mutation[name]).type) as GraphQLObjectType;
    expect(payload.name).toMatch(/Payload$/);
    expect(String(fieldsOf(payload)['liveRevision']?.type)).toBe('LiveRevision');
    const [object] = ['definition', 'instance', 'worker', 'template', 'report'].filter(
      (field) => fieldsOf(payload)[field],
    );
    expect(object).toBeDefined();
  });
});

describe('an object', () => {
  const nodes = schema.getPossibleTypes(typeNamed('Node'));

  it('has an id, and a query that finds it alone', () => {
    expect(nodes.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'LabletDefinition',
        'LabletInstance',
        'Worker',
        'WorkerTemplate',
        'RepairReport',
      ]),
    );
    for (const type of nodes) {
      const single = Object.values(roots.query).filter(
        (field) =>
          getNullableType(field.type) === type && argumentsOf(roots.query, field.name).includes('id: ID!'),
      );
      expect(
        single.map(({ name }) => name),
        type.name,
      ).toHaveLength(1);
    }
  });

  it('that is in a list is found alone too', () => {
    const listed = connections().map((type) => required(/^(\w+)Connection$/.exec(type.name)?.[1]));
    expect(listed.length).toBeGreaterThan(4);
    const missing = listed.filter((name) => !nodes.some((type) => type.name === name));
    // Entries of logs; `events` and `auditRecords` find them by what they are about.
    expect([...new Set(missing)].sort()).toEqual(['AuditRecord', 'DomainEvent']);
  });
});

/** Types of root fields that are lists of objects. */
function connections(): GraphQLObjectType[] {
  return Object.values(roots.query)
    .map((field) => getNamedType(field.type))
    .filter((type): type is GraphQLObjectType => isObjectType(type) && type.name.endsWith('Connection'));
}

describe('a list', () => {
  it('is a connection with pages in both directions', () => {
    for (const field of Object.values(roots.query)) {
      const type = getNamedType(field.type);
      if (!type.name.endsWith('Connection')) continue;
      expect(argumentsOf(roots.query, field.name), field.name).toEqual(expect.arrayContaining(PAGING));
      const { edges, nodes, pageInfo, totalCount } = fieldsOf(type as GraphQLObjectType);
      const item = type.name.replace(/Connection$/, '');
      expect([edges, nodes, pageInfo, totalCount].map((part) => String(part?.type))).toEqual([
        `[${item}Edge!]!`,
        `[${item}!]!`,
        'PageInfo!',
        'Int!',
      ]);
      expect(Object.keys(fieldsOf(typeNamed(`${item}Edge`)))).toEqual(
        expect.arrayContaining(['cursor', 'node']),
      );
    }
  });

  it('is no connection only where its length is fixed', () => {
    const plain = Object.values(roots.query).filter(({ type }) => isListType(getNullableType(type)));
    expect(plain.map(({ name }) => name).sort()).toEqual([
      'errorCodes',
      'instanceTransitions',
      'nodes',
      'workerTransitions',
    ]);
  });
});

it('every value has a type: there is no scalar for anything', () => {
  const own = types.filter((type) => isScalarType(type) && !isSpecifiedScalarType(type));
  expect(own.map(({ name }) => name).sort()).toEqual([
    'DateTime',
    'Decimal',
    'LiveRevision',
    'Port',
    'SemVer',
  ]);
});

it('the enum of the codes is the table of the codes', async () => {
  const { ERROR_CODES } = await import('../src/errors.js');
  const type = typeNamed('ErrorCode');
  expect(
    isEnumType(type) &&
      type
        .getValues()
        .map(({ name }) => name)
        .sort(),
  ).toEqual(Object.keys(ERROR_CODES).sort());
});
