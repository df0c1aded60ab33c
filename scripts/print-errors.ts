/**
 * Writes the page of the error codes as they are in the code.
 *
 *   tsx scripts/print-errors.ts [FILE]      docs/errors.md by default
 */
import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { ERROR_CODES, type ErrorCode } from '../src/errors.js';
import { ERROR_GUIDE } from '../src/rest/error-guide.js';

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];
const PATH = 'docs/errors.md';

const INTRODUCTION = `# Error codes

<!-- Written by \`npm run gen\` from src/errors.ts and src/rest/error-guide.ts. -->

Every error says its \`code\`, whether it is \`retryable\`, its \`httpStatus\`, \`details\` and the \`requestId\`, under which the
log of the server has it. Over GraphQL they are in \`extensions\` of the error; over REST the answer is a problem (RFC 9457)
with the same fields, see [REST](rest.md#failures). Programs look at \`code\` and \`details\`; the message is for people.
Codes never change their meaning.

Retryable means: the same call may succeed later, or after reading again. Send it with the same idempotency key.

A document or request that breaks the protocol itself has a code of Apollo Server (\`GRAPHQL_PARSE_FAILED\`,
\`GRAPHQL_VALIDATION_FAILED\`, \`BAD_REQUEST\`, \`OPERATION_RESOLUTION_FAILURE\` and others) with the same fields beside it.`;

function section(code: ErrorCode): string {
  const { http, retryable, when } = ERROR_CODES[code];
  const { details, remedy } = ERROR_GUIDE[code];
  const fields = Object.entries<string>(details).map(([name, text]) => `- \`${name}\`: ${text}`);
  return [
    `## ${code}`,
    when,
    `HTTP status ${String(http)}, ${retryable ? 'retryable' : 'not retryable'}.`,
    fields.length === 0 ? 'Details: none.' : `Details:\n\n${fields.join('\n')}`,
    `What to do: ${remedy}`,
  ].join('\n\n');
}

const text = [INTRODUCTION, ...CODES.map(section)].join('\n\n');
const options = await resolveConfig(PATH);
writeFileSync(process.argv[2] ?? PATH, await format(text, { ...options, parser: 'markdown' }));
