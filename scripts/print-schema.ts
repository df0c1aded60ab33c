/**
 * Writes the GraphQL schema as it is built from the code.
 *
 *   tsx scripts/print-schema.ts [FILE]      schema.graphql by default
 */
import { writeFileSync } from 'node:fs';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { buildGraphqlSchema } from '../src/graphql/schema.js';

const schema = lexicographicSortSchema(buildGraphqlSchema());
writeFileSync(process.argv[2] ?? 'schema.graphql', `${printSchema(schema)}\n`);
