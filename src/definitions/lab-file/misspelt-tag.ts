import { parsePortTag } from './port-tags.js';

/** A word, separators, perhaps a protocol, then what can be OUT, then perhaps more. */
const LIKE_A_TAG =
  /^\s*(?<word>[a-z]{2,8})[\s:=;,._/-]*(?:(?<protocol>tcp|udp)[\s:=;,._/-]+)?(?<out>\$?\{?PORT_\w+\}?|[1-9]\d{2,4})(?<rest>(?:[\s:=;,/-]+\d{1,5})?)\s*$/i;

const KINDS = ['serial', 'vnc', 'pat'] as const;

/**
 * The port tag that a text was probably meant to be: `serial:5000` for `serail:5000`, `Serial:5000` and
 * `serial 5000`. Null when it is one, begins like one, or looks like something else.
 */
export function probableTag(text: string): string | null {
  if (text.length > 200 || parsePortTag(text) !== null) return null;
  const parts = LIKE_A_TAG.exec(text)?.groups;
  const { word = '', protocol, out = '', rest = '' } = parts ?? {};
  const kind = KINDS.find((known) => isSlip(word.toLowerCase(), known));
  if (!parts || !kind) return null;
  const name = /PORT_\w+/i.exec(out)?.[0];
  const inside = /\d+/.exec(rest)?.[0];
  const tag = [
    kind,
    ...(protocol ? [protocol.toLowerCase()] : []),
    name ? `\${${name.toUpperCase()}}` : out,
    ...(inside ? [inside] : []),
  ].join(':');
  const meant = parsePortTag(tag);
  return meant === null || meant === 'MALFORMED' ? null : tag;
}

/**
 * Whether `word` is `known` with two neighbours swapped, or, where the word is long enough for this to say anything,
 * with one letter wrong, missing or too many.
 */
function isSlip(word: string, known: string): boolean {
  if (word === known || isSwapped(word, known)) return true;
  if (known.length < 5 || Math.abs(word.length - known.length) > 1) return false;
  const start = [...known].findIndex((letter, at) => letter !== word[at]);
  const at = start === -1 ? known.length : start;
  const [added, missing] = [word.length >= known.length ? 1 : 0, word.length <= known.length ? 1 : 0];
  return word.slice(at + added) === known.slice(at + missing);
}

function isSwapped(word: string, known: string): boolean {
  const at = [...known].findIndex((letter, index) => letter !== word[index]);
  const pair = (known[at + 1] ?? '') + (known[at] ?? '');
  return at !== -1 && word === known.slice(0, at) + pair + known.slice(at + 2);
}
