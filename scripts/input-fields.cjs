/** Plugin of the code generator: the type of each field of each input, for programs that get their values as text. */
const { isInputObjectType } = require('graphql');

function plugin(schema) {
  const inputs = Object.values(schema.getTypeMap()).filter(isInputObjectType);
  const types = inputs.map((input) => [
    input.name,
    Object.fromEntries(Object.values(input.getFields()).map(({ name, type }) => [name, String(type)])),
  ]);
  return [
    '',
    '/** GraphQL type of each field of each input. */',
    'export const INPUT_FIELD_TYPES: Readonly<Record<string, Readonly<Record<string, string>>>> =',
    `${JSON.stringify(Object.fromEntries(types), null, 2)};`,
    '',
  ].join('\n');
}

module.exports = { plugin };
