import { describe, expect, it } from 'vitest';
import { labFaultOf, labOf } from '../../../tests/support/lab-files.js';
import { isLabletError } from '../../errors.js';
import { inspectLabFile } from './inspect-lab-file.js';
import { LAB_WARNING_RULES, MAX_LAB_WARNINGS, type LabWarningRule } from './lab-warnings.js';
import { readLabFile } from './read-lab-file.js';

/** The text without its mark `«`, and the place of what follows the mark. */
function marked(lines: readonly string[], lineBreak: string) {
  const line = lines.findIndex((text) => text.includes('«'));
  const column = (lines[line] as string).indexOf('«');
  return { text: lines.join(lineBreak).replace('«', ''), line: line + 1, column: column + 1 };
}

const found = (text: string, rule: LabWarningRule) =>
  inspectLabFile(text).warnings.filter((warning) => warning.rule === rule);
const rulesOf = (text: string) => inspectLabFile(text).warnings.map(({ rule }) => rule);

type Case = [
  rule: LabWarningRule,
  path: string,
  fix: string | RegExp,
  block: readonly string[],
  flow: readonly string[],
];

const CUT = 'a-label-that-is-longer-than-forty-characters';
const twenty = (write: (index: number) => string, count = 20) =>
  Array.from({ length: count }, (_, i) => write(i));

/** For each rule one warning, in block style and in flow style; the mark stands where it points to. */
const CASES: readonly Case[] = [
  [
    'HARD_CODED_PORT',
    'nodes.0.tags.1',
    'Write "serial:${PORT_R1_SERIAL_2}:2", here and in annotations; the port keeps its name.',
    [
      'nodes:',
      '  - label: r1',
      '    node_definition: x',
      '    tags:',
      '      - core',
      '      - "serial:«5042:2" # line 2',
    ],
    ['nodes: [{label: r1, node_definition: x,', "  tags: [core, 'serial:«5042:2']}]"],
  ],
  [
    'NAME_CUT',
    'nodes.0.tags.0',
    /placeholder, for example "vnc:\$\{PORT_A_LABEL_THAT_IS_LONGER_THAN_FORTY_CHARAC_VNC\}"/,
    ['nodes:', `  - label: ${CUT}`, '    node_definition: x', '    tags:', '      - vnc:«1'],
    [`nodes: [{label: ${CUT}, node_definition: x, tags: [vnc:«1]}]`],
  ],
  [
    'NAME_SUFFIXED',
    'nodes.1.tags.0',
    /placeholder, for example "pat:\$\{PORT_R1_TCP_22_2\}:22", or give the node another label/,
    [
      'nodes:',
      '  - {label: r1, node_definition: x, tags: [pat:1:22]}',
      '  - label: R1',
      '    node_definition: x',
      '    tags: [pat:«2:22]',
    ],
    [
      "nodes: [{label: r1, node_definition: x, tags: ['pat:1:22']},",
      " {label: R1, node_definition: x, tags: ['pat:«2:22']}]",
    ],
  ],
  [
    'TAG_MISSPELT',
    'nodes.0.tags.1',
    'Write "serial:5000" if it is to name a port.',
    [
      'nodes:',
      '  - label: r1',
      '    node_definition: x',
      '    tags:',
      '      - core',
      '      - «serail:5000',
    ],
    ["nodes: [{label: r1, node_definition: x, tags: [core, «'Serial 5000']}]"],
  ],
  [
    'LABEL_REPEATED',
    'nodes.1.label',
    'Give every node a label of its own: ports are told apart by it.',
    ['nodes:', '  - label: r1', '    node_definition: x', '  - node_definition: x', '    label: «r1'],
    ['nodes: [{label: r1, node_definition: x}, {node_definition: x, label: «r1}]'],
  ],
  [
    'PLACEHOLDER_UNKNOWN',
    'smart_annotations.0.label',
    'Write ${PORT_LOST} in a node tag too, or take it out of here.',
    [
      'smart_annotations:',
      '  - tag: core',
      "    label: 'see «${PORT_LOST}'",
      'nodes:',
      '  - {label: r1, node_definition: x}',
    ],
    [
      'nodes: [{label: r1, node_definition: x}]',
      'smart_annotations: [{tag: core, label: "\\t«${PORT_LOST}"}]',
    ],
  ],
  [
    'ANNOTATION_STAYS',
    'smart_annotations.0.tag',
    'Write it exactly as on the node, or with the placeholder of the port.',
    [
      'smart_annotations:',
      '  - label: r1',
      '    tag: «serial:5043',
      'nodes:',
      '  - {label: r1, node_definition: x, tags: [serial:5042]}',
    ],
    [
      "nodes: [{label: r1, node_definition: x, tags: ['serial:5042']}]",
      "smart_annotations: [{tag: «'serial:5043'}]",
    ],
  ],
  [
    'CONFIGURATION_STAYS',
    'nodes.0.configuration.1.content',
    /^Write the port that the node itself uses/,
    [
      'nodes:',
      '  - label: r1',
      '    node_definition: x',
      '    configuration:',
      '      - {name: a, content: "${HOME}"}',
      '      - name: b',
      '        content: |-',
      '          #!/bin/sh',
      '          echo ${HOME} «${PORT_WEB}',
    ],
    [
      'nodes: [{label: r1, node_definition: x, configuration: [{content: a}, {content: "${HOME}\\n«${PORT_WEB}"}]}]',
    ],
  ],
  [
    'LINK_BROKEN',
    'links.0.i2',
    'Name the id of an interface of this node, or remove the link.',
    [
      'nodes:',
      '  - {id: n0, label: r1, node_definition: x, interfaces: [{id: i0}]}',
      '  - {id: n1, label: r2, node_definition: x, interfaces: [{id: i0}]}',
      'links:',
      '  - id: l0',
      '    n1: n0',
      '    i1: i0',
      '    n2: n1',
      '    i2: «i7',
    ],
    [
      'nodes: [{id: 0, label: r1, node_definition: x, interfaces: [{id: 0}]}]',
      "links: [{n1: '0', i1: 0, n2: 0, i2: «7}]",
    ],
  ],
  [
    'CONSOLE_MISSING',
    'nodes.1',
    'Add the tag "serial:${PORT_R2_SERIAL}" if somebody is to work on it.',
    [
      'nodes:',
      '  - {label: r1, node_definition: iosv, tags: [serial:1]}',
      '  - «id: n1',
      '    label: r2',
      '    node_definition: iosv',
      '    tags: [core]',
    ],
    ["nodes: [{label: r1, node_definition: iosv, tags: ['serial:1']}, «{label: r2, node_definition: iosv}]"],
  ],
  [
    'LICENSE_LIMIT',
    'nodes.6',
    'Leave EVALUATION out of licenseAffinity, or use 1 fewer nodes.',
    [
      'nodes:',
      '  - {label: wan, node_definition: external_connector}',
      ...twenty((i) => `  - ${i === 5 ? '«' : ''}label: r${i}\n    node_definition: x`, 6),
    ].flatMap((line) => line.split('\n')),
    [
      'nodes: [{label: wan, node_definition: unmanaged_switch},',
      ...twenty((i) => `  ${i === 5 ? '«' : ''}{label: r${i}, node_definition: x},`, 6),
      ']',
    ],
  ],
];

