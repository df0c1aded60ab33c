import type { ParsedNode } from 'yaml';
import { quoted, type Warn } from './lab-warnings.js';
import { probableTag } from './misspelt-tag.js';
import { annotationTexts, textsOf } from './port-places.js';
import { parsePortTag, PLACEHOLDER, placeholderOf } from './port-tags.js';
import type { LabParts } from './read-lab-file.js';

/** Placeholders that no node tag names, and annotations that look like a port tag but will not show its number. */
export function warnOfAnnotations(parts: LabParts, warn: Warn): void {
  const named = new Set(parts.names);
  for (const { port, start, path } of parts.places) {
    if (named.has(port)) continue;
    warn('PLACEHOLDER_UNKNOWN', start, path, () => ({
      message: `No node tag names the port ${port}; an instance that does not hold it cannot be rendered.`,
      fix: `Write ${placeholderOf(port)} in a node tag too, or take it out of here.`,
    }));
  }
  warnOfSmartTexts(parts, named, warn);
  warnOfDrawnTexts(parts, warn);
}

function warnOfSmartTexts({ yaml, tags }: LabParts, named: ReadonlySet<string>, warn: Warn): void {
  const known = new Set(tags.map(({ text }) => text));
  const seen = new Set<ParsedNode>();
  for (const { scalar, path } of annotationTexts(yaml)) {
    const text = scalar.value;
    if (seen.has(scalar) || known.has(text) || !looksLikeTag(text)) continue;
    seen.add(scalar);
    const placeholders = [...text.matchAll(PLACEHOLDER)].map(([, written]) =>
      (written as string).toLowerCase(),
    );
    // One of an unknown port was told of; in a label the number of a known one is shown, which may be all that is wanted.
    if (placeholders.some((port) => !named.has(port))) continue;
    if (placeholders.length > 0 && path.endsWith('.label')) continue;
    warn('ANNOTATION_STAYS', scalar.range[0], path, () => ({
      message: `${quoted(text)} looks like a port tag, but no node has this tag.`,
      fix: 'Write it exactly as on the node, or with the placeholder of the port.',
    }));
  }
}

/** Rectangles, ellipses and lines have no text; text that was drawn by hand gets no numbers. */
function warnOfDrawnTexts({ yaml }: LabParts, warn: Warn): void {
  const seen = new Set<ParsedNode>();
  for (const { scalar, path } of textsOf(yaml, 'annotations', ['text_content'])) {
    const text = scalar.value;
    if (seen.has(scalar) || !(looksLikeTag(text) || text.search(PLACEHOLDER) !== -1)) continue;
    seen.add(scalar);
    warn('ANNOTATION_STAYS', scalar.range[0], path, () => ({
      message: `${quoted(text)} stays as it is: only smart annotations show the numbers of ports.`,
      fix: 'Write it as tag or label of a smart annotation.',
    }));
  }
}

function looksLikeTag(text: string): boolean {
  return parsePortTag(text) !== null || probableTag(text) !== null;
}
