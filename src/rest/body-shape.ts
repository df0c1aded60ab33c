import { LabletError, validationFailed } from '../errors.js';

/** What a JSON body may hold, whatever its size. */
export interface BodyShape {
  /** Objects and lists within each other. */
  readonly depth: number;
  /** Values: objects, lists, texts, numbers and so on, each counted once. */
  readonly values: number;
}

export interface ShapeExcess {
  readonly limit: keyof BodyShape;
  readonly max: number;
}

/** No input nests more than ten deep; what clients add in `extensions` has room beside that. */
const MAX_DEPTH = 100;

/** What is taken where variables may have so many values: as many again for all that stands beside them. */
export const bodyShape = (maxVariableValues: number): BodyShape => ({
  depth: MAX_DEPTH,
  values: 2 * maxVariableValues,
});

const [SPACE, QUOTE, COMMA, BACKSLASH] = [0x20, 0x22, 0x2c, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * The limit that a JSON text passes, or null. The parser takes tens of milliseconds for a megabyte of names or brackets,
 * so this is found without it: in one pass, which jumps over texts and ends at the first excess. What is no JSON is not
 * told here, but by the parser.
 */
export function shapeExcess(text: string, shape: BodyShape): ShapeExcess | null {
  // A level takes two signs, and so does each value with its comma.
  if (text.length <= 2 * Math.min(shape.depth, shape.values)) return null;
  let [depth, values] = [0, 0];
  let isFirst = true;
  for (let at = 0; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (sign <= SPACE) continue;
    if (sign === CLOSE_LIST || sign === CLOSE_OBJECT) {
      depth--;
      isFirst = false;
      continue;
    }
    // One value for each comma, and one that is the first of its list or object.
    if (isFirst || sign === COMMA) {
      isFirst = false;
      if (++values > shape.values) return { limit: 'values', max: shape.values };
    }
    if (sign === QUOTE) {
      at = endOfText(text, at);
      if (at < 0) return null;
    } else if (sign === OPEN_LIST || sign === OPEN_OBJECT) {
      isFirst = true;
      if (++depth > shape.depth) return { limit: 'depth', max: shape.depth };
    }
  }
  return null;
}

/** Where the quote is that ends the text which begins at `start`; -1 where there is none. */
function endOfText(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text.charCodeAt(before - 1) === BACKSLASH) before--;
  return (at - before) % 2 === 1;
}

const TOLD = {
  depth: { limit: 'bodyDepth', rule: 'TOO_DEEP', of: 'levels' },
  values: { limit: 'bodyValues', rule: 'TOO_MANY_VALUES', of: 'values' },
} as const;

/** An excess as its transport says it: a limit of queries over GraphQL, a fault of the whole input elsewhere. */
export function shapeRefusal({ limit, max }: ShapeExcess, isGraphql: boolean): LabletError {
  const { limit: name, rule, of } = TOLD[limit];
  if (!isGraphql) return validationFailed([{ path: '', rule, message: `has more than ${max} ${of}` }]);
  const message = `The body asks for too much: more than ${max} ${of}.`;
  return new LabletError('QUERY_TOO_COSTLY', message, { limit: name, max, actual: null });
}
