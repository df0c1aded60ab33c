import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readLabFile, type LabFile } from './read-lab-file.js';
import { renderLabFile, type HeldPort } from './render-lab-file.js';

const example = (name: string) =>
  readFileSync(new URL(`../../../examples/labs/${name}.yaml`, import.meta.url), 'utf8');

/** The ports of a file, numbered from `first` on. */
const numbered = (file: LabFile, first = 2000): HeldPort[] =>
  file.portTemplate.map(({ name }, index) => ({ name, number: first + index }));

const rendered = (source: string): string => {
  const file = readLabFile(source);
  return renderLabFile(file, numbered(file)).text;
};

const node = (tag: string) => `nodes:\n- label: a\n  node_definition: b\n  tags: [${tag}]\n`;

describe('the examples', () => {
  it('renders the numbers into tags and annotation, and nothing else', () => {
    const source = example('branch-vpn');
    const expected = source
      .replaceAll('serial:${PORT_SERIAL_1}', 'serial:2000')
      .replace('serial:5042', 'serial:2001')
      .replace('vnc:${PORT_VNC_1}', 'vnc:2002')
      .replace('pat:tcp:${PORT_WEB}:8080', 'pat:tcp:2003:8080');
    expect(rendered(source)).toBe(expected);
    expect(rendered(source)).toContain("{tag: 'serial:2000', label: 'serial:2000', is_on");
    expect(rendered(source)).toContain("tags: ['serial:2000', core]");
  });

  it('leaves the shell variables of a configuration alone', () => {
    const source = example('ospf-triangle');
    const file = readLabFile(source);
    const { text, warnings } = renderLabFile(file, numbered(file));
    expect(file.nodeCount).toBe(4);
    expect(text).toContain('mkdir -p "${HOME}/evidence"');
    expect(text).toContain('echo "console ${PORT_SERIAL_R1} is a word for the shell here"');
    expect(text).toContain('- serial:2000 # console of r1');
    expect(text).toContain("label: 'Screen 2003, SSH 2004', tag: 'vnc:2003'");
    expect(warnings).toEqual([]);
  });

  it('replaces numbers where no placeholder stands', () => {
    const source = example('linux-services');
    const file = readLabFile(source);
    expect(file.portTemplate.map(({ name }) => name)).toEqual([
      'web_server_1_serial',
      'web_server_1_tcp_8080',
      'web_server_1_tcp_8443',
      'name_server_serial',
      'name_server_udp_53',
      'bench_vnc',
    ]);
    const lines = rendered(source).split('\n');
    const changed = lines
      .filter((line, index) => line !== source.split('\n')[index])
      .map((line) => line.trim());
    expect(changed).toEqual([
      'tags: [serial:2000, "pat:2001:8080", \'pat:tcp:2002:8443\']',
      '- serial:2003',
      '- pat:udp:2004:53',
      "tags: ['vnc:2005']",
      '- tag: pat:udp:2004:53',
      'label: pat:udp:2004:53',
    ]);
  });
});

describe('how a tag may be written', () => {
  it.each([
    ['plain', 'serial:5042', 'serial:2000'],
    ['single-quoted', "'serial:5042'", "'serial:2000'"],
    ['double-quoted', '"serial:5042"', '"serial:2000"'],
    ['a placeholder in quotes', '"serial:${PORT_A}:3"', '"serial:2000:3"'],
    ['with a type', '!!str serial:5042', '!!str serial:2000'],
    ['with an anchor', '&x "serial:5042"', '&x "serial:2000"'],
    ['equal numbers', 'pat:80:80', 'pat:2000:80'],
    ['a number that is part of another', 'pat:udp:8:8080', 'pat:udp:2000:8080'],
    ['escaped characters before', '"\\x73erial\\u003a5042"', '"\\x73erial\\u003a2000"'],
    ['escaped characters in the number', '"serial:5\\u00304\\U00000032:1"', '"serial:2000:1"'],
    ['a line that goes on', '"serial:\\\n    50\\\r\n    42\\\n    :1"', '"serial:\\\n    2000\\\n    :1"'],
  ])('%s', (_, written, expected) => expect(rendered(node(written))).toBe(node(expected)));

  it.each([
    ['literal', '  - |-\n    serial:5042\n  - core\n'],
    ['literal with a header comment', '  - |- # serial:5042\n    serial:5042\n'],
    ['literal with an indentation', '  - |2-\n    serial:5042\n'],
    ['folded', '  - >-\n    serial:5042\n\n  - core\n'],
    ['folded, without a final newline', '  - >-\n    serial:5042'],
    ['in a list of its own line', '  - # the console\n    serial:5042\n'],
    ['multi-line flow', '    [ # tags\n      core,\n      serial:5042, # console\n    ]\n'],
  ])('a %s scalar', (_, tags) => {
    const source = `nodes:\n- label: a\n  node_definition: b\n  tags:\n${tags}`;
    const place = source.lastIndexOf('5042', source.includes(', # console') ? undefined : source.length);
    expect(rendered(source)).toBe(`${source.slice(0, place)}2000${source.slice(place + 4)}`);
  });
});