describe.each([
  ['\n', 'line feeds'],
  ['\r\n', 'carriage returns and line feeds'],
])('a warning in a file with %j (%s)', (lineBreak) => {
  it.each(CASES)('%s says where it is and what to do', (rule, path, fix, ...styles) => {
    for (const lines of styles) {
      const { text, line, column } = marked(lines, lineBreak);
      const warnings = found(text, rule);
      expect(warnings, text).toEqual([
        {
          rule,
          level: LAB_WARNING_RULES[rule],
          line,
          column,
          path,
          message: expect.stringMatching(/^[^\r\n]+\.$/),
          fix: expect.stringMatching(/^[^\r\n]+\.$/),
        },
      ]);
      if (typeof fix === 'string') expect(warnings[0]?.fix).toBe(fix);
      else expect(warnings[0]?.fix).toMatch(fix);
    }
  });
});

it('has a case for every rule', () => {
  const tested = new Set<string>(CASES.map(([rule]) => rule));
  expect(Object.keys(LAB_WARNING_RULES).filter((rule) => !tested.has(rule))).toEqual(['MORE_WARNINGS']);
});

describe('an inspection', () => {
  it('answers the nodes and ports that extraction finds, and refuses what extraction refuses', () => {
    const text = labOf(['a', 'serial:1'], ['b', "'vnc:${PORT_B}'"]);
    const { nodeCount, portTemplate } = readLabFile(text);
    expect(inspectLabFile(Buffer.from(text))).toMatchObject({ nodeCount, portTemplate });
    const ignoredKinds = ['iosv'];
    expect(() => inspectLabFile(text, { ignoredKinds })).toThrow('1 to 500 nodes');
    const broken = labOf(['a', 'serial:x']);
    try {
      inspectLabFile(broken);
      expect.fail('the file was accepted');
    } catch (error) {
      expect(isLabletError(error, 'LAB_YAML_INVALID') && error.details).toEqual(labFaultOf(broken));
    }
  });

  it('finds nothing in a lab whose ports are placeholders on labels of their own', () => {
    expect(rulesOf(labOf(['a', "'serial:${PORT_A}'"], ['b', "'pat:udp:${PORT_B}:53'"]))).toEqual([]);
  });

  it('does not count a byte order mark as a column', () => {
    const [warning] = found(
      '\uFEFF{nodes: [{label: a, node_definition: x, tags: [vnc:5900]}]}',
      'HARD_CODED_PORT',
    );
    expect(warning).toMatchObject({ line: 1, column: 52 });
  });

  it('names a misspelt tag behind an alias once, where it stands', () => {
    const text = [
      'x: {tags: &tags [core, Vnc:5900], one: &one "pta 5080:80"}',
      'nodes:',
      '  - {label: a, node_definition: x, tags: *tags}',
      '  - {label: b, node_definition: x, tags: *tags}',
      '  - {label: c, node_definition: x, tags: [*one]}',
      '  - {label: d, node_definition: x, tags: [*one]}',
    ].join('\n');
    expect(found(text, 'TAG_MISSPELT').map(({ line, column, path }) => [line, column, path])).toEqual([
      [1, 24, 'nodes.0.tags.1'],
      [1, 45, 'nodes.2.tags.0'],
    ]);
  });

  it('points to the node when its label comes from elsewhere', () => {
    const text = [
      'base: &base {label: r, node_definition: iosv}',
      'nodes:',
      '  - {<<: *base, id: n0}',
      '  - {<<: *base, id: n1}',
    ].join('\n');
    expect(found(text, 'LABEL_REPEATED')).toMatchObject([{ line: 4, column: 5, path: 'nodes.1.label' }]);
    // Suggestions differ, though the labels do not.
    expect(found(text, 'CONSOLE_MISSING').map(({ fix }) => /PORT_\w+/.exec(fix)?.[0])).toEqual([
      'PORT_R_SERIAL',
      'PORT_R_SERIAL_2',
    ]);
  });

  it('says nothing of kinds that it does not know, nor of connectors and switches', () => {
    const kinds = ['my-router', 'external_connector', 'unmanaged_switch', 'toString'];
    const nodes = kinds.map((kind) => `{label: ${kind}, node_definition: ${kind}}`);
    expect(rulesOf(`nodes: [${nodes.join(', ')}]`)).toEqual([]);
    expect(found('nodes: [{label: d, node_definition: desktop}]', 'CONSOLE_MISSING')[0]?.fix).toContain(
      '"vnc:${PORT_D_VNC}"',
    );
  });

  it('names each licence whose limit is exceeded, at the first node beyond it', () => {
    const nodes = twenty((i) => `  - {label: r${i}, node_definition: x}`, 21);
    const warnings = found(['nodes:', ...nodes].join('\n'), 'LICENSE_LIMIT');
    expect(warnings.map(({ line, path, fix }) => [line, path, fix])).toEqual([
      [7, 'nodes.5', 'Leave EVALUATION out of licenseAffinity, or use 16 fewer nodes.'],
      [22, 'nodes.20', 'Leave PERSONAL out of licenseAffinity, or use 1 fewer nodes.'],
    ]);
    expect(found(['nodes:', ...nodes.slice(0, 5)].join('\n'), 'LICENSE_LIMIT')).toEqual([]);
  });

  it.each([
    ["{tag: 'serial:${PORT_A}', label: 'at ${PORT_A}'}", []],
    ["{tag: 'vnc:${PORT_A}'}", ['ANNOTATION_STAYS']],
    ["{label: 'vnc:${PORT_A}'}", []],
    ['{tag: Serial:5000, label: core}', ['ANNOTATION_STAYS']],
    ["{tag: 'vnc:${PORT_LOST}'}", ['PLACEHOLDER_UNKNOWN']],
    ['{tag: serial:x}', ['ANNOTATION_STAYS']],
    ['{tag: &t serial:9}, {tag: *t, label: *t}', ['ANNOTATION_STAYS']],
  ])('the smart annotations %s warn of %j', (annotations, rules) => {
    const text = `smart_annotations: [${annotations}]\n${labOf(['a', "'serial:${PORT_A}'"])}`;
    expect(rulesOf(text)).toEqual(rules);
  });

  it('says that text which was drawn by hand gets no numbers', () => {
    const drawn =
      "annotations: [{type: text, text_content: '${PORT_A}'}, {type: line}, {text_content: serial:5}]\n";
    const warnings = found(drawn + labOf(['a', "'serial:${PORT_A}'", 'vnc:5']), 'ANNOTATION_STAYS');
    expect(warnings.map(({ column, path }) => [column, path])).toEqual([
      [42, 'annotations.0.text_content'],
      [85, 'annotations.2.text_content'],
    ]);
  });

  it('looks at a configuration that several nodes share once', () => {
    const text = [
      'x: {c: &c "${PORT_A}", f: &f [{content: "${PORT_B}${PORT_}"}]}',
      'nodes:',
      ...['c', 'c', 'f', 'f'].map(
        (name, i) => `  - {label: r${i}, node_definition: x, configuration: *${name}}`,
      ),
    ].join('\n');
    expect(found(text, 'CONFIGURATION_STAYS').map(({ column, path }) => [column, path])).toEqual([
      [12, 'nodes.0.configuration'],
      [42, 'nodes.2.configuration.0.content'],
    ]);
  });

  it.each([
    ['links to a node that is not there', '{n1: n9, i1: i0, n2: n0, i2: i0}', ['links.0.n1']],
    ['both ends', '{n1: n9, i1: i0, n2: n0, i2: i9}', ['links.0.n1', 'links.0.i2']],
    ['nodes without interfaces', '{n1: bare, i1: i0, n2: n0, i2: i0}', ['links.0.i1']],
    ['ends of older forms of the format', '{interface_a: i0, interface_b: i9}', []],
    ['what is no link', '7, null, [n9], {n1: [n9], i1: {}, n2: null}', []],
  ])('of links: %s', (_, links, paths) => {
    const nodes =
      'nodes: [{id: n0, label: a, node_definition: x, interfaces: [{id: i0}, 5, {}]}, {id: bare, label: b, node_definition: x}]';
    const warnings = found(`${nodes}\nlinks: [${links}]`, 'LINK_BROKEN');
    expect(warnings.map(({ path }) => path)).toEqual(paths);
    expect(rulesOf(`${nodes}\nlinks: 7`)).toEqual([]);
  });

  it('quotes no more than a part of a long text', () => {
    const [warning] = found(
      `annotations: [{text_content: '${'x'.repeat(999)}\${PORT_A}'}]\n${labOf(['a'])}`,
      'ANNOTATION_STAYS',
    );
    expect(warning?.message).toHaveLength(
      80 + 2 + ' stays as it is: only smart annotations show the numbers of ports.'.length,
    );
  });
});

