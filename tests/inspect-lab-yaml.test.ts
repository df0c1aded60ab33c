import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CreateDefinitionDocument,
  DefinitionsDocument,
  InspectLabYamlDocument,
  type InspectLabYamlQueryVariables,
  type LabletClient,
} from '../src/client/index.js';
import { faultPaths, refusal } from './support/answers.js';
import { intercepted } from './support/intercepted-stores.js';
import { labOf } from './support/lab-files.js';
import { QUIET, startTestServer, type TestServer } from './support/server.js';
import { plainDefinition, required } from './support/story.js';

const KIB = 1024;
const LAB = 'nodes:\r\n  - label: café\r\n    node_definition: iosv\r\n    tags: [serial:5000, core]\r\n';

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');

let root: string;
let server: TestServer;
let author: LabletClient;
const calls: string[] = [];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'labs-'));
  mkdirSync(join(root, 'folder'));
  writeFileSync(join(root, 'lab.yaml'), LAB);
  writeFileSync(join(root, 'bad.yaml'), labOf(['a', 'serial:x']));
  writeFileSync(join(root, 'large.yaml'), '#'.repeat(5 * KIB * KIB + 1));
  writeFileSync(join(root, 'latin.yaml'), Buffer.from('nodes:\n- caf\xe9', 'latin1'));
  const wrapStores = intercepted(({ name, go }) => {
    calls.push(name);
    return go();
  });
  server = await startTestServer({ env: { ...QUIET, ARTIFACT_FILE_ROOT: root }, overrides: { wrapStores } });
  author = await server.client('AUTHOR', 'author');
});

afterAll(async () => {
  await server?.close();
  rmSync(root, { recursive: true, force: true });
});

const inspect = async (given: InspectLabYamlQueryVariables) =>
  required((await author.request(InspectLabYamlDocument, given)).inspectLabYaml);
const refused = (given: InspectLabYamlQueryVariables) => refusal(inspect(given));

