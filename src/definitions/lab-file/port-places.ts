import { isMap, isSeq } from 'yaml';
import type { LabYaml } from './lab-yaml.js';
import type { NodeTag } from './node-tags.js';
import { PLACEHOLDER, placeholderPort } from './port-tags.js';
import { scalarText, type TextRange } from './scalar-text.js';
import { fieldOf, isText, resolve, type Mapping, type TextScalar } from './yaml-fields.js';

/** A place of the text where the number of a port belongs. */
export interface PortPlace extends TextRange {
  readonly port: string;
  /** From 1. */
  readonly line: number;
  /** Dotted, list positions are numbers: `nodes.0.tags.1`. */
  readonly path: string;
}

/**
 * Where numbers belong: OUT of each node tag; in tag and label of the smart annotations each placeholder, and
 * OUT where the text is a node tag. In the order of the text, each place once, none within another.
 * @param names names of the ports, in the order of `tags`
 */
export function portPlaces(yaml: LabYaml, tags: readonly NodeTag[], names: readonly string[]): PortPlace[] {
  // An alias may lead to a text that was met before.
  const places = new Map<number, PortPlace>();
  const add = (scalar: TextScalar, range: TextRange, port: string, path: string): void => {
    if (places.has(range.start)) return;
    places.set(range.start, { ...range, port, line: yaml.lineAt(scalar.range[0]), path });
  };
  const byText = new Map<string, { tag: NodeTag['tag']; port: string }>();
  tags.forEach(({ tag, text, scalar, path }, index) => {
    const port = names[index] as string;
    byText.set(text, { tag, port });
    add(scalar, outRange(yaml, scalar, text, tag), port, path);
  });
  for (const { scalar, path } of annotationTexts(yaml)) {
    const known = byText.get(scalar.value);
    if (known) add(scalar, outRange(yaml, scalar, scalar.value, known.tag), known.port, path);
    else for (const { range, port } of placeholders(yaml, scalar)) add(scalar, range, port, path);
  }
  return [...places.values()].sort((a, b) => a.start - b.start);
}

/** The place of OUT in a node tag. */
export function outRange(yaml: LabYaml, scalar: TextScalar, text: string, tag: NodeTag['tag']): TextRange {
  const characters = scalarText(yaml.text, scalar);
  return characters.range(characters.text.indexOf(text) + tag.outAt, tag.out.length);
}

function placeholders(yaml: LabYaml, scalar: TextScalar): { range: TextRange; port: string }[] {
  if (!scalar.value.includes('${PORT_')) return [];
  const characters = scalarText(yaml.text, scalar);
  return [...characters.text.matchAll(PLACEHOLDER)].map((match) => ({
    range: characters.range(match.index, match[0].length),
    port: placeholderPort(match[1] as string),
  }));
}

/** A text of the file with its place. */
export interface PlacedText {
  readonly scalar: TextScalar;
  readonly path: string;
}

/** Texts of the smart annotations, of which numbers become a part. */
export function annotationTexts(yaml: LabYaml): PlacedText[] {
  return textsOf(yaml, 'smart_annotations', ['tag', 'label']);
}

/**
 * Texts of some fields of the items of a list. Such lists are not part of the port rules, so whatever has another
 * form than expected is passed over.
 */
export function textsOf(yaml: LabYaml, listName: string, fields: readonly string[]): PlacedText[] {
  const list = fieldOf(yaml, yaml.root as Mapping, listName);
  if (!isSeq(list)) return [];
  return list.items.flatMap((item, index) => {
    const map = resolve(yaml, item);
    if (!isMap(map)) return [];
    return fields.flatMap((name) => {
      const scalar = fieldOf(yaml, map, name);
      return isText(scalar) ? [{ scalar, path: `${listName}.${index}.${name}` }] : [];
    });
  });
}
