import fc, { type GeneratorValue } from 'fast-check';
import {
  astFromValue,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  parse,
  print,
  validate,
  type DocumentNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationTypeNode,
} from 'graphql';

/** A valid document with variables for it. */
export interface RandomDocument {
  readonly text: string;
  readonly document: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface DocumentOptions {
  readonly schema: GraphQLSchema;
  readonly operation?: 'query' | 'mutation';
  /** Values of scalars by type name; of ids and texts those that the data holds. */
  readonly scalars: Readonly<Record<string, fc.Arbitrary<unknown>>>;
  /** Names of root fields that are left out. */
  readonly without?: readonly string[];
  readonly depth?: number;
}

const MAX_FIELDS = 5;
const NOTHING_LEFT = 1;

/**
 * Makes a document from the schema: arguments as literals, as variables with and without defaults and within literals,
 * aliases, fragments with and without names, `@skip` and `@include`. Null when chance made fields that conflict.
 */
export function randomDocument(g: GeneratorValue, options: DocumentOptions): RandomDocument | null {
  const { schema, scalars, operation = 'query', without = [], depth = 4 } = options;
  const definitions: string[] = [];
  const fragments: { name: string; text: string; on: string }[] = [];
  const variables: Record<string, unknown> = {};
  const aliases = new Map<string, string>();
  const conditions = new Set<string>();
  const oneIn = (n: number) => g(fc.integer, { min: 1, max: n }) === 1;
  const pick = <T>(values: readonly T[]): T => values[g(fc.nat, { max: values.length - 1 })] as T;

  /** As variables carry it, or as `astFromValue` wants it. */
  function valueOf(type: GraphQLInputType, isVariable: boolean, level = 0): unknown {
    if (isNonNullType(type)) return valueOf(type.ofType, isVariable, level);
    if (isListType(type)) {
      const size = g(fc.nat, { max: 2 });
      return Array.from({ length: size }, () => valueOf(type.ofType, isVariable, level));
    }
    if (isEnumType(type)) return pick(type.getValues())[isVariable ? 'name' : 'value'];
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields());
      const chosen = fields.filter((field) => isRequiredInputField(field) || (level < 2 && oneIn(4)));
      return Object.fromEntries(
        chosen.map((field) => [field.name, valueOf(field.type, isVariable, level + 1)]),
      );
    }
    return g(() => scalars[type.name] ?? fc.constant(null));
  }

  const literal = (value: unknown, type: GraphQLInputType): string => {
    const node = astFromValue(value, type);
    return node ? print(node) : 'null';
  };

  function variableFor(type: GraphQLInputType, mayBeAbsent: boolean): string {
    const name = `v${definitions.length}`;
    const bare = getNullableType(type);
    const byDefault = () => literal(valueOf(bare, false), bare);
    const way = g(fc.nat, { max: 4 });
    if (way < 2) {
      definitions.push(`$${name}: ${String(bare)} = ${byDefault()}`);
      if (way === 1) variables[name] = valueOf(bare, true);
    } else if (way === 2 && mayBeAbsent && !isNonNullType(type)) {
      definitions.push(`$${name}: ${String(bare)}`);
      if (oneIn(2)) variables[name] = null;
    } else {
      definitions.push(`$${name}: ${String(bare)}!`);
      variables[name] = valueOf(bare, true);
    }
    return `$${name}`;
  }

  /** A literal, a variable, or a literal with variables in it. */
  function argument(type: GraphQLInputType): string {
    if (oneIn(3)) return variableFor(type, true);
    const bare = getNullableType(type);
    if (!isNonNullType(type) && oneIn(12)) return 'null';
    if (isInputObjectType(bare) && oneIn(2)) {
      const fields = Object.values(bare.getFields()).filter((f) => isRequiredInputField(f) || oneIn(4));
      return `{${fields.map((field) => `${field.name}: ${argument(field.type)}`).join(', ')}}`;
    }
    if (isListType(bare) && oneIn(2)) return `[${argument(bare.ofType)}]`;
    return literal(valueOf(bare, false), bare);
  }

  function argumentsOf(field: GraphQLField<unknown, unknown>): string {
    const chosen = field.args.filter((arg) => isRequiredArgument(arg) || oneIn(4));
    if (chosen.length === 0) return '';
    return `(${chosen.map((arg) => `${arg.name}: ${argument(arg.type)}`).join(', ')})`;
  }

  function directives(): string {
    if (!oneIn(6)) return '';
    const one = (name: string) => {
      if (oneIn(3)) return `@${name}(if: ${oneIn(2)})`;
      const variable = `c${g(fc.nat, { max: 2 })}`;
      if (!conditions.has(variable)) {
        conditions.add(variable);
        const hasDefault = oneIn(3);
        definitions.push(`$${variable}: Boolean${hasDefault ? ` = ${oneIn(2)}` : '!'}`);
        if (!hasDefault || oneIn(2)) variables[variable] = oneIn(2);
      }
      return `@${name}(if: $${variable})`;
    };
    if (oneIn(4)) return ` ${one('skip')} ${one('include')}`;
    return ` ${one(pick(['skip', 'include']))}`;
  }

  function field(type: GraphQLCompositeType, left: number): string | null {
    const all = 'getFields' in type ? Object.values(type.getFields()) : [];
    const fields = all.filter(
      ({ name, type: of }) =>
        !without.includes(name) && (left >= NOTHING_LEFT || !isCompositeType(getNamedType(of))),
    );
    if (fields.length === 0 || oneIn(10)) return `__typename${directives()}`;
    const chosen = pick(fields);
    const args = argumentsOf(chosen);
    const inner = getNamedType(chosen.type);
    const key = `${type.name} ${chosen.name} ${args}`;
    const needsAlias = args !== '' || oneIn(6);
    if (needsAlias && !aliases.has(key)) aliases.set(key, `a${aliases.size}`);
    const alias = needsAlias ? `${aliases.get(key)}: ` : '';
    const below = isCompositeType(inner) ? ` ${selections(inner, left - 1)}` : '';
    return `${alias}${chosen.name}${args}${directives()}${below}`;
  }

  function overlapping(type: GraphQLCompositeType): readonly GraphQLCompositeType[] {
    if (isAbstractType(type)) return [type, ...schema.getPossibleTypes(type)];
    const interfaces = 'getInterfaces' in type && !isInterfaceType(type) ? type.getInterfaces() : [];
    return [type, ...interfaces];
  }

  function selection(type: GraphQLCompositeType, left: number): string | null {
    if (left < NOTHING_LEFT || !oneIn(4)) return field(type, left);
    const on = pick(overlapping(type));
    if (oneIn(2)) {
      const condition = on === type && oneIn(2) ? '' : ` on ${on.name}`;
      return `...${condition}${directives()} ${selections(on, left - 1)}`;
    }
    const known = fragments.filter((fragment) => fragment.on === on.name);
    if (known.length > 0 && oneIn(2)) return `...${pick(known).name}${directives()}`;
    const name = `F${fragments.length}`;
    const text = selections(on, left - 1);
    fragments.push({ name: `${name}x${fragments.length}`, on: on.name, text });
    return `...${fragments.at(-1)?.name}${directives()}`;
  }

  function selections(type: GraphQLCompositeType, left: number): string {
    const count = g(fc.integer, { min: 1, max: left < NOTHING_LEFT ? 3 : MAX_FIELDS });
    return `{ ${Array.from({ length: count }, () => selection(type, left)).join(' ')} }`;
  }

  const root = schema.getRootType(operation as OperationTypeNode);
  if (!root) return null;
  const body = operation === 'mutation' ? `{ ${field(root, depth)} }` : selections(root, depth);
  const head = definitions.length > 0 ? `(${definitions.join(', ')})` : '';
  const parts = fragments.map(({ name, on, text }) => `fragment ${name} on ${on} ${text}`);
  const text = `${operation} Random${head} ${body}\n${parts.join('\n')}`;
  const document = parse(text);
  return validate(schema, document).length === 0 ? { text, document, variables } : null;
}
