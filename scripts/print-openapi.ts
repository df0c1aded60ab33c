/**
 * Writes the OpenAPI document of the REST routes as they are built from the code.
 *
 *   tsx scripts/print-openapi.ts [FILE]      openapi.json by default
 */
import { writeFileSync } from 'node:fs';
import { buildGraphqlSchema } from '../src/graphql/schema.js';
import { openApi } from '../src/rest/openapi.js';
import { LEFT_OUT } from '../src/rest/route-tables.js';
import { viewsOf } from '../src/rest/views.js';

const document = openApi(viewsOf(buildGraphqlSchema(), LEFT_OUT));
writeFileSync(process.argv[2] ?? 'openapi.json', `${JSON.stringify(document, null, 2)}\n`);
