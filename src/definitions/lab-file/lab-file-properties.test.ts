import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labs, textWith } from '../../../tests/support/lab-files.js';
import { readLabFile } from './read-lab-file.js';
import { renderLabFile } from './render-lab-file.js';

describe('for every lab file', () => {
  it('rendering replaces the numbers of ports and keeps every other byte', () => {
    fc.assert(
      fc.property(labs(false), ({ pieces, ports }) => {
        const file = readLabFile(Buffer.from(textWith(pieces, () => null)));
        expect(file.portTemplate).toHaveLength(ports);
        const held = file.portTemplate.map(({ name }, port) => ({ name, number: 20_000 + port }));
        expect(renderLabFile(file, held)).toEqual({
          text: textWith(pieces, (port) => 20_000 + port),
          warnings: [],
        });
      }),
      { numRuns: 400 },
    );
  });

  it('reading what was rendered gives the same ports', () => {
    fc.assert(
      fc.property(labs(true), ({ pieces }) => {
        const file = readLabFile(textWith(pieces, () => null));
        const held = file.portTemplate.map(({ name }, port) => ({ name, number: 60_000 - port }));
        const again = readLabFile(renderLabFile(file, held).text);
        expect(again.portTemplate).toEqual(file.portTemplate);
        expect(again.nodeCount).toBe(file.nodeCount);
      }),
      { numRuns: 200 },
    );
  });

  it('reading what was rendered gives ports that differ in derived names only', () => {
    const unnamed = (source: string) =>
      readLabFile(source).portTemplate.map((port) => ({ ...port, name: '' }));
    fc.assert(
      fc.property(labs(false), ({ pieces }) => {
        const source = textWith(pieces, () => null);
        const file = readLabFile(source);
        const held = file.portTemplate.map(({ name }, port) => ({ name, number: 2000 + port }));
        expect(unnamed(renderLabFile(file, held).text)).toEqual(unnamed(source));
      }),
      { numRuns: 200 },
    );
  });

  it('rendering the original numbers gives the original bytes', () => {
    fc.assert(
      fc.property(labs(true), ({ pieces, originals }) => {
        const bytes = Buffer.from(textWith(pieces, () => null));
        const file = readLabFile(bytes);
        const held = file.portTemplate.map(({ name }, port) => ({ name, number: originals[port] as number }));
        expect(Buffer.from(renderLabFile(file, held).text).equals(bytes)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('names are told apart and obey the pattern', () => {
    fc.assert(
      fc.property(labs(false), ({ pieces }) => {
        const names = readLabFile(textWith(pieces, () => null)).portTemplate.map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
        for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]{0,62}$/);
      }),
      { numRuns: 200 },
    );
  });
});

it('never ends in anything but a lab file or a typed error', () => {
  const pieces = fc.constantFrom(
    ...[
      'nodes:',
      '\n',
      ' ',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      '? ',
      '&a ',
      '*a',
      '!x ',
      '!!str ',
      '|',
      '>',
    ],
    ...[
      '"',
      "'",
      '#',
      '%',
      '---',
      '...',
      '\t',
      '\r\n',
      'label: a',
      'node_definition: b',
      'tags:',
      'serial:1',
      '<<: ',
    ],
    ...[
      '\ufeff',
      '\u2028',
      '\\',
      'ü',
      '☂',
      '\ud83d',
      '@',
      '`',
      '0',
      'null',
      'smart_annotations:',
      'tag: ',
      '${PORT_A}',
    ],
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      const source = parts.join('');
      try {
        const file = readLabFile(source);
        const held = [...new Set(file.places.map(({ port }) => port))].map((name, i) => ({
          name,
          number: 9000 + i,
        }));
        readLabFile(renderLabFile(file, held).text);
      } catch (error) {
        expect(error).toMatchObject({ code: 'LAB_YAML_INVALID' });
      }
    }),
    { numRuns: 3000 },
  );
});
