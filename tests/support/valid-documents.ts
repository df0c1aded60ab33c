import fc from 'fast-check';
import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

/** Texts of megabytes, which lists must not ask for; and fields whose arguments need more than a value of their type. */
const LEFT_OUT = new Set([
  'labYamlCached',
  'renderedLabYaml',
  'inspectLabYaml',
  'definitionDifference',
  'selectTemplate',
  'placementPreview',
]);
const MAX_DEPTH = 5;
const MAX_ROOTS = 3;

/** Valid queries of the schema within all limits; ids are those of objects that are there. */
export function validDocuments(
  schema: GraphQLSchema,
  ids: Readonly<Record<string, string>>,
): fc.Arbitrary<string> {
  const query = schema.getQueryType() as GraphQLObjectType;
  const roots = Object.values(query.getFields()).filter(({ name }) => !LEFT_OUT.has(name));
  return fc
    .uniqueArray(fc.constantFrom(...roots), {
      minLength: 1,
      maxLength: MAX_ROOTS,
      selector: ({ name }) => name,
    })
    .chain((fields) => fc.tuple(...fields.map((field) => fieldText(field, query, MAX_DEPTH))))
    .map((fields) => `{ ${fields.join(' ')} }`);

  function fieldText(
    field: GraphQLField<unknown, unknown>,
    parent: GraphQLObjectType,
    depth: number,
  ): fc.Arbitrary<string> {
    const args = field.args.map(({ name, type, defaultValue }) =>
      name === 'first' || (isNonNullType(type) && defaultValue === undefined)
        ? valueOf(type, name, field.name).map((value) => `${name}: ${value}`)
        : fc.constant(''),
    );
    const given =
      args.length === 0 ? fc.constant('') : fc.tuple(...args).map((texts) => braced(texts.filter(Boolean)));
    const type = getNamedType(field.type);
    const inner = isLeafType(type) ? fc.constant('') : selection(type.name, depth - 1, parent);
    return fc
      .tuple(given, inner, fc.boolean())
      .map(([arg, set, isAliased]) =>
        `${isAliased && depth === MAX_DEPTH ? `${field.name}Too: ` : ''}${field.name}${arg} ${set}`.trim(),
      );
  }

  function selection(name: string, depth: number, parent: GraphQLObjectType): fc.Arbitrary<string> {
    const type = schema.getType(name);
    if (!type || isAbstractType(type) || !isObjectType(type)) return fc.constant('{ __typename id }');
    const fields = Object.values(type.getFields()).filter((field) => !LEFT_OUT.has(field.name));
    const leaves = fields.filter((field) => isLeafType(getNamedType(field.type)));
    // Lists within lists multiply: below one, single objects alone are followed.
    const isPage = (one: GraphQLObjectType) => one.name.endsWith('Connection');
    const further = fields.filter(
      (field) =>
        !isLeafType(getNamedType(field.type)) &&
        depth > 0 &&
        (isPage(type) || !isListType(getNullableType(field.type)) || (!isPage(parent) && depth > 2)),
    );
    const some = fc
      .subarray(leaves)
      .map((chosen) => ['__typename', ...chosen.map((one) => one.name)].join(' '));
    const below =
      further.length === 0
        ? fc.constant('')
        : fc
            .subarray(further, { maxLength: Math.min(2, further.length) })
            .chain((chosen) => fc.tuple(fc.constant(''), ...chosen.map((one) => fieldText(one, type, depth))))
            .map((texts) => texts.filter(Boolean).join(' '));
    return fc.tuple(some, below).map(([own, more]) => `{ ${own} ${more} }`);
  }

  function valueOf(type: GraphQLInputType, name: string, of: string): fc.Arbitrary<string> {
    if (isNonNullType(type)) return valueOf(type.ofType, name, of);
    if (isListType(type)) return valueOf(type.ofType, name, of).map((one) => `[${one}]`);
    if (isEnumType(type)) return fc.constantFrom(...type.getValues().map((value) => value.name));
    if (isInputObjectType(type)) return fc.constant('{}');
    if (name === 'first') return fc.integer({ min: 1, max: 20 }).map(String);
    return fc.constant(sampleOf(type.name, name, of));
  }

  function sampleOf(type: string, name: string, of: string): string {
    if (type === 'ID') return JSON.stringify(idFor(name, of));
    if (type === 'Int' || type === 'Port') return '2000';
    if (type === 'Boolean') return 'true';
    return JSON.stringify(
      name === 'reservationId' ? 'random' : /^worker|^template/.test(of) ? 'random' : 'Random',
    );
  }

  function idFor(name: string, of: string): string | undefined {
    if (/^worker/.test(of) || /worker/i.test(name)) return ids['wrk'];
    if (/^(definition|placement)/.test(of) || /definition/i.test(name)) return ids['def'];
    if (/^template/.test(of)) return `tpl_${'0'.repeat(26)}`;
    if (/^repair/.test(of)) return `rep_${'0'.repeat(26)}`;
    return ids['ins'];
  }
}

function braced(texts: readonly string[]): string {
  return texts.length === 0 ? '' : `(${texts.join(', ')})`;
}
