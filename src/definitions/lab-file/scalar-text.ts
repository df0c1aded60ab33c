import type { Scalar } from 'yaml';

/** A range of characters (UTF-16 code units) of the lab file; the end is excluded. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The characters of a scalar with escapes undone, each with its place in the file. Line folding is not
 * undone: it only concerns white space, and what is searched here has none.
 */
export interface ScalarText {
  readonly text: string;
  /** Place in the file of `length` characters of {@link text} from `at` on. */
  range(at: number, length: number): TextRange;
}

const PIECE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(\r?\n[ \t]*)|([^]))|[^\\]/g;

/** The characters of `scalar`, read from the file's text. */
export function scalarText(source: string, scalar: Scalar.Parsed): ScalarText {
  const [start, end] = scalar.range;
  const raw = source.slice(start, end);
  if (scalar.type === 'QUOTE_DOUBLE' && raw.includes('\\')) return unescape(raw, start);
  // A block scalar begins with its header line, which may carry a comment.
  const body = scalar.type?.startsWith('BLOCK_') ? source.indexOf('\n', start) + 1 : start;
  return {
    text: source.slice(body, end),
    range: (at, length) => ({ start: body + at, end: body + at + length }),
  };
}

function unescape(raw: string, start: number): ScalarText {
  const starts: number[] = [];
  const ends: number[] = [];
  let text = '';
  for (const match of raw.matchAll(PIECE)) {
    const piece = escaped(match);
    for (let i = 0; i < piece.length; i++) {
      starts.push(start + match.index);
      ends.push(start + match.index + match[0].length);
    }
    text += piece;
  }
  return {
    text,
    range: (at, length) => ({ start: starts[at] as number, end: ends[at + length - 1] as number }),
  };
}

/** What one piece of a double-quoted scalar stands for; a blank for named escapes (`\n`), never part of a tag. */
function escaped([piece, x, u, long, lineBreak, named]: RegExpMatchArray): string {
  const hex = x ?? u ?? long;
  if (hex !== undefined) return String.fromCodePoint(parseInt(hex, 16));
  if (lineBreak !== undefined) return '';
  return named === undefined ? piece : ' ';
}
