import { Kind, visit, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';

/** Argument that says where a stream begins. */
const POSITION = 'after';

const known = new WeakMap<OperationDefinitionNode, ReadonlySet<string> | null>();

/**
 * Variables that say where the stream begins and nothing else, so that no later message depends on them. Null for what is
 * no stream with positions.
 */
export function positionVariables(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): ReadonlySet<string> | null {
  let found = known.get(operation);
  if (found === undefined) {
    found = read(schema, document, operation);
    known.set(operation, found);
  }
  return found;
}

function read(
  schema: GraphQLSchema,
  document: DocumentNode,
  { operation, selectionSet: { selections } }: OperationDefinitionNode,
): ReadonlySet<string> | null {
  const [field] = selections;
  if (operation !== 'subscription' || field?.kind !== Kind.FIELD) return null;
  const stream = schema.getSubscriptionType()?.getFields()[field.name.value];
  if (!stream?.args.some(({ name }) => name === POSITION)) return null;
  const position = field.arguments?.find(({ name }) => name.value === POSITION)?.value;
  if (position?.kind !== Kind.VARIABLE) return new Set();
  let isElsewhere = false;
  visit(document, {
    VariableDefinition: () => false,
    Variable(node) {
      if (node !== position && node.name.value === position.name.value) isElsewhere = true;
    },
  });
  return new Set(isElsewhere ? [] : [position.name.value]);
}