describe('inspectLabYaml', () => {
  it('answers hash, nodes, ports and warnings with their places, for a file and for its text alike', async () => {
    const answer = await inspect({ uri: 'file:///lab.yaml' });
    expect(answer).toEqual({
      hash: sha256(LAB),
      nodeCount: 1,
      portTemplate: [
        { name: 'caf_serial', protocol: 'TCP', kind: 'SERIAL', nodeLabel: 'café', line: 0, insidePort: null },
      ],
      warnings: [
        {
          rule: 'HARD_CODED_PORT',
          level: 'WARNING',
          message: expect.stringContaining('caf_serial'),
          fix: expect.stringContaining('serial:${PORT_CAF_SERIAL}'),
          line: 4,
          column: 19,
          path: 'nodes.0.tags.0',
        },
      ],
    });
    expect(await inspect({ text: LAB })).toEqual(answer);
    expect(await inspect({ text: LAB, uri: null })).toEqual(answer);
  });

  it.each([
    ['a byte order mark', `\uFEFF${LAB}`],
    ['blanks and line breaks outside', `\n\n  # a comment\n${LAB}\n \t\n`],
    ['letters that NFC would join', LAB.replace('é', 'e\u0301')],
    ['letters outside the basic plane', `# \u{1F4A1}\n${LAB}`],
  ])('hashes the very bytes of a text: %s', async (_, text) => {
    expect((await inspect({ text })).hash).toBe(sha256(text));
    const uri = 'file:///folder/exact.yaml';
    writeFileSync(join(root, 'folder/exact.yaml'), text);
    expect(await inspect({ uri })).toEqual(await inspect({ text }));
  });

  it('writes nothing, and what it accepts can be extracted', async () => {
    await server.server.context.outbox.idle();
    calls.length = 0;
    await inspect({ uri: 'file:///lab.yaml' });
    await inspect({ text: LAB });
    await refused({ uri: 'file:///bad.yaml' });
    const writes = /(definitions|lab_files|records|events)\.(insert|replace|amend|remove|pull|delete)/;
    expect(calls.filter((name) => writes.test(name))).toEqual([]);
    const input = { ...plainDefinition('Inspected'), labArtifactUri: 'file:///lab.yaml', portTemplate: null };
    const { createDefinition } = await author.request(CreateDefinitionDocument, {
      input: { ...input, extractTopology: true },
    });
    const { hash, nodeCount, portTemplate } = await inspect({ text: LAB });
    expect(required(createDefinition).definition).toMatchObject({
      labYamlHash: hash,
      nodeCount,
      portTemplate,
    });
    expect((await author.request(DefinitionsDocument, {})).definitions?.totalCount).toBe(1);
  });

  it('names everything that both uri and text, none, or a bad one of them does wrong', async () => {
    expect(faultPaths(await refused({}))).toEqual(['uri']);
    expect(faultPaths(await refused({ uri: null, text: null }))).toEqual(['uri']);
    expect(faultPaths(await refused({ uri: 'file:///lab.yaml', text: LAB }))).toEqual(['uri']);
    expect(faultPaths(await refused({ uri: 'ftp://example.org/lab.yaml' }))).toEqual(['uri']);
    expect(faultPaths(await refused({ uri: '' }))).toEqual(['uri']);
  });

  it('takes a text of 768 KiB as UTF-8 and not a byte more', async () => {
    const line = `${'# ☂ '.repeat(8)}\n`;
    const lines = line.repeat(Math.floor((768 * KIB - LAB.length) / Buffer.byteLength(line)) - 1);
    const filled = LAB + lines;
    const full = filled + '#'.repeat(768 * KIB - Buffer.byteLength(filled));
    expect(Buffer.byteLength(full)).toBe(768 * KIB);
    expect((await inspect({ text: full })).hash).toBe(sha256(full));
    expect(full.length + 1).toBeLessThan(768 * KIB);
    expect(faultPaths(await refused({ text: `${full}#` }))).toEqual(['text']);
    // Escapes of JSON count for the body: here it is above 1 MiB though the text is not above 768 KiB.
    const escaped = await refused({ text: LAB + '\n'.repeat(700 * KIB) });
    expect(escaped).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });

  it.each([
    ['file:///absent.yaml', 'ARTIFACT_UNAVAILABLE', { cause: 'NOT_FOUND' }],
    ['file:///../lab.yaml', 'ARTIFACT_NOT_ALLOWED', { rule: 'OUTSIDE_ROOT' }],
    ['file:///folder', 'ARTIFACT_NOT_ALLOWED', { rule: 'NOT_A_FILE' }],
    ['file:///large.yaml', 'ARTIFACT_TOO_LARGE', { limitBytes: 5 * KIB * KIB }],
    ['file:///latin.yaml', 'LAB_YAML_INVALID', { rule: 'NOT_UTF8', line: 2, path: null }],
    ['file:///bad.yaml', 'LAB_YAML_INVALID', { rule: 'TAG_MALFORMED', line: 4, path: 'nodes.0.tags.0' }],
  ])('refuses %s with %s', async (uri, code, details) => {
    expect(await refused({ uri })).toMatchObject({ code, details });
  });

  it.each([
    ['', { rule: 'ROOT_NOT_MAPPING', line: null, path: null }],
    [labOf(['a'], ['b', 'vnc:0']), { rule: 'TAG_MALFORMED', line: 7, path: 'nodes.1.tags.0' }],
    ['nodes: [\ud800]', { rule: 'CONTROL_CHARACTER', line: 1, path: null }],
    ['nodes: [\u0000]', { rule: 'CONTROL_CHARACTER', line: 1, path: null }],
  ])('refuses the text %j as extraction would', async (text, details) => {
    expect(await refused({ text })).toMatchObject({ code: 'LAB_YAML_INVALID', details });
  });
});
