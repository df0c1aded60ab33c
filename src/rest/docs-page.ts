import { ERROR_CODES, type ErrorCode } from '../errors.js';
import { ERROR_GUIDE } from './error-guide.js';
import type { OpenApiDocument } from './openapi.js';
import type { OperationObject, Response } from './openapi-operation.js';
import type { JsonSchema } from './request-schema.js';

/** The page has no script and loads nothing. */
export const DOCS_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1c2733 }
h1, h2 { line-height: 1.2 } h2 { margin-top: 2.5rem } code { font-size: .92em }
details { border: 1px solid #d5dce4; border-radius: 6px; margin: .5rem 0; padding: .4rem .8rem }
summary { cursor: pointer } summary b { display: inline-block; min-width: 4.5rem; color: #0b5cad }
table { border-collapse: collapse; width: 100%; margin: .4rem 0 1rem } h3, h4 { margin: .8rem 0 .2rem }
td, th { border-bottom: 1px solid #e3e8ee; padding: .25rem .5rem; text-align: left; vertical-align: top }
td { white-space: pre-line } :target { background: #fff6d6 }
@media (prefers-color-scheme: dark) { body { background: #10161d; color: #d7dee6 } a, summary b { color: #6cb2ff }
  details, td, th { border-color: #2c3742 } :target { background: #4a3d10 } }`;

/** The document as a page to read, without script and without anything from elsewhere. */
export function docsPage(document: OpenApiDocument): string {
  const { info, tags, paths, components } = document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const sections = tags.map(
    ({ name, description }) =>
      `<h2 id="tag-${name}">${escape(name)}</h2><p>${inline(description)}</p>` +
      operations
        .filter(({ operation }) => operation.tags.includes(name))
        .map(({ path, method, operation }) => operationPart(path, method, operation))
        .join('\n'),
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(info.title)}: REST</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style></head><body>
<h1>${escape(info.title)}: REST</h1>
${info.description
  .split('\n\n')
  .map((text) => `<p>${inline(text)}</p>`)
  .join('\n')}
<p>The same for programs: <a href="openapi.json">openapi.json</a>. ${tags
    .map(({ name }) => `<a href="#tag-${name}">${name}</a>`)
    .join(', ')}, <a href="#schemas">schemas</a>, <a href="#codes">codes</a>.</p>
${sections.join('\n')}
<h2 id="schemas">schemas</h2>
${Object.entries(components.schemas).map(schemaPart).join('\n')}
<h2 id="codes">codes</h2>
${table(['Code', 'Status', 'When', 'What to do'], codeRows())}
</body></html>
`;
}

function operationPart(path: string, method: string, operation: OperationObject): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const body = requestBody ? Object.values(requestBody.content).map(({ schema }) => typeOf(schema)) : [];
  const rows = [
    ...parameters.map(({ name, in: place, required, schema, description: text }) => [
      `<code>${escape(name)}</code>`,
      required ? `${place}, required` : place,
      typeOf(schema),
      inline(text),
    ]),
    ...body.map((type) => ['', requestBody?.required ? 'body, required' : 'body', type, '']),
  ];
  return `<details id="${escape(operationId)}"><summary><b>${method.toUpperCase()}</b> <code>${escape(path)}</code>
${inline(summary)}</summary><p>${inline(description)}</p>
${rows.length > 0 ? table(['Name', 'Where', 'Type', 'What'], rows) : ''}
${table(['Status', 'Type', 'What'], Object.entries(responses).map(responseRow))}</details>`;
}

function responseRow([status, { description, headers = {}, content = {} }]: [string, Response]): string[] {
  const types = Object.values(content).map(({ schema }) => typeOf(schema));
  const lines = Object.entries(headers).map(([name, { description: text }]) => `${name}: ${text}`);
  return [status, types.join(' '), inline([description, ...lines].join('\n'))];
}

function schemaPart([name, schema]: [string, JsonSchema]): string {
  const required = schema.required ?? [];
  const rows = Object.entries(schema.properties ?? {}).map(([field, part]) => {
    const { description = '', ...type } = part as JsonSchema;
    return [
      `<code>${escape(field)}</code>`,
      typeOf(type) + (required.includes(field) ? '' : ', optional'),
      inline(description),
    ];
  });
  const fields = rows.length > 0 ? table(['Field', 'Type', 'What'], rows) : '';
  return `<details id="schema-${escape(name)}"><summary><code>${escape(name)}</code></summary>
<table><tr><td>${inline(schema.description ?? '')}</td></tr></table>${fields}</details>`;
}

/** A type in few words, with a link where it has a name. */
function typeOf(schema: JsonSchema): string {
  if (schema.$ref !== undefined) {
    const name = escape(schema.$ref.split('/').at(-1) ?? '');
    return `<a href="#schema-${name}">${name}</a>`;
  }
  const options = schema.anyOf;
  if (options) return options.map(typeOf).join(' or ');
  if (schema.type === 'array') return `list of ${typeOf((schema.items ?? {}) as JsonSchema)}`;
  const { minimum, maximum, minLength, maxLength, format, pattern } = schema;
  const bounds = [
    minimum === undefined && maximum === undefined ? '' : `${minimum ?? ''}…${maximum ?? ''}`,
    minLength === undefined && maxLength === undefined
      ? ''
      : `${minLength ?? 0}…${maxLength ?? ''} characters`,
    format ?? (pattern === undefined ? '' : `<code>${escape(pattern)}</code>`),
    (schema.enum ?? []).join(', '),
  ].filter((text) => text !== '');
  return [[schema.type ?? 'anything'].flat().join(' or '), ...bounds].join(' ');
}

function codeRows(): string[][] {
  const codes = Object.entries(ERROR_CODES) as [ErrorCode, (typeof ERROR_CODES)[ErrorCode]][];
  return codes.map(([code, { http, when, retryable }]) => [
    `<code id="${code}">${code}</code>`,
    String(http),
    escape(retryable ? `${when} Retryable.` : when),
    inline(ERROR_GUIDE[code].remedy),
  ]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table>${row(head, 'th')}${rows.map((cells) => row(cells, 'td')).join('\n')}</table>`;
}

function inline(text: string): string {
  return escape(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
