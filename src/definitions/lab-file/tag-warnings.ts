import { isSeq, type ParsedNode } from 'yaml';
import { quoted, type Warn } from './lab-warnings.js';
import { probableTag } from './misspelt-tag.js';
import { outRange } from './port-places.js';
import { derivedName, isLabelCut, placeholderOf } from './port-tags.js';
import type { LabParts } from './read-lab-file.js';
import { fieldOf, isText, resolve } from './yaml-fields.js';

/** Port tags with numbers of their own and the names that follow from them; tags that were meant to name a port. */
export function warnOfTags(parts: LabParts, warn: Warn): void {
  parts.tags.forEach(({ tag, text, label, scalar, path }, index) => {
    if (tag.placeholder !== null) return;
    const name = parts.names[index] as string;
    const { start } = outRange(parts.yaml, scalar, text, tag);
    const better = text.slice(0, tag.outAt) + placeholderOf(name) + text.slice(tag.outAt + tag.out.length);
    warn('HARD_CODED_PORT', start, path, () => ({
      message: `The number ${tag.out} is only written here: every instance gets one of its own for the port ${name}.`,
      fix: `Write ${quoted(better)}, here and in annotations; the port keeps its name.`,
    }));
    if (isLabelCut(label)) {
      warn('NAME_CUT', start, path, () => ({
        message: `The port is named ${name}, after the beginning of a long label.`,
        fix: `Name it with a placeholder, for example ${quoted(better)}, or shorten the label.`,
      }));
    }
    const plain = derivedName(label, tag);
    if (name !== plain) {
      warn('NAME_SUFFIXED', start, path, () => ({
        message: `The port is named ${name}, since another one is named ${plain}; the numbers follow the order of the file.`,
        fix: `Name it with a placeholder, for example ${quoted(better)}, or give the node another label.`,
      }));
    }
  });
  warnOfMisspeltTags(parts, warn);
}

function warnOfMisspeltTags({ yaml, nodes }: LabParts, warn: Warn): void {
  // Aliases may lead many times to one list or text.
  const seen = new Set<ParsedNode>();
  for (const { map, path } of nodes) {
    const list = fieldOf(yaml, map, 'tags');
    if (!isSeq(list) || seen.has(list)) continue;
    seen.add(list);
    list.items.forEach((item, index) => {
      const scalar = resolve(yaml, item);
      if (!isText(scalar) || seen.has(scalar)) return;
      seen.add(scalar);
      const meant = probableTag(scalar.value);
      if (meant === null) return;
      warn('TAG_MISSPELT', scalar.range[0], `${path}.tags.${index}`, () => ({
        message: `The tag ${quoted(scalar.value)} looks like a port, but names none and is ignored.`,
        fix: `Write ${quoted(meant)} if it is to name a port.`,
      }));
    });
  }
}
