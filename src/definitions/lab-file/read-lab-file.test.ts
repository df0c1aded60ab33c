import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { labFaultOf, labOf } from '../../../tests/support/lab-files.js';
import { labFileHash } from './lab-text.js';
import { parsePortTag } from './port-tags.js';
import { readLabFile } from './read-lab-file.js';

vi.mock('./port-tags.js', { spy: true });

const example = new URL('../../../examples/labs/branch-vpn.yaml', import.meta.url);

const names = (source: string) => readLabFile(source).portTemplate.map((port) => port.name);

describe('the example', () => {
  it('has three nodes that count and four ports', () => {
    const bytes = readFileSync(example);
    const file = readLabFile(bytes);
    const port = { protocol: 'TCP', line: null, insidePort: null, description: null };
    expect(file.nodeCount).toBe(3);
    expect(file.portTemplate).toEqual([
      { ...port, name: 'serial_1', kind: 'SERIAL', nodeLabel: 'edge-r1', line: 0 },
      { ...port, name: 'branch_r2_serial', kind: 'SERIAL', nodeLabel: 'branch-r2', line: 0 },
      { ...port, name: 'vnc_1', kind: 'VNC', nodeLabel: 'desk' },
      { ...port, name: 'web', kind: 'PAT', nodeLabel: 'desk', insidePort: 8080 },
    ]);
    expect(file.warnings).toEqual([]);
    expect(file.text).toBe(bytes.toString());
  });

  it('says where each number belongs', () => {
    const file = readLabFile(readFileSync(example));
    expect(
      file.places.map((place) => [place.path, place.line, file.text.slice(place.start, place.end)]),
    ).toEqual([
      ['smart_annotations.0.tag', 3, '${PORT_SERIAL_1}'],
      ['smart_annotations.0.label', 3, '${PORT_SERIAL_1}'],
      ['nodes.0.tags.0', 5, '${PORT_SERIAL_1}'],
      ['nodes.1.tags.0', 6, '5042'],
      ['nodes.2.tags.0', 7, '${PORT_VNC_1}'],
      ['nodes.2.tags.1', 7, '${PORT_WEB}'],
    ]);
  });

  it('counts every kind of node that it is not told to ignore', () => {
    const bytes = readFileSync(example);
    expect(readLabFile(bytes, { ignoredKinds: [] }).nodeCount).toBe(4);
    expect(readLabFile(bytes, { ignoredKinds: ['iosv'] }).nodeCount).toBe(2);
  });
});

describe('names of ports', () => {
  it('numbers repeated derived names in file order', () => {
    expect(names(labOf(['a', 'serial:1'], ['A', 'serial:2'], ['a!', 'serial:3']))).toEqual([
      'a_serial',
      'a_serial_2',
      'a_serial_3',
    ]);
  });

  it('leaves the name of a placeholder to it, wherever it stands', () => {
    const source = labOf(['a', 'serial:1'], ['b', "'serial:${PORT_A_SERIAL}'"], ['a', 'serial:2']);
    expect(names(source)).toEqual(['a_serial_2', 'a_serial', 'a_serial_3']);
  });

  it('tells a serial line from a repeated name', () => {
    expect(names(labOf(['a', 'serial:1', 'serial:2:2'], ['a', 'serial:3']))).toEqual([
      'a_serial',
      'a_serial_2',
      'a_serial_3',
    ]);
  });

  it('keeps the label of the node as it is written', () => {
    const [port] = readLabFile(labOf(['Zürich  ☂', 'vnc:1'])).portTemplate;
    expect(port).toMatchObject({ name: 'z_rich_vnc', nodeLabel: 'Zürich  ☂' });
  });
});

describe('what is passed over', () => {
  it.each([
    ['absent tags', '{label: a, node_definition: b}'],
    ['null tags', '{label: a, node_definition: b, tags: }'],
    ['an empty list', '{label: a, node_definition: b, tags: []}'],
    ['other tags', '{label: a, node_definition: b, tags: [core, "", Serial]}'],
    ['tags that are numbers or null', '{label: a, node_definition: b, tags: [2024, null, 1.5, true]}'],
  ])('%s', (_, node) => expect(readLabFile(`nodes: [${node}]`).portTemplate).toEqual([]));

  it.each([
    'smart_annotations: 5',
    'smart_annotations: [5, {tag: 5}, {label: [x]}, {}]',
    'smart_annotations:',
  ])('annotations of another form: %s', (line) =>
    expect(readLabFile(`${line}\n${labOf(['a', 'serial:1'])}`).places).toHaveLength(1),
  );

  it('placeholders outside of tags and annotations', () => {
    const source = `x: '\${PORT_X}'\n${labOf(['\${PORT_Y}'])}`;
    expect(readLabFile(source).places).toEqual([]);
  });

  it('core types that are written out', () => {
    const source = 'nodes: !!seq [!!map {label: !!str 5, node_definition: ! iosv, x: !!int 5}]';
    expect(readLabFile(source).nodeCount).toBe(1);
  });
});

