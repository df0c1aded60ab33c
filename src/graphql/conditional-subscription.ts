import { GraphQLError, Kind, type DirectiveNode, type DocumentNode, type SelectionSetNode } from 'graphql';
import { fragmentsOf } from './fragments.js';

const CONDITIONS: ReadonlySet<string> = new Set(['skip', 'include']);

/**
 * Whether the root field of a subscription is there may not depend on anything (GraphQL, section 5.2.4); graphql-js
 * fails over such a document, in its validation or when it is run.
 */
export function conditionalSubscription(document: DocumentNode): GraphQLError | null {
  const fragments = fragmentsOf(document);
  const seen = new Set<string>();
  const conditionIn = (set: SelectionSetNode): DirectiveNode | null => {
    for (const selection of set.selections) {
      const own = selection.directives?.find(({ name }) => CONDITIONS.has(name.value));
      if (own) return own;
      let inner = selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : undefined;
      if (selection.kind === Kind.FRAGMENT_SPREAD && !seen.has(selection.name.value)) {
        seen.add(selection.name.value);
        inner = fragments.get(selection.name.value)?.selectionSet;
      }
      const found = inner && conditionIn(inner);
      if (found) return found;
    }
    return null;
  };
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION || definition.operation !== 'subscription') continue;
    const condition = conditionIn(definition.selectionSet);
    if (!condition) continue;
    return new GraphQLError(`The root field of a subscription takes no @${condition.name.value}.`, {
      nodes: condition,
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } },
    });
  }
  return null;
}
