/** What the documents say of files, names, links, scripts and settings is so. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { settingsTable } from '../scripts/print-settings.js';
import { codeBlocks, proseOf, readDocument } from './support/markdown.js';

const root = fileURLToPath(new URL('..', import.meta.url));

const DOCUMENTS = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'examples/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path.replaceAll('\\', '/')}`)
    .sort(),
];

/** Files of the example in `docs/add-an-operation.md`, which are there once somebody has followed it. */
const TO_BE_WRITTEN = ['src/instances/record-grading-score.ts', 'tests/record-grading-score.test.ts'];

const PATH =
  /^(?:(?:src|tests|scripts|docs|config|examples|\.ci)\/[\w./-]+|[A-Za-z.-]+\.(?:json|yml|graphql|md|cjs))$/;
const isThere = (path: string): boolean => TO_BE_WRITTEN.includes(path) || existsSync(join(root, path));

/** Texts between backticks. */
function codeSpans(markdown: string): string[] {
  return [...proseOf(markdown).matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text);
}

/** "`a`, `b` in `src/file.ts`": which names the document says a file has. */
function namesInFiles(markdown: string): { file: string; names: string[] }[] {
  const text = proseOf(markdown).replaceAll(/\s+/g, ' ');
  const places = text.matchAll(/(`\w+`(?:(?:, | and )`\w+`)*),? in `((?:src|tests)\/[\w./-]+\.ts)`/g);
  return [...places].map(([, names = '', file = '']) => ({
    file,
    names: [...names.matchAll(/\w+/g)].map(([name]) => name).filter((name) => name !== 'and'),
  }));
}

function linksOf(markdown: string): { path: string; anchor: string }[] {
  const links = [...proseOf(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return links
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor = ''] = target.split('#');
      return { path, anchor };
    });
}

/** The names under which the headings of a document can be linked to. */
function anchorsOf(markdown: string): string[] {
  return [...proseOf(markdown).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(DOCUMENTS)('%s', (document) => {
  const markdown = readDocument(document);

  it('names files that are there', () => {
    const paths = codeSpans(markdown).filter((text) => PATH.test(text));
    const missing = paths.filter((path) => !isThere(path) && !isThere(join(dirname(document), path)));
    // Within a capability folder documents name files without it.
    const elsewhere = missing.filter((path) => !isThere(join('src/instances', path)));
    expect(elsewhere).toEqual([]);
  });

  it('names what is in these files', () => {
    const wrong = namesInFiles(markdown).flatMap(({ file, names }) => {
      const source = isThere(file) ? readFileSync(join(root, file), 'utf8') : '';
      return names
        .filter((name) => !new RegExp(`\\b${name}\\b`).test(source))
        .map((name) => `${name} in ${file}`);
    });
    expect(wrong).toEqual([]);
  });

  it('links to what is there', () => {
    const broken = linksOf(markdown).filter(({ path, anchor }) => {
      const target = path === '' ? document : normalize(join(dirname(document), path));
      return !isThere(target) || (anchor !== '' && !anchorsOf(readDocument(target)).includes(anchor));
    });
    expect(broken).toEqual([]);
  });

  it('runs scripts that the package has', () => {
    const { scripts } = JSON.parse(readDocument('package.json')) as { scripts: Record<string, string> };
    const code = [...codeSpans(markdown), ...codeBlocks(markdown).map(({ text }) => text)].join('\n');
    const named = [...code.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('the documents', () => {
  it('show the settings as the program has them; npx tsx scripts/print-settings.ts prints the table', () => {
    expect(readDocument('README.md')).toContain(settingsTable());
  });

  it('ask the API for what it has', () => {
    const schema = buildSchema(readDocument('schema.graphql'));
    const documents = codeBlocks(readDocument('README.md')).filter(({ language }) => language === 'graphql');
    expect(documents.flatMap(({ text }) => validate(schema, parse(text)))).toEqual([]);
    expect(documents).not.toEqual([]);
  });

  it('say where the parts of the two paths are', () => {
    const places = namesInFiles(readDocument('ARCHITECTURE.md'));
    expect(places.length).toBeGreaterThan(25);
  });
});

it.each([
  ['docs/acceptance.md', 20],
  ['docs/hostile-sources.md', 10],
])('%s names tests that are there', (document, least) => {
  const named = [...readDocument(document).matchAll(/`([\w./-]+\.ts)` "([^"]+)"/g)];
  expect(named.length).toBeGreaterThan(least);
  const missing = named.filter(
    ([, file = '', name = '']) => !readFileSync(join(root, file), 'utf8').includes(name),
  );
  expect(missing.map(([text]) => text)).toEqual([]);
});