describe('aliases', () => {
  it('reads labels, tags and nodes through them', () => {
    const source = [
      'defaults: {label: &label shared, tags: &tags [core]}',
      'nodes:',
      '  - {label: *label, node_definition: &kind iosv, tags: *tags}',
      '  - &node {label: other, node_definition: *kind, tags: [&tag serial:5000]}',
      'smart_annotations: [{tag: *tag, label: *tag}]',
    ].join('\n');
    const file = readLabFile(source);
    expect(file.nodeCount).toBe(2);
    expect(file.places.map(({ path }) => path)).toEqual(['nodes.1.tags.0']);
  });

  it('reads what is merged into a mapping', () => {
    const source = [
      'base: &base {node_definition: iosv, tags: [serial:1]}',
      'extra: &extra {label: merged}',
      'nodes:',
      '  - {<<: *base, label: own}',
      '  - {<<: [*extra, *base], tags: [serial:2]}',
      '  - {<<: *base, label: none, tags: null}',
    ].join('\n');
    const file = readLabFile(source);
    expect(file.portTemplate.map(({ name, nodeLabel }) => [name, nodeLabel])).toEqual([
      ['own_serial', 'own'],
      ['merged_serial', 'merged'],
    ]);
  });

  it('looks at a list of other tags once, however many nodes share it', () => {
    const tags = Array.from({ length: 1000 }, () => 'x').join(',');
    const nodes = Array.from({ length: 100 }, () => '{label: a, node_definition: b, tags: *t}').join(', ');
    vi.mocked(parsePortTag).mockClear();
    expect(readLabFile(`t: &t [${tags}]\nnodes: [${nodes}]`).nodeCount).toBe(100);
    expect(parsePortTag).toHaveBeenCalledTimes(1000);
  });

  it('resolves an anchor that is set again to the latest one', () => {
    const source =
      'nodes:\n- {label: &l a, node_definition: b, tags: [serial:1]}\n- {label: &l c, node_definition: *l, tags: [serial:2]}\n- {label: *l, node_definition: b, tags: [vnc:3]}\n';
    expect(names(source)).toEqual(['a_serial', 'c_serial', 'c_vnc']);
  });

  it('refuses expansion without bound at once, whatever the number of aliases', () => {
    const levels = (width: number, depth: number) =>
      Array.from(
        { length: depth },
        (_, i) => `a${i + 1}: &a${i + 1} [${Array(width).fill(`*a${i}`).join(', ')}]\n`,
      );
    const bomb = (width: number, depth: number) =>
      `a0: &a0 [lol]\n${levels(width, depth).join('')}${labOf(['a'])}`;
    const times = Array.from({ length: 10 }, () => {
      const started = performance.now();
      expect(labFaultOf(bomb(9, 9))).toMatchObject({ rule: 'TOO_MANY_ALIASES', line: 6 });
      expect(labFaultOf(bomb(10, 9))).toMatchObject({ rule: 'TOO_MANY_ALIASES' });
      return performance.now() - started;
    });
    // The best of ten, since others use the machine too; the bound is for a single file.
    expect(Math.min(...times)).toBeLessThan(100);
    expect(readLabFile(bomb(10, 2)).nodeCount).toBe(1);
  });

  it('allows 100 of them', () => {
    const uses = (count: number) => `a: &a x\nb: [${Array(count).fill('*a').join(',')}]\n${labOf(['a'])}`;
    expect(readLabFile(uses(100)).nodeCount).toBe(1);
    expect(labFaultOf(uses(101))).toEqual({ rule: 'TOO_MANY_ALIASES', line: 2, path: null });
  });

  it.each([
    ['of no anchor', 'x: *a'],
    ['before its anchor', 'x: *a\ny: &a z'],
    ['inside its own anchor', 'x: &a [*a]'],
    ['inside its own anchor, as a value', 'x: &a {b: {c: *a}}'],
  ])('refuses one %s', (_, text) => {
    expect(labFaultOf(`${text}\n${labOf(['a'])}`)).toMatchObject({ rule: 'UNKNOWN_ALIAS', line: 1 });
  });
});

it('hashes the exact bytes, and a text as its UTF-8 form', () => {
  const bytes = Buffer.from('\ufeffnodes: ü\r\n');
  expect(labFileHash(bytes)).toBe(labFileHash('\ufeffnodes: ü\r\n'));
  expect(labFileHash('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});
