import { describe, expect, it } from 'vitest';
import { labFileCache } from './lab-file-cache.js';

const lab = (label: string) =>
  `nodes:\n  - {id: n0, label: ${label}, node_definition: iosv, tags: ['serial:5000']}\n`;

describe('the cache of lab files', () => {
  it('reads a file once while it is in use', () => {
    const cache = labFileCache(2);
    const first = cache.read('a', lab('r1'));
    cache.read('b', lab('r2'));
    expect(cache.read('a', lab('r1'))).toBe(first);
  });

  it('forgets the file that was not used for longest', () => {
    const cache = labFileCache(2);
    const a = cache.read('a', lab('r1'));
    const b = cache.read('b', lab('r2'));
    cache.read('a', lab('r1'));
    cache.read('c', lab('r3'));
    expect(cache.read('a', lab('r1'))).toBe(a);
    expect(cache.read('b', lab('r2'))).not.toBe(b);
  });

  it('reads what was accepted when other kinds of nodes counted', () => {
    const cloud = "nodes: [{label: a, node_definition: external_connector, tags: ['pat:80:80']}]\n";
    expect(labFileCache(2).read('cloud', cloud).portTemplate).toHaveLength(1);
    const node = '  - {label: a, node_definition: iosv}\n';
    expect(labFileCache(2).read('large', lab('r1') + node.repeat(600)).portTemplate).toHaveLength(1);
  });

  it('reads a new file by all rules, also when it was accepted by others', () => {
    const cache = labFileCache(2);
    const cloud = "nodes: [{label: a, node_definition: external_connector, tags: ['pat:80:80']}]\n";
    cache.read('cloud', cloud);
    expect(cache.accept('cloud', cloud, []).nodeCount).toBe(1);
    expect(() => cache.accept('cloud', cloud, ['external_connector'])).toThrow();
    const first = cache.accept('a', lab('r1'), ['iol']);
    expect(cache.accept('a', lab('r1'), ['iol'])).toBe(first);
  });

  it('keeps nothing of a file that cannot be read', () => {
    const cache = labFileCache(2);
    expect(() => cache.read('bad', 'nodes: 1')).toThrow();
    expect(cache.read('bad', lab('r1')).portTemplate).toHaveLength(1);
  });
});
