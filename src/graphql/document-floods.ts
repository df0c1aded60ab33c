import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import { BREAK, GraphQLError, Kind, parse, visit, type DocumentNode, type SelectionSetNode } from 'graphql';
import { LabletError } from '../errors.js';
import { conditionalSubscription } from './conditional-subscription.js';
import type { DocumentLimits } from './document-limits.js';
import { responseKey } from './response-key.js';

/** Faults of one document that are told; each costs a search for names that are alike. */
export const MAX_VALIDATION_ERRORS = 20;

/** Bounded so that the validation is quick: it compares each of them with each. */
type FloodLimits = Pick<DocumentLimits, 'fragments' | 'repeats' | 'values'>;

/**
 * Refuses floods before they are validated. Apollo has no place to refuse there, so what it goes on with is a document
 * that holds nothing, and whose operation is refused.
 */
export function refuseFloods(limits: FloodLimits): ApolloServerPlugin<BaseContext> {
  // By document, since Apollo keeps documents that were valid.
  const refusals = new WeakMap<DocumentNode, GraphQLError>();
  return {
    requestDidStart: async () => ({
      validationDidStart: async (request) => {
        const refusal = refusalOf(request.document, limits);
        if (!refusal) return;
        const nothing = parse('{ __typename }');
        refusals.set(nothing, refusal);
        (request as { document: DocumentNode }).document = nothing;
      },
      didResolveOperation: async ({ document }) => {
        const refusal = refusals.get(document);
        if (refusal) throw refusal;
      },
    }),
  };
}

/** Why a document is not even validated; null for most. */
export function refusalOf(document: DocumentNode, limits: FloodLimits): GraphQLError | null {
  const flood = floodOf(document, limits);
  return flood ? asRefusal(flood) : conditionalSubscription(document);
}

/** A refusal of the document itself, which is answered without data. */
export function asRefusal(refusal: LabletError): GraphQLError {
  return new GraphQLError(refusal.message, {
    originalError: refusal,
    extensions: { http: { status: 400 } },
  });
}

/** Longer names are none of ours, and quoted in each message that tells so. */
const MAX_NAME = 256;

/**
 * QUERY_TOO_COSTLY for a document with too many fragments or repeated fields, used or not, or with endless names; else
 * null.
 */
export function floodOf(document: DocumentNode, limits: FloodLimits): LabletError | null {
  let [fragments, repeats] = [0, 0];
  const count = (set: SelectionSetNode, names: Set<string>): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        // Its fields stand beside those around it.
        count(selection.selectionSet, names);
        continue;
      }
      const name = responseKey(selection);
      if (names.has(name)) repeats++;
      names.add(name);
      if (selection.selectionSet) count(selection.selectionSet, new Set());
    }
  };
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments++;
    if ('selectionSet' in definition) count(definition.selectionSet, new Set());
  }
  return (
    excess('fragments', limits.fragments, fragments) ??
    excess('repeats', limits.repeats, repeats) ??
    excess('nameLength', MAX_NAME, longestName(document))
  );
}

/** QUERY_TOO_COSTLY for variables with too many values. The document is not to blame, and may come again with others. */
export function variablesExcess(
  variables: Readonly<Record<string, unknown>>,
  limits: FloodLimits,
): LabletError | null {
  return excess('values', limits.values, valuesIn(variables, limits.values));
}

/** How many values there are in variables; counted to one above the limit. */
function valuesIn(variables: object, limit: number): number {
  let count = -1;
  const waiting: unknown[] = [variables];
  while (waiting.length > 0 && count <= limit) {
    const value = waiting.pop();
    count++;
    if (typeof value !== 'object' || value === null) continue;
    for (const inner of Object.values(value)) {
      // No more than that would be counted, and there may be a megabyte of them.
      if (waiting.length > limit) break;
      waiting.push(inner);
    }
  }
  return count;
}

function longestName(document: DocumentNode): number {
  let longest = 0;
  visit(document, {
    Name({ value }) {
      longest = Math.max(longest, value.length);
      return longest > MAX_NAME ? BREAK : undefined;
    },
  });
  return longest;
}

function excess(limit: keyof FloodLimits | 'nameLength', max: number, actual: number): LabletError | null {
  if (actual <= max) return null;
  const message = `The document asks for too much: ${limit} ${actual}, at most ${max}.`;
  return new LabletError('QUERY_TOO_COSTLY', message, { limit, max, actual });
}
