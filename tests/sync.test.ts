import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { StoreUnavailable } from '../src/db/document-store.js';
import { refusal } from './support/answers.js';
import { purePairs } from './support/backends.js';
import { intercepted, type StoreCall } from './support/intercepted-stores.js';
import { startTestServer, type TestServer } from './support/server.js';
import { exampleDefinition, plainDefinition, required, story } from './support/story.js';

const LAB = readFileSync(new URL('../examples/labs/branch-vpn.yaml', import.meta.url), 'utf8');
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

let made = 0;

describe.each(purePairs())('a sync on $name', (pair) => {
  let server: TestServer;
  let author: api.LabletClient;
  let stopEngines: () => Promise<void>;
  let env: Readonly<Record<string, string>>;
  /** Disturbs calls of the stores while it is set. */
  let disturb: ((call: StoreCall) => Promise<unknown>) | null = null;
  const root = mkdtempSync(join(tmpdir(), 'lablet-labs-'));

  beforeAll(async () => {
    const engines = await pair.start();
    env = { ...engines.env, ARTIFACT_FILE_ROOT: root };
    stopEngines = engines.stop;
    const wrapStores = intercepted((call) => disturb?.(call) ?? call.go());
    server = await startTestServer({ env, overrides: { wrapStores } });
    author = await server.client('AUTHOR', 'author');
  });

  afterAll(async () => {
    await server?.close();
    await stopEngines?.();
    rmSync(root, { recursive: true, force: true });
  });

  /** A file of the source, and a definition that points at it. */
  async function definedBy(text: string, input: Partial<api.CreateDefinitionInput> = {}) {
    const file = `lab-${++made}.yaml`;
    const write = (content: string | Buffer) => writeFileSync(join(root, file), content);
    write(text);
    const definition = await story(author).definition({
      ...exampleDefinition(),
      name: `Lab ${made}`,
      labArtifactUri: `file:///${file}`,
      ...input,
    });
    return { definition, write, remove: () => rmSync(join(root, file)) };
  }

  /** One that declares its ports itself and has read no file yet. */
  const declaredBy = (text: string, ports: string[] = []) => {
    const { name: _name, labArtifactUri: _uri, ...input } = plainDefinition('x', 0);
    const portTemplate = ports.map((name) => ({ name }));
    return definedBy(text, { ...input, extractTopology: false, portTemplate });
  };

  const sync = async (id: string, options: Partial<api.SyncDefinitionInput> = {}, client = author) =>
    required(
      (await client.request(api.SyncDefinitionDocument, { input: { id, ...options } })).syncDefinition,
    );
  const read = async (id: string) =>
    required((await author.request(api.DefinitionDocument, { id })).definition);
  const latest = async (name: string) =>
    required((await author.request(api.DefinitionByNameDocument, { name })).definitionByName);
  const family = async (name: string) =>
    required((await author.request(api.DefinitionVersionsDocument, { name })).definitionVersions).nodes.map(
      ({ version, status }) => `${version} ${status}`,
    );

  it('keeps the first text with the version, and says where ports differ', async () => {
    const { definition } = await declaredBy(LAB, ['serial_1', 'gone']);
    expect(definition).toMatchObject({ labYamlHash: '', syncStatus: 'NEVER', topologySource: 'DECLARED' });
    const first = await sync(definition.id);
    expect(first).toMatchObject({
      outcome: 'FIRST_SYNC',
      newVersion: null,
      oldHash: '',
      newHash: hashOf(LAB),
      definition: { id: definition.id, revision: 2, syncStatus: 'SUCCESS', labYamlHash: hashOf(LAB) },
    });
    expect(first.warnings.map(({ rule, port }) => `${rule} ${port}`)).toEqual([
      'NOT_IN_FILE gone',
      'NOT_DECLARED branch_r2_serial',
      'NOT_DECLARED vnc_1',
      'NOT_DECLARED web',
    ]);
    expect((await read(definition.id)).labYamlCached).toBe(LAB);
    expect(await family(definition.name)).toEqual(['1.0.0 ACTIVE']);
  });

  it('D5 of the same text changes only the sync fields', async () => {
    const { definition } = await definedBy(LAB);
    const before = await read(definition.id);
    const { outcome, definition: after, oldHash, newHash, warnings } = await sync(definition.id);
    expect([outcome, oldHash, newHash, warnings]).toEqual(['UNCHANGED', hashOf(LAB), hashOf(LAB), []]);
    const { labYamlCached: _text, ...unsynced } = before;
    const fields = { syncStatus: 'SUCCESS', lastSyncedAt: after.lastSyncedAt, lastSyncError: null };
    expect(after).toEqual({ ...unsynced, ...fields, revision: before.revision + 1 });
  });

  it('D5 of another text makes a new version and deprecates the old one', async () => {
    const { definition, write } = await definedBy(LAB);
    const changed = LAB.replace("'vnc:${PORT_VNC_1}'", "'vnc:${PORT_DESKTOP}'");
    write(changed);
    const { outcome, definition: old, newVersion, newHash } = await sync(definition.id);
    const next = required(newVersion);
    expect([outcome, newHash]).toEqual(['NEW_VERSION', hashOf(changed)]);
    expect(next).toMatchObject({
      version: '1.0.1',
      status: 'ACTIVE',
      labYamlHash: hashOf(changed),
      previousVersionId: definition.id,
      supersedesId: definition.id,
      maxDurationMinutes: definition.maxDurationMinutes,
      syncStatus: 'SUCCESS',
    });
    expect(next.portTemplate.map(({ name }) => name)).toEqual([
      'serial_1',
      'branch_r2_serial',
      'desktop',
      'web',
    ]);
    expect(old).toMatchObject({
      status: 'DEPRECATED',
      replacementId: next.id,
      labYamlHash: hashOf(LAB),
      portTemplate: definition.portTemplate,
    });
    expect(old.deprecationReason).toContain(hashOf(changed));
    expect((await latest(definition.name)).id).toBe(next.id);
    expect(await refusal(sync(definition.id))).toMatchObject({
      code: 'DEFINITION_NOT_ACTIVE',
      details: { status: 'DEPRECATED', replacementId: next.id },
    });
  });

  it('takes the highest patch plus 1, whatever stands there', async () => {
    const { definition, write } = await definedBy(LAB);
    for (const version of ['1.0.7', '1.1.0', '2.0.0']) {
      await author.request(api.CreateDefinitionVersionDocument, {
        input: { fromId: definition.id, version },
      });
    }
    write(`${LAB}# more\n`);
    expect(required((await sync(definition.id)).newVersion).version).toBe('1.0.8');
    expect(await family(definition.name)).toEqual([
      '2.0.0 ACTIVE',
      '1.1.0 ACTIVE',
      '1.0.8 ACTIVE',
      '1.0.7 ACTIVE',
      '1.0.0 DEPRECATED',
    ]);
  });

  it('D5 ten times at once creates one version', async () => {
    const { definition, write } = await definedBy(LAB);
    write(`${LAB}# more\n`);
    const answers = await Promise.allSettled(Array.from({ length: 10 }, () => sync(definition.id)));
    const done = answers.filter((each) => each.status === 'fulfilled').map(({ value }) => value);
    expect(new Set(done.map(({ outcome, newVersion }) => `${outcome} ${newVersion?.version}`))).toEqual(
      new Set(['NEW_VERSION 1.0.1']),
    );
    const codes = answers.flatMap((each) =>
      each.status === 'rejected' ? [(each.reason as api.ApiError).code] : [],
    );
    expect(new Set([...codes, 'DEFINITION_NOT_ACTIVE'])).toEqual(new Set(['DEFINITION_NOT_ACTIVE']));
    expect(await family(definition.name)).toEqual(['1.0.1 ACTIVE', '1.0.0 DEPRECATED']);
  });

  it('ten times at once of the same text succeeds each time', async () => {
    const { definition } = await definedBy(LAB);
    const answers = await Promise.all(Array.from({ length: 10 }, () => sync(definition.id)));
    expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['UNCHANGED']));
    expect((await read(definition.id)).revision).toBe(11);
  });

  // Syncs in one process have their turns, and embedded stores have one process.
  const rivals = pair.name === 'embedded stores' ? [] : ['another server'];
  it.each(rivals)('that meets one on %s with another text is told so, and the other one stands', async () => {
    const { definition, write } = await definedBy(LAB);
    const rival = await startTestServer({ env });
    const rivalAuthor = await rival.client('AUTHOR', 'author');
    write(`${LAB}# mine\n`);
    let other: Promise<unknown> | null = null;
    disturb = async ({ name, go }) => {
      if (name === 'lablet_definitions.insert' && !other) {
        write(`${LAB}# other\n`);
        other = sync(definition.id, {}, rivalAuthor);
        await other;
      }
      return go();
    };
    const answer = await refusal(sync(definition.id)).finally(() => (disturb = null));
    await rival.close();
    expect(answer).toMatchObject({ code: 'REVISION_CONFLICT', details: { expected: 1, actual: 2 } });
    expect((await latest(definition.name)).labYamlHash).toBe(hashOf(`${LAB}# other\n`));
    expect(await family(definition.name)).toEqual(['1.0.1 ACTIVE', '1.0.0 DEPRECATED']);
  });

  it('takes the next number when somebody takes its own', async () => {
    const { definition, write } = await definedBy(LAB);
    write(`${LAB}# more\n`);
    let raced = false;
    disturb = async ({ name, go }) => {
      if (name === 'lablet_definitions.insert' && !raced) {
        raced = true;
        const input = { fromId: definition.id, version: '1.0.1' };
        await author.request(api.CreateDefinitionVersionDocument, { input });
      }
      return go();
    };
    const answer = await sync(definition.id).finally(() => (disturb = null));
    expect(required(answer.newVersion).version).toBe('1.0.2');
  });

  it('does not replace a version that was deprecated while its file was read', async () => {
    const { definition, write } = await definedBy(LAB);
    write(`${LAB}# more\n`);
    let done = false;
    disturb = async ({ name, go }) => {
      if (name === 'lab_files.count' && !done) {
        done = true;
        await author.request(api.DeprecateDefinitionDocument, {
          input: { id: definition.id, reason: 'old' },
        });
      }
      return go();
    };
    const answer = await refusal(sync(definition.id)).finally(() => (disturb = null));
    expect(answer.code).toBe('DEFINITION_NOT_ACTIVE');
    expect(await family(definition.name)).toEqual(['1.0.0 DEPRECATED']);
  });

  it('D5 of an unreachable source sets FAILED and nothing else, and a success clears it', async () => {
    const { definition, write, remove } = await definedBy(LAB);
    const { labYamlCached: _text, ...before } = await read(definition.id);
    remove();
    expect(await refusal(sync(definition.id))).toMatchObject({
      code: 'ARTIFACT_UNAVAILABLE',
      retryable: true,
    });
    const { labYamlCached: _same, ...failed } = await read(definition.id);
    const lastSyncError = failed.lastSyncError;
    expect(failed).toEqual({ ...before, syncStatus: 'FAILED', lastSyncError, revision: before.revision + 1 });
    expect(lastSyncError).toMatchObject({ code: 'ARTIFACT_UNAVAILABLE' });
    write(LAB);
    expect((await sync(definition.id)).definition).toMatchObject({
      syncStatus: 'SUCCESS',
      lastSyncError: null,
    });
  });

  it.each([
    ['no lab file', 'nodes: []\n', 'LAB_YAML_INVALID'],
    ['text that is no UTF-8', Buffer.from([0x6e, 0xff]), 'LAB_YAML_INVALID'],
    ['5 MiB and a byte', Buffer.alloc(5 * 1024 * 1024 + 1, '#'), 'ARTIFACT_TOO_LARGE'],
    [
      'more nodes than its licences allow',
      `nodes:\n${'  - {label: n, node_definition: iosv}\n'.repeat(501)}`,
      'LAB_YAML_INVALID',
    ],
  ])('of %s is refused with its code, which is recorded', async (_what, content, code) => {
    const { definition, write } = await definedBy(LAB);
    write(content);
    expect((await refusal(sync(definition.id))).code).toBe(code);
    expect(await read(definition.id)).toMatchObject({
      status: 'ACTIVE',
      labYamlHash: hashOf(LAB),
      syncStatus: 'FAILED',
      lastSyncError: { code },
    });
    expect(await family(definition.name)).toEqual(['1.0.0 ACTIVE']);
  });

  it('of a file whose nodes no licence of the definition allows is refused and recorded', async () => {
    const { definition, write } = await definedBy(LAB, { licenseAffinity: ['PERSONAL'] });
    write(`nodes:\n${'  - {label: n, node_definition: iosv}\n'.repeat(21)}`);
    expect(await refusal(sync(definition.id))).toMatchObject({
      code: 'VALIDATION_FAILED',
      details: { fields: [{ path: 'nodeCount' }] },
    });
    expect((await read(definition.id)).lastSyncError?.code).toBe('VALIDATION_FAILED');
  });

  it('under a stale expectedRevision reads nothing', async () => {
    const { definition, remove } = await definedBy(LAB);
    remove();
    expect(await refusal(sync(definition.id, { expectedRevision: 7 }))).toMatchObject({
      code: 'REVISION_CONFLICT',
      details: { expected: 7, actual: 1 },
    });
    expect((await read(definition.id)).syncStatus).toBe(definition.syncStatus);
  });

  it('is for authors and services', async () => {
    const { definition } = await definedBy(LAB);
    const service = await server.client('SERVICE', 'controller');
    expect((await sync(definition.id, {}, service)).outcome).toBe('UNCHANGED');
    for (const role of ['MANAGER', 'USER'] as const) {
      expect((await refusal(sync(definition.id, {}, await server.client(role)))).code).toBe('FORBIDDEN');
    }
  });

  describe('repeated under its idempotency key', () => {
    const outcomeOf = ({ outcome, newVersion, oldHash, newHash }: Awaited<ReturnType<typeof sync>>) => ({
      outcome,
      newVersion: newVersion?.id,
      oldHash,
      newHash,
    });

    it('answers what it did the first time, though the file has changed since', async () => {
      const { definition, write } = await declaredBy(LAB);
      const idempotencyKey = `first-${made}`;
      const first = await sync(definition.id, { idempotencyKey });
      write(`${LAB}# more\n`);
      expect(outcomeOf(await sync(definition.id, { idempotencyKey }))).toEqual(outcomeOf(first));
      expect(await family(definition.name)).toEqual(['1.0.0 ACTIVE']);
      const second = await sync(definition.id, { idempotencyKey: `${idempotencyKey}-b` });
      expect(second.outcome).toBe('NEW_VERSION');
      const again = await sync(definition.id, { idempotencyKey: `${idempotencyKey}-b` });
      expect(outcomeOf(again)).toEqual(outcomeOf(second));
      expect(await refusal(sync(second.definition.id, { idempotencyKey: 'unused' }))).toMatchObject({
        code: 'DEFINITION_NOT_ACTIVE',
      });
    });

    it('answers the same when its record was never marked done', async () => {
      const { definition, write } = await declaredBy(LAB);
      disturb = ({ name, args: [document], go }) =>
        name === 'idempotency_records.replace' && (document as { done: boolean }).done
          ? Promise.reject(new StoreUnavailable('refused'))
          : go();
      try {
        const keys = ['a', 'b', 'c'].map((key) => `${key}-${made}`);
        const first = await sync(definition.id, { idempotencyKey: keys[0] as string });
        const second = await sync(definition.id, { idempotencyKey: keys[1] as string });
        write(`${LAB}# more\n`);
        const third = await sync(definition.id, { idempotencyKey: keys[2] as string });
        expect([first, second, third].map(({ outcome }) => outcome)).toEqual([
          'FIRST_SYNC',
          'UNCHANGED',
          'NEW_VERSION',
        ]);
        for (const [index, answer] of [first, second, third].entries()) {
          const again = await sync(definition.id, { idempotencyKey: keys[index] as string });
          expect(outcomeOf(again)).toEqual(outcomeOf(answer));
        }
      } finally {
        disturb = null;
      }
    });

    it('finishes what a failure between the two documents left, and the latest is right throughout', async () => {
      const { definition, write } = await definedBy(LAB);
      const idempotencyKey = `half-${made}`;
      write(`${LAB}# more\n`);
      disturb = ({ name, go }) =>
        name === 'lablet_definitions.replace' ? Promise.reject(new StoreUnavailable('refused')) : go();
      const failure = await refusal(sync(definition.id, { idempotencyKey })).finally(() => (disturb = null));
      expect(failure.code).toBe('STORE_UNAVAILABLE');
      expect(await family(definition.name)).toEqual(['1.0.1 ACTIVE', '1.0.0 ACTIVE']);
      expect((await latest(definition.name)).version).toBe('1.0.1');
      const { outcome, newVersion } = await sync(definition.id, { idempotencyKey });
      expect([outcome, newVersion?.version]).toEqual(['NEW_VERSION', '1.0.1']);
      expect(await family(definition.name)).toEqual(['1.0.1 ACTIVE', '1.0.0 DEPRECATED']);
    });

    it('tries again when the source failed', async () => {
      const { definition, write, remove } = await definedBy(LAB);
      const idempotencyKey = `source-${made}`;
      remove();
      expect((await refusal(sync(definition.id, { idempotencyKey }))).code).toBe('ARTIFACT_UNAVAILABLE');
      write(LAB);
      expect((await sync(definition.id, { idempotencyKey })).outcome).toBe('UNCHANGED');
    });

    it('is one sync when it is sent ten times at once', async () => {
      const { definition, write } = await definedBy(LAB);
      write(`${LAB}# more\n`);
      const idempotencyKey = `many-${made}`;
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => sync(definition.id, { idempotencyKey })),
      );
      expect(new Set(answers.map(({ newVersion }) => newVersion?.id)).size).toBe(1);
      expect(await family(definition.name)).toEqual(['1.0.1 ACTIVE', '1.0.0 DEPRECATED']);
    });
  });
});
