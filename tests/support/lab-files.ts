import fc from 'fast-check';
import { readLabFile, type ReadLabFileOptions } from '../../src/definitions/lab-file/read-lab-file.js';
import { isLabletError } from '../../src/errors.js';

/** A lab whose nodes have these labels and tags: three lines a node, the first in line 2. */
export function labOf(...nodes: [label: string, ...tags: string[]][]): string {
  const blocks = nodes.map(
    ([label, ...tags]) =>
      `  - label: '${label}'\n    node_definition: iosv\n    tags: [${tags.join(', ')}]\n`,
  );
  return `nodes:\n${blocks.join('')}`;
}

/** Details of the LAB_YAML_INVALID that reading ends with. */
export function labFaultOf(source: string | Uint8Array, options?: ReadLabFileOptions) {
  try {
    readLabFile(source, options);
  } catch (error) {
    if (isLabletError(error, 'LAB_YAML_INVALID')) return error.details;
    throw error;
  }
  throw new Error('the file was accepted');
}

/**
 * Lab files put together from pieces, so that what rendering must give is known without rendering: a piece is
 * fixed text, or the place of the n-th port's number with what stands there in the file.
 */
export type Piece = string | { readonly port: number; readonly written: string };

export interface Lab {
  readonly pieces: readonly Piece[];
  readonly ports: number;
  readonly originals: readonly number[];
}

/** The text of a file with these numbers in it, and with what is written where there is none. */
export const textWith = (pieces: readonly Piece[], number: (port: number) => number | null): string =>
  pieces.map((piece) => (typeof piece === 'string' ? piece : (number(piece.port) ?? piece.written))).join('');

const BREAKS = ['\n', '\r\n'];
const OTHER_TAGS = ['core', "'with space'", '"${HOME}"', 'größe', '2024', 'x:1', "'${PORT_STRAY}'"];
const FORMS: readonly (readonly [before: string, after: string])[] = [
  ['serial:', ''],
  ['serial:', ':0'],
  ['serial:', ':7'],
  ['pat:', ':22'],
  ['pat:tcp:', ':8080'],
  ['pat:udp:', ':53'],
  ['vnc:', ''],
];

const node = fc.record({
  label: fc.constantFrom('r', 'Web (1)', 'Zürich ☂', '1st', '---', "it''s"),
  kind: fc.constantFrom('iosv', 'ubuntu', 'external_connector'),
  isFlow: fc.boolean(),
  hasBlockTags: fc.boolean(),
  comment: fc.constantFrom('', ' # serial:5000', ' # größe ☂ ${PORT_A}'),
  configuration: fc.constantFrom(null, 'echo ${HOME} ${PORT_P0}', 'serial:5000', 'ü ☂ # no comment'),
  tags: fc.array(
    fc.oneof(
      fc.record({ other: fc.constantFrom(...OTHER_TAGS) }),
      fc.record({
        form: fc.constantFrom(...FORMS),
        style: fc.constantFrom('plain', 'single', 'double', 'literal', 'folded', 'escaped'),
        isNumber: fc.boolean(),
      }),
    ),
    { maxLength: 4 },
  ),
});

const options = fc.record({
  lineBreak: fc.constantFrom(...BREAKS),
  hasMark: fc.boolean(),
  hasFinalBreak: fc.boolean(),
  annotations: fc.array(fc.record({ port: fc.nat(), style: fc.constantFrom('tag', 'single', 'double') }), {
    maxLength: 3,
  }),
});

type NodeSpec = typeof node extends fc.Arbitrary<infer T> ? T : never;
type TagSpec = Extract<NodeSpec['tags'][number], { form: unknown }>;

/** Makes the pieces of one file; numbers and placeholders are told apart by their order. */
class Writer {
  readonly pieces: Piece[] = [];
  readonly tags: Piece[][] = [];
  readonly originals: number[] = [];
  constructor(readonly numbersOnly: boolean) {}

