import { Kind, type TypeNode, type VariableDefinitionNode } from 'graphql';
import { INPUT_FIELD_TYPES } from '../client/index.js';

/** Types whose values are text, also where the text looks like a number. */
const TEXT = /^\[?(?:ID|String|SemVer|DateTime|LiveRevision)\b/;

/** Options of a call as commander hands them on. */
export interface GivenValues extends Record<string, unknown> {
  readonly set?: readonly string[];
}

/** The variables of an operation from the options of its command. @throws Error that says what to write instead */
export function valuesOf(
  variables: readonly VariableDefinitionNode[],
  options: GivenValues,
): Record<string, unknown> {
  const values = variables.map(({ variable, type }): [string, unknown] => {
    const name = variable.name.value;
    const given = options[name] as string | undefined;
    if (name === 'input') return [name, inputOf(typeText(type), given, options.set ?? [])];
    return [name, given === undefined ? undefined : valueOf(given, typeText(type))];
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** The type as GraphQL writes it. */
export function typeText(type: TypeNode): string {
  if (type.kind === Kind.NON_NULL_TYPE) return `${typeText(type.type)}!`;
  return type.kind === Kind.LIST_TYPE ? `[${typeText(type.type)}]` : type.name.value;
}

function inputOf(type: string, whole: string | undefined, fields: readonly string[]): object {
  const types = INPUT_FIELD_TYPES[type.replace('!', '')];
  const given = fields.map((field): [string, unknown] => {
    const at = field.indexOf('=');
    if (at < 1) throw new Error(`--set ${field}: write it as name=value`);
    const name = field.slice(0, at);
    return [name, valueOf(field.slice(at + 1), types?.[name] ?? '')];
  });
  return { ...wholeOf(whole), ...Object.fromEntries(given) };
}

function wholeOf(json = '{}'): object {
  try {
    return JSON.parse(json) as object;
  } catch (error) {
    throw new Error(`--input is no JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** Text where the type is text, else JSON where it is some: `5`, `true`, `{"states":["RUNNING"]}`. */
function valueOf(text: string, type: string): unknown {
  const isText = TEXT.test(type);
  if (isText && !type.startsWith('[')) return text;
  try {
    const value: unknown = JSON.parse(text);
    // GraphQL takes a single value for a list of one.
    return isText && !Array.isArray(value) ? text : value;
  } catch {
    return text;
  }
}
