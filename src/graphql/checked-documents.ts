import {
  type GraphQLError,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { MAX_VALIDATION_ERRORS, refusalOf } from './document-floods.js';
import type { DocumentLimits } from './document-limits.js';
import { noIntrospection } from './no-introspection.js';
import { documentError } from './present-error.js';

export interface CheckedDocumentsParts {
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  readonly limits: DocumentLimits;
}

/** How many documents are kept for when they come again, and the most characters of one that is. */
export const KEPT_DOCUMENTS = { count: 500, characters: 8192 };

/**
 * Parses and validates documents. Equal texts give the same document, so that ten thousand subscribers hold one, and a
 * storm of them that come back costs little. The latest ones that were found valid are kept.
 */
export function checkedDocuments({ schema, introspection, limits }: CheckedDocumentsParts) {
  const rules = introspection ? specifiedRules : [...specifiedRules, noIntrospection];
  const options = { maxErrors: MAX_VALIDATION_ERRORS, hideSuggestions: !introspection };
  const kept = new LRUCache<string, DocumentNode>({ max: KEPT_DOCUMENTS.count });

  return (text: string): DocumentNode | GraphQLError[] => {
    const known = kept.get(text);
    if (known) return known;
    let document;
    try {
      document = parse(text, { maxTokens: limits.tokens });
    } catch (error) {
      return [documentError(error as GraphQLError, 'GRAPHQL_PARSE_FAILED')];
    }
    // Before the validation, which would take long.
    const refusal = refusalOf(document, limits);
    if (refusal) return [refusal];
    const faults = validate(schema, document, rules, options);
    if (faults.length > 0) return faults.map((fault) => documentError(fault, 'GRAPHQL_VALIDATION_FAILED'));
    if (text.length <= KEPT_DOCUMENTS.characters) kept.set(text, document);
    return document;
  };
}
