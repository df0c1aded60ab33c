/**
 * Compares the schema with the one that was released last. Ends with 1 where a client that works today would break, or
 * where something is deprecated without a replacement and a date.
 *
 *   tsx scripts/check-released.ts [SCHEMA] [RELEASED]      schema.graphql and docs/released/schema.graphql by default
 */
import { readFileSync } from 'node:fs';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { compareSchemas, deprecationFaults } from './schema-changes.js';

const read = (path: string): GraphQLSchema => buildSchema(readFileSync(path, 'utf8'));
const schema = read(process.argv[2] ?? 'schema.graphql');
const released = read(process.argv[3] ?? 'docs/released/schema.graphql');

const { breaking, others } = await compareSchemas(released, schema);
const faults = [...breaking.map((change) => `breaks clients: ${change}`), ...deprecationFaults(schema)];
for (const fault of faults) console.error(fault);
console.log(`${String(others.length)} changes since the released schema that break nothing`);
if (faults.length > 0) {
  console.error('What goes away is deprecated first, with its replacement and a date; see CONTRIBUTING.md.');
  process.exitCode = 1;
}
