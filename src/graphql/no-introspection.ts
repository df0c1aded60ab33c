import {
  getNamedType,
  GraphQLError,
  isIntrospectionType,
  type ASTVisitor,
  type ValidationContext,
} from 'graphql';

const MESSAGE =
  'Introspection is off on this server (INTROSPECTION): ask those who run it for the schema, or send a query without ' +
  '__schema and __type.';

/** Rule of validation that refuses documents which read the schema; graphql-js and Apollo Server have messages for programmers. */
export function noIntrospection(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      const type = getNamedType(context.getType());
      if (!type || !isIntrospectionType(type)) return undefined;
      context.reportError(new GraphQLError(MESSAGE, { nodes: node }));
      // What is within it would be told of again, field by field.
      return false;
    },
  };
}