  tag({ form: [before, after], style, isNumber }: TagSpec, indent: string, isFlow: boolean): Piece[] {
    const port = this.tags.length;
    const original = 5000 + port * 3;
    this.originals.push(original);
    const named = !this.numbersOnly && !isNumber;
    const place = { port, written: named ? `\${PORT_P${port}}` : String(original) };
    const words: Piece[] = [before, place, after];
    this.tags.push(words);
    const quoted = isFlow && (named || style === 'literal' || style === 'folded');
    switch (quoted ? 'single' : style) {
      case 'single':
        return ["'", ...words, "'"];
      case 'double':
        return ['"', ...words, '"'];
      case 'escaped':
        return ['"\\x', before.charCodeAt(0).toString(16), before.slice(1), place, after, '"'];
      case 'literal':
        return ['|-\n', indent, ...words];
      case 'folded':
        return ['>- # serial:1\n', indent, ...words];
      default:
        return words;
    }
  }

  node({ label, kind, isFlow, hasBlockTags, comment, configuration, tags }: NodeSpec, index: number): void {
    const head = [`label: '${label} ${index}'`, `node_definition: ${kind}`];
    let seesScreen = false;
    const kept = tags.filter(
      (tag) => !('form' in tag) || tag.form[0] !== 'vnc:' || (!seesScreen && (seesScreen = true)),
    );
    const written = (indent: string, inFlow: boolean) =>
      kept.map((tag) => ('other' in tag ? [tag.other] : this.tag(tag, indent, inFlow)));
    const list = (items: Piece[][]) => [
      '[',
      ...items.flatMap((item, at) => (at > 0 ? [', ', ...item] : item)),
      ']',
    ];
    if (isFlow) {
      this.pieces.push(`  - {${head.join(', ')}, tags: `, ...list(written('', true)), `}${comment}\n`);
      return;
    }
    this.pieces.push(`  - ${head[0]}${comment}\n    ${head[1]}\n`);
    if (configuration !== null) this.pieces.push(`    configuration: |\n      ${configuration}\n`);
    if (!hasBlockTags || kept.length === 0)
      this.pieces.push('    tags: ', ...list(written('', true)), `${comment}\n`);
    else {
      this.pieces.push(`    tags:${comment}\n`);
      for (const item of written('          ', false)) this.pieces.push('      - ', ...item, '\n');
    }
  }
}

/** Lab files in every style of YAML; `numbersOnly` leaves placeholders out. */
export function labs(numbersOnly: boolean): fc.Arbitrary<Lab> {
  return fc
    .record({ nodes: fc.array(node, { minLength: 1, maxLength: 5 }), options })
    .map(({ nodes, options }) => {
      const writer = new Writer(numbersOnly);
      writer.pieces.push('lab: {title: größe ☂}\nnodes:\n  - {label: base, node_definition: iosv}\n');
      nodes.forEach((spec, index) => writer.node(spec, index));
      writer.pieces.push(...annotations(writer, options.annotations));
      const pieces = [
        options.hasMark ? '\ufeff' : '',
        ...writer.pieces,
        `# end${options.hasFinalBreak ? '\n' : ''}`,
      ];
      return {
        pieces: pieces.map((piece) =>
          typeof piece === 'string' ? piece.replaceAll('\n', options.lineBreak) : piece,
        ),
        ports: writer.tags.length,
        originals: writer.originals,
      };
    });
}

function annotations(writer: Writer, specs: readonly { port: number; style: string }[]): Piece[] {
  if (writer.tags.length === 0 || specs.length === 0) return [];
  const items = specs.flatMap(({ port, style }): Piece[] => {
    const words = writer.tags[port % writer.tags.length] as Piece[];
    const named = words.some((piece) => typeof piece !== 'string' && piece.written.startsWith('$'));
    if (style === 'single') return ["  - {is_on: true, tag: '", ...words, "'}\n"];
    if (style === 'double' && named) return ['  - label: "\\"☂ ', ...words, ' ${HOME}\\""\n'];
    return ['  - label: "', ...words, '"\n    text: serial:5000\n'];
  });
  return ['smart_annotations:\n', ...items];
}
