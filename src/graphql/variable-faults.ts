import {
  coerceInputValue,
  isInputType,
  Kind,
  typeFromAST,
  type GraphQLSchema,
  type NamedTypeNode,
  type OperationDefinitionNode,
  type TypeNode,
} from 'graphql';
import { isLabletError, validationFailed, type FieldFault, type LabletError } from '../errors.js';
import type { Actor } from '../lib/actor.js';
import { authorize, check, faultsOf, MAX_FAULTS } from '../lib/operation.js';
import { variablesExcess } from './document-floods.js';
import type { DocumentLimits } from './document-limits.js';
import { operationOf } from './input-type.js';

/** Who sent the document. */
export interface Caller {
  readonly actor: Actor | null;
  readonly refusal: LabletError | null;
}

/**
 * Checks the variables before execution, so that every missing, wrong or unknown field of an input is listed
 * at once with its path and no value is echoed. Null when they fit their types.
 */
export function variableFaults(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  caller: Caller,
): LabletError | null {
  const faults: FieldFault[] = [];
  for (const { variable, type: typeNode, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const given = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (given === undefined && (defaultValue || typeNode.kind !== Kind.NON_NULL_TYPE)) continue;
    const coercion = coercionFaults(schema, typeNode, given, name);
    if (coercion.length === 0) continue;
    const target = targetOf(typeNode);
    const refusal = target && refusalOf(target, caller);
    if (refusal) return refusal;
    faults.push(...((target && given !== undefined && requestFaults(target, given)) || coercion));
  }
  return faults.length > 0 ? validationFailed(faults) : null;
}

/** Why an operation does not run with these variables, whichever way it came: too many values, or some that do not fit. */
export function variablesRefusal(
  schema: GraphQLSchema,
  limits: DocumentLimits,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  caller: Caller,
): LabletError | null {
  return variablesExcess(variables, limits) ?? variableFaults(schema, operation, variables, caller);
}

/** Ends a coercion that would go on through megabytes of faults. */
class EnoughFaults extends Error {}

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
  try {
    coerceInputValue(value, type, (path) => {
      faults.push({
        path: [name, ...path].join('.'),
        rule: 'INVALID_TYPE',
        message: 'does not fit its type',
      });
      if (faults.length >= MAX_FAULTS) throw new EnoughFaults();
    });
  } catch (error) {
    if (!(error instanceof EnoughFaults)) throw error;
  }
  return faults;
}

type Target = NonNullable<ReturnType<typeof operationOf>>;

/** The command that the type is the input of. */
function targetOf(typeNode: TypeNode): Target | undefined {
  const named = typeNode.kind === Kind.NON_NULL_TYPE ? typeNode.type : typeNode;
  return named.kind === Kind.NAMED_TYPE ? operationOf(named.name.value) : undefined;
}

/** Who may not call the command learns nothing of what its input should look like. */
function refusalOf(target: Target, { actor, refusal }: Caller): LabletError | null {
  if (refusal) return refusal;
  try {
    authorize(target, actor);
    return null;
  } catch (error) {
    if (isLabletError(error)) return error;
    throw error;
  }
}

/** The faults the operation's own request finds: the complete list, with paths inside the input. */
function requestFaults({ request }: Target, value: unknown): FieldFault[] | null {
  const result = check(request, value);
  return result.success ? null : faultsOf(result.error);
}
