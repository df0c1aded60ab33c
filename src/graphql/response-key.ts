import type { FieldNode } from 'graphql';

/** The name of a field in the answer. */
export const responseKey = ({ alias, name }: Pick<FieldNode, 'alias' | 'name'>): string =>
  (alias ?? name).value;
