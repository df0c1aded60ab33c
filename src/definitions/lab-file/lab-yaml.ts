import { Composer, Lexer, LineCounter, Parser, type CST, type ParsedNode } from 'yaml';
import type { LabletError } from '../../errors.js';
import { labFileFault } from './lab-file-fault.js';
import { MAX_DEPTH, resolveAliases, tooDeep, type AliasTargets } from './lab-yaml-nodes.js';

/** A lab file as YAML nodes that know their places in the text. */
export interface LabYaml {
  readonly text: string;
  readonly root: ParsedNode | null;
  readonly targets: AliasTargets;
  /** Line of an offset, from 1. */
  readonly lineAt: (offset: number) => number;
  /** Line and column of an offset, both from 1; columns count UTF-16 code units, as editors do. */
  readonly placeAt: (offset: number) => TextPlace;
}

export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/**
 * Bound on the lexical parts of a file (marks, words, line breaks). Each costs memory, and 5 MiB of the
 * smallest ones would cost gigabytes; a lab of 500 nodes with 10 interfaces each has under 400 000.
 */
const MAX_PARTS = 750_000;

/** Anything but tab, line feed, carriage return and what YAML calls printable. */
const UNPRINTABLE = /[^\t\n\r\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

const OPTIONS = {
  // The parser's own search for equal keys is quadratic.
  uniqueKeys: false,
  // Known tags would add types beyond the core schema.
  resolveKnownTags: false,
  schema: 'core',
  prettyErrors: false,
} as const;

/**
 * Parses the text of a lab file and checks it as YAML: one document without syntax error, core types only,
 * at most 50 levels and 100 aliases, no equal keys in a mapping. Nothing is expanded.
 * @throws LabletError LAB_YAML_INVALID with rule and line
 */
export function parseLabYaml(text: string): LabYaml {
  const lines = new LineCounter();
  lines.addNewLine(0);
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  assertPrintable(text);
  const root = compose(text, lines, lineAt);
  // A byte order mark takes no column.
  const mark = text.startsWith('\uFEFF') ? 1 : 0;
  const placeAt = (offset: number): TextPlace => {
    const { line, col } = lines.linePos(offset);
    return { line, column: line === 1 ? col - mark : col };
  };
  return { text, root, lineAt, placeAt, targets: resolveAliases(root, lineAt) };
}

function assertPrintable(text: string): void {
  const at = text.search(UNPRINTABLE);
  if (at === -1) return;
  const code = text.codePointAt(at)?.toString(16).toUpperCase().padStart(4, '0');
  const line = text.slice(0, at).split('\n').length;
  throw labFileFault('CONTROL_CHARACTER', `holds the character U+${code}, which YAML does not allow`, line);
}

function compose(text: string, lines: LineCounter, lineAt: LabYaml['lineAt']): ParsedNode | null {
  const composer = new Composer<ParsedNode>(OPTIONS);
  stopAtFirstError(composer, text, lineAt);
  let documents = 0;
  for (const token of tokens(text, lines)) {
    if (token.type === 'error') throw syntaxFault(text, token.message, lineAt(token.offset));
    if (token.type === 'document' && ++documents > 1) {
      throw labFileFault('MULTIPLE_DOCUMENTS', 'holds more than one YAML document', lineAt(token.offset));
    }
    // Documents come out only at the end.
    for (const _ of composer.next(token));
  }
  const [document] = [...composer.end(true, text.length)];
  const error = document?.errors[0];
  if (error) throw syntaxFault(text, error.message, lineAt(error.pos[0]));
  return document?.contents ?? null;
}

function* tokens(text: string, lines: LineCounter): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine);
  let parts = 0;
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (++parts > MAX_PARTS) {
      throw labFileFault('TOO_MANY_PARTS', `has more than ${MAX_PARTS} lexical parts`);
    }
    if (parser.stack.length > MAX_DEPTH && parser.stack.filter(isCollectionToken).length > MAX_DEPTH) {
      throw tooDeep(lines.linePos(parser.offset).line);
    }
  }
  yield* parser.end();
}

function isCollectionToken(token: CST.Token): boolean {
  return token.type === 'block-map' || token.type === 'block-seq' || token.type === 'flow-collection';
}

interface ErrorHandling {
  onError: (
    source: number | readonly number[] | { offset: number },
    code: string,
    message: string,
    warning?: boolean,
  ) => void;
}

/**
 * The composer collects its errors, each with a stack trace, and a hostile file has a million of them.
 * Replacing its private handler is the one way to stop at the first.
 */
function stopAtFirstError(composer: Composer<ParsedNode>, text: string, lineAt: LabYaml['lineAt']): void {
  let first: LabletError | null = null;
  const handling = composer as unknown as ErrorHandling;
  handling.onError = (source, code, message, warning = false) => {
    const badType = code === 'TAG_RESOLVE_FAILED';
    if (warning && !badType) return;
    if (!first) {
      const offset =
        typeof source === 'number' ? source : 'offset' in source ? source.offset : (source[0] ?? 0);
      const line = lineAt(offset);
      first = badType
        ? labFileFault('CUSTOM_TYPE', `uses a type beyond the core ones (${message})`, line)
        : syntaxFault(text, message, line);
    }
    throw first;
  };
}

/** A placeholder without quotes is a mapping to YAML within a list on one line, and the parser's words do not say so. */
function syntaxFault(text: string, message: string, line: number): LabletError {
  const faulty = text.split('\n', line)[line - 1] ?? '';
  const hint = /[[,][^'",[\]]*\$\{/.test(faulty) ? '; a text with ${...} needs quotes here' : '';
  return labFileFault('SYNTAX', `is not valid YAML: ${message}${hint}`, line);
}