describe('many warnings', () => {
  const tags = (count: number) =>
    twenty((i) => `  - {label: r${i}, node_definition: iosv, tags: [vnc ${5000 + i}]}`, count);

  it('are listed up to the limit, those that matter most first, and the rest is counted', () => {
    const { warnings } = inspectLabFile(['nodes:', ...tags(70)].join('\n'));
    // 70 misspelt tags, 70 missing consoles, 2 licences.
    expect(warnings).toHaveLength(MAX_LAB_WARNINGS + 1);
    expect(warnings.slice(0, 70).map(({ rule, line }) => [rule, line])).toEqual(
      twenty((i) => ['TAG_MISSPELT', i + 2] as never, 70),
    );
    expect(new Set(warnings.slice(70, 100).map(({ rule }) => rule))).toEqual(
      new Set(['CONSOLE_MISSING', 'LICENSE_LIMIT']),
    );
    expect(warnings[100]).toEqual({
      rule: 'MORE_WARNINGS',
      level: 'INFO',
      line: 30,
      column: 5,
      path: 'nodes.28',
      message: 'There are 42 more warnings; the first is here.',
      fix: 'Mend what is listed and inspect the file again.',
    });
  });

  it('are all listed where there are just as many', () => {
    const lab = (count: number) =>
      inspectLabFile(['nodes:', ...tags(49)].join('\n') + `\nlinks: [${'{n1: x}, '.repeat(count)}]`);
    expect(lab(0).warnings).toHaveLength(100);
    expect(lab(0).warnings.at(-1)?.rule).not.toBe('MORE_WARNINGS');
    expect(lab(1).warnings.at(-1)).toMatchObject({
      rule: 'MORE_WARNINGS',
      message: 'There is 1 more warning; the first is here.',
    });
  });

  it('cost no more to hold than to find', () => {
    const configuration = '${PORT_A}'.repeat(300_000);
    const { warnings } = inspectLabFile(
      `nodes: [{label: a, node_definition: x, configuration: "${configuration}"}]`,
    );
    expect(warnings).toHaveLength(MAX_LAB_WARNINGS + 1);
    expect(warnings.at(-1)?.message).toContain('299900 more');
  });
});
