import {
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
} from 'graphql';
import { documentError } from './present-error.js';

export interface CheckedDocumentsParts {
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  readonly maxTokens: number;
}

/** Documents that are kept, and characters of one that is. */
const KEPT = 500;
const KEPT_CHARACTERS = 8192;

/**
 * Parses and validates documents. Equal texts give the same document, so that ten thousand subscribers hold one, and a
 * storm of them that come back costs little. The latest ones that were found valid are kept.
 */
export function checkedDocuments({ schema, introspection, maxTokens }: CheckedDocumentsParts) {
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const kept = new Map<string, DocumentNode>();

  function check(text: string): DocumentNode | GraphQLError[] {
    let document;
    try {
      document = parse(text, { maxTokens });
    } catch (error) {
      return [documentError(error as GraphQLError, 'GRAPHQL_PARSE_FAILED')];
    }
    const faults = validate(schema, document, rules);
    return faults.length === 0
      ? document
      : faults.map((fault) => documentError(fault, 'GRAPHQL_VALIDATION_FAILED'));
  }

  return (text: string): DocumentNode | GraphQLError[] => {
    const known = kept.get(text);
    const document = known ?? check(text);
    if (Array.isArray(document) || text.length > KEPT_CHARACTERS) return document;
    // A map keeps the order of insertion, so the first one is the one not asked for longest.
    kept.delete(text);
    kept.set(text, document);
    for (const oldest of kept.keys()) if (kept.size > KEPT) kept.delete(oldest);
    return document;
  };
}
