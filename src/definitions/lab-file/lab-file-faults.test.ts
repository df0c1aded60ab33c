import { describe, expect, it } from 'vitest';
import { labFaultOf, labOf } from '../../../tests/support/lab-files.js';
import { readLabFile } from './read-lab-file.js';

/** Processor time, which others on the machine do not lengthen. */
function cpuMsSince(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

describe('rules of YAML', () => {
  const good = labOf(['a']);

  it.each([
    ['SYNTAX', `${good}x: [1, 2\n`, 6],
    ['SYNTAX', `${good}x: "a\n`, 6],
    ['SYNTAX', `${good}]\n`, 5],
    ['SYNTAX', `${good}a: b: c\n`, 5],
    ['SYNTAX', `${good}x: &a *b\n`, 5],
    ['SYNTAX', `%FOO\n${good}`, 2],
    ['DUPLICATE_KEY', `${good}nodes: []\n`, 5],
    ['DUPLICATE_KEY', `${good}x: {a: 1,\n  a: 2}\n`, 6],
    ['DUPLICATE_KEY', `${good}x: {1: a, 0x1: b}\n`, 5],
    ['DUPLICATE_KEY', `${good}x: {&k a: 1, *k : 2}\n`, 5],
    ['CUSTOM_TYPE', `${good}x: !vault abc\n`, 5],
    ['CUSTOM_TYPE', `${good}x: !!python/object:os.system {}\n`, 5],
    ['CUSTOM_TYPE', `${good}x: !!binary aGk=\n`, 5],
    ['CUSTOM_TYPE', `${good}x: !!set {a}\n`, 5],
    ['CUSTOM_TYPE', `${good}x: !!int word\n`, 5],
    ['CUSTOM_TYPE', `%TAG !e! tag:example.org,2000:\n---\n${good}x: !e!foo bar\n`, 7],
    ['MULTIPLE_DOCUMENTS', `${good}---\n${good}`, 5],
    ['CONTROL_CHARACTER', `${good}x: a\u0000b\n`, 5],
    ['CONTROL_CHARACTER', `${good}x: \u001f\n`, 5],
    ['CONTROL_CHARACTER', `${good}x: \ud800\n`, 5],
    ['TOO_DEEP', `${good}x: ${'['.repeat(50)}${']'.repeat(50)}\n`, 5],
    ['TOO_DEEP', `${good}x: ${'[a: '.repeat(25)}${']'.repeat(25)}\n`, 5],
    ['TOO_DEEP', `x: ${'['.repeat(1_000_000)}`, 1],
    ['TOO_DEEP', '- '.repeat(1_000_000), 1],
  ])('%s', (rule, source, line) => expect(labFaultOf(source)).toEqual({ rule, line, path: null }));

  it('allows 50 levels and keys that only look alike', () => {
    const source = `${good}x: ${'['.repeat(49)}${']'.repeat(49)}\ny: {1: a, '1': b, [1]: c, ? : d}\n`;
    expect(readLabFile(source).nodeCount).toBe(1);
  });

  it('allows a directive, a marker of its beginning and comments around', () => {
    expect(readLabFile(`# top\n%YAML 1.2\n--- # here\n${good}...\n# end\n`).nodeCount).toBe(1);
    expect(readLabFile(`%YAML 1.1\n---\n${good}x: !!str y\n`).nodeCount).toBe(1);
  });

  it('reads CRLF, a byte order mark and a file without a final newline', () => {
    const source = `\ufeff${labOf(['a', 'serial:1'], ['b', 'vnc:2'])}`.replaceAll('\n', '\r\n').trimEnd();
    const file = readLabFile(Buffer.from(source));
    expect(file.text).toBe(source);
    expect(file.places.map(({ line }) => line)).toEqual([4, 7]);
  });

  it.each([
    [
      'bytes that are no UTF-8',
      Buffer.concat([Buffer.from(`${good}x: `), Buffer.from([0xc3, 0x28, 0x0a, 0x61])]),
      5,
    ],
    ['UTF-16', Buffer.from(good, 'utf16le').fill(0xff, 0, 1), 1],
    ['a cut sequence at the end', Buffer.concat([Buffer.from('a: b\n'), Buffer.from([0xe2, 0x82])]), 2],
  ])('refuses %s', (_, bytes, line) =>
    expect(labFaultOf(bytes)).toEqual({ rule: 'NOT_UTF8', line, path: null }),
  );

  it('refuses a file above 5 MiB before it is read', () => {
    const limit = 5 * 1024 * 1024;
    const fill = (bytes: number) => `${good}x: ${'y'.repeat(bytes - good.length - 3)}`;
    expect(readLabFile(Buffer.from(fill(limit))).nodeCount).toBe(1);
    const tooLarge = expect.objectContaining({ code: 'ARTIFACT_TOO_LARGE', details: { limitBytes: limit } });
    expect(() => readLabFile(Buffer.from(fill(limit + 1)))).toThrow(tooLarge);
    expect(() => readLabFile(fill(limit + 1))).toThrow(tooLarge);
    expect(() => readLabFile('ü', { maxBytes: 1 })).toThrow(
      expect.objectContaining({ code: 'ARTIFACT_TOO_LARGE' }),
    );
  });

  it.each([
    ['items', '- a\n'],
    ['commas', ','],
    ['closing marks', ']'],
    ['documents', '--- a\n'],
  ])('bounds the cost of 5 MiB of %s', { timeout: 60_000 }, (_, piece) => {
    const started = process.cpuUsage();
    const rule = labFaultOf(`${piece === ',' ? 'x: [' : ''}${piece.repeat(5_000_000 / piece.length)}`).rule;
    expect(['TOO_MANY_PARTS', 'SYNTAX', 'MULTIPLE_DOCUMENTS']).toContain(rule);
    expect(cpuMsSince(started)).toBeLessThan(10_000);
  });

  it('stops at the first of a hundred thousand errors', () => {
    const started = process.cpuUsage();
    expect(labFaultOf(`x: [${','.repeat(300_000)}]`)).toMatchObject({ rule: 'SYNTAX' });
    expect(cpuMsSince(started)).toBeLessThan(5000);
  });
});

describe('rules of the format', () => {
  const node = '{label: a, node_definition: b}';

  it.each([
    ['ROOT_NOT_MAPPING', '', null, null],
    ['ROOT_NOT_MAPPING', '[]', 1, null],
    ['NODES_MISSING', 'x: y', 1, 'nodes'],
    ['NODES_MISSING', 'x: y\nnodes: []', 2, 'nodes'],
    ['NODES_MISSING', 'x: y\nnodes: {}', 2, 'nodes'],
    ['NODE_NOT_MAPPING', `nodes:\n- ${node}\n- a`, 3, 'nodes.1'],
    ['LABEL_MISSING', 'nodes:\n- {node_definition: b}', 2, 'nodes.0.label'],
    ['LABEL_MISSING', 'nodes:\n- {node_definition: b, label: 5}', 2, 'nodes.0.label'],
    ['LABEL_TOO_LONG', `nodes: [{node_definition: b, label: ${'a'.repeat(256)}}]`, 1, 'nodes.0.label'],
    ['LABEL_MALFORMED', 'nodes: [{node_definition: b, label: "x\\ud800"}]', 1, 'nodes.0.label'],
    ['NODE_DEFINITION_MISSING', 'nodes:\n- {label: b}', 2, 'nodes.0.node_definition'],
    ['NODE_DEFINITION_MISSING', 'nodes:\n- {label: b, node_definition: []}', 2, 'nodes.0.node_definition'],
    ['TAGS_NOT_LIST', 'nodes:\n- {label: a, node_definition: b, tags: serial}', 2, 'nodes.0.tags'],
    ['TAG_NOT_TEXT', labOf(['a', 'serial: 1']), 4, 'nodes.0.tags.0'],
    ['TAG_NOT_TEXT', labOf(['a', '[]']), 4, 'nodes.0.tags.0'],
    ['TAG_MALFORMED', labOf(['a', 'core', 'serial:x']), 4, 'nodes.0.tags.1'],
    [
      'TAG_MALFORMED',
      'nodes:\n- label: a\n  node_definition: b\n  tags:\n  - |\n    serial:1\n',
      5,
      'nodes.0.tags.0',
    ],
    ['OUT_REPEATED', labOf(['a', 'serial:1'], ['b', 'vnc:1']), 7, 'nodes.1.tags.0'],
    ['OUT_REPEATED', labOf(['a', "'vnc:${PORT_A}'", "'pat:${PORT_A}:1'"]), 4, 'nodes.0.tags.1'],
    [
      'OUT_REPEATED',
      `t: &t [serial:1]\nnodes:\n- {label: a, node_definition: b, tags: *t}\n- {label: b, node_definition: b, tags: *t}`,
      1,
      'nodes.1.tags.0',
    ],
    ['VNC_REPEATED', labOf(['a', 'vnc:1', 'vnc:2']), 4, 'nodes.0.tags.1'],
    ['VNC_REPEATED', labOf(['a', 'vnc:1'], ['a', 'vnc:2']), 7, 'nodes.1.tags.0'],
    ['NODE_COUNT_OUT_OF_RANGE', 'nodes: [{label: a, node_definition: unmanaged_switch}]', 1, 'nodes'],
    ['NODE_COUNT_OUT_OF_RANGE', `nodes: [${`${node}, `.repeat(501)}]`, 1, 'nodes'],
    [
      'TOO_MANY_PORTS',
      labOf(['a', ...Array.from({ length: 65 }, (_, i) => `serial:${i + 1}:${i}`)]),
      4,
      'nodes.0.tags.64',
    ],
  ])('%s', (rule, source, line, path) => expect(labFaultOf(source)).toEqual({ rule, line, path }));

  it('takes 500 nodes and 64 ports', () => {
    const tags = Array.from({ length: 64 }, (_, i) => `serial:${i + 1}:${i}`);
    const file = readLabFile(`${labOf(['a', ...tags])}${`  - ${node}\n`.repeat(499)}`);
    expect([file.nodeCount, file.portTemplate.length]).toEqual([500, 64]);
  });

  it('warns of a placeholder in an annotation that no node tag names, once for each port', () => {
    const annotation = "smart_annotations: [{tag: 'x', label: '${PORT_LOST} ${PORT_LOST}'}]\n";
    expect(readLabFile(annotation + labOf(['a'])).warnings).toEqual([
      'smart_annotations.0.label (line 1) names the port lost, which no node tag names.',
    ]);
  });

  it('says in words what is wrong and where', () => {
    expect(() => readLabFile(labOf(['a', 'serial:x']))).toThrow(
      'The lab file has the port tag "serial:x", which does not parse: write serial:OUT or serial:OUT:LINE, with ' +
        'LINE 0-99; OUT is a number 1-65535 or ${PORT_NAME} in capitals (at nodes.0.tags.0, line 4).',
    );
    expect(() => readLabFile(labOf(['a', "'vnc:${port_a}'"]))).toThrow('write vnc:OUT; OUT is');
    expect(() => readLabFile(labOf(['a', "'pat:80'"]))).toThrow('write pat:OUT:IN, pat:tcp:OUT:IN or');
    expect(() => readLabFile(labOf(['a', 'serial: 1']))).toThrow(
      'The lab file has a tag that is a mapping or a list: write it in quotes, without a blank inside (at ',
    );
    expect(() => readLabFile('')).toThrow('The lab file is not a mapping.');
    const unquoted = /is not valid YAML: .*; a text with \$\{\.\.\.\} needs quotes here \(line 4\)\.$/;
    for (const tags of [['serial:${PORT_A}'], ['core', 'serial:${PORT_A}:1']])
      expect(() => readLabFile(labOf(['a', ...tags]))).toThrow(unquoted);
    expect(() => readLabFile(`${labOf(['a', "'serial:${PORT_A}'"])}]`)).not.toThrow(/quotes/);
    const long = () => readLabFile(`x: *${'a'.repeat(10_000)}`);
    expect(long).toThrow(/^The lab file uses the alias \*a{270,300} \(line 1\)\.$/);
  });
});