describe('annotations', () => {
  const annotated = (fields: string) =>
    `smart_annotations:\n- {${fields}}\n${node("'serial:5042', 'vnc:${PORT_V}'")}`;
  const replaced = (fields: string) => rendered(annotated(fields)).split('\n')[1];

  it.each([
    ['a text equal to a tag', 'tag: serial:5042', '- {tag: serial:2000}'],
    ['the same text in quotes', 'label: "serial:\\x35042"', '- {label: "serial:2000"}'],
    ['a placeholder in a sentence', "label: 'see ${PORT_V}, ${PORT_V}'", "- {label: 'see 2001, 2001'}"],
    ['escaped quotes around', 'label: "\\"${PORT_V}\\" \\u2192 é"', '- {label: "\\"2001\\" \\u2192 é"}'],
    ['doubled quotes around', "label: '''${PORT_V}'''", "- {label: '''2001'''}"],
    ['an escaped placeholder', 'label: "\\x24{PORT_V}"', '- {label: "2001"}'],
    ['a whole tag with a placeholder', "tag: 'vnc:${PORT_V}'", "- {tag: 'vnc:2001'}"],
  ])('replaces %s', (_, fields, expected) => expect(replaced(fields)).toBe(expected));

  it.each([
    'label: console serial:5042',
    'label: 5042',
    "label: '${HOME} ${PORT_} ${port_v} $PORT_V'",
    'label: "${PORT_\\N} ${PORT_\\_V}"',
    "text: '${PORT_V}'",
    'tag: serial:50422',
  ])('leaves %s alone', (fields) => expect(replaced(fields)).toBe(`- {${fields}}`));

  it('replaces a text once that several places share', () => {
    const source = `smart_annotations:\n- &s {tag: &t '\${PORT_V}', label: *t}\n- *s\n${node("'vnc:${PORT_V}'")}`;
    expect(rendered(source)).toBe(source.replaceAll('${PORT_V}', '2000'));
  });

  it('gives the number of a port that only an annotation mentions', () => {
    const file = readLabFile(annotated("label: '${PORT_DECLARED}'"));
    const held = [...numbered(file), { name: 'declared', number: 3000 }];
    expect(renderLabFile(file, held)).toEqual({
      text: expect.stringContaining("{label: '3000'}"),
      warnings: [],
    });
  });
});

describe('ports held and mentioned', () => {
  it('refuses a tag whose port is not held', () => {
    const file = readLabFile(node('core, serial:5042'));
    expect(() => renderLabFile(file, [{ name: 'other', number: 2000 }])).toThrow(
      expect.objectContaining({
        code: 'LAB_YAML_INVALID',
        details: { rule: 'PORT_NOT_HELD', line: 4, path: 'nodes.0.tags.1' },
      }),
    );
  });

  it('warns of a held port that the file does not mention', () => {
    const file = readLabFile(node('serial:5042'));
    const { text, warnings } = renderLabFile(file, [...numbered(file), { name: 'spare', number: 2001 }]);
    expect(text).toBe(node('serial:2000'));
    expect(warnings).toEqual(['The lab file does not mention port spare (2001).']);
  });

  it('changes nothing in a file without ports', () => {
    const source = node('core');
    expect(renderLabFile(readLabFile(source), [])).toEqual({ text: source, warnings: [] });
  });
});
