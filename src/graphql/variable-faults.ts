import {
  coerceInputValue,
  isInputType,
  typeFromAST,
  type GraphQLSchema,
  type NamedTypeNode,
  type OperationDefinitionNode,
  type TypeNode,
} from 'graphql';
import { validationFailed, type FieldFault, type LabletError } from '../errors.js';
import { faultsOf } from '../lib/operation.js';
import { requestOf } from './input-type.js';

/**
 * Checks the variables before execution, so that every missing, wrong or unknown field of an input is listed
 * at once with its path and no value is echoed. Null when they fit their types.
 */
export function variableFaults(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): LabletError | null {
  const faults: FieldFault[] = [];
  for (const { variable, type: typeNode, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const given = variables[name];
    if (given === undefined && (defaultValue || typeNode.kind !== 'NonNullType')) continue;
    const coercion = coercionFaults(schema, typeNode, given, name);
    if (coercion.length > 0) faults.push(...(requestFaults(typeNode, given) ?? coercion));
  }
  return faults.length > 0 ? validationFailed(faults) : null;
}

function coercionFaults(
  schema: GraphQLSchema,
  typeNode: TypeNode,
  value: unknown,
  name: string,
): FieldFault[] {
  const type = typeFromAST(schema, typeNode as NamedTypeNode);
  if (!type || !isInputType(type)) return [];
  if (value === undefined) return [{ path: name, rule: 'REQUIRED', message: 'is required' }];
  const faults: FieldFault[] = [];
  coerceInputValue(value, type, (path) => {
    faults.push({ path: [name, ...path].join('.'), rule: 'INVALID_TYPE', message: 'does not fit its type' });
  });
  return faults;
}

/** The faults the operation's own request finds: the complete list, with paths inside the input. */
function requestFaults(typeNode: TypeNode, value: unknown): FieldFault[] | null {
  const named = typeNode.kind === 'NonNullType' ? typeNode.type : typeNode;
  const request = named.kind === 'NamedType' ? requestOf(named.name.value) : undefined;
  const result = request?.safeParse(value);
  return result && !result.success ? faultsOf(result.error) : null;
}
