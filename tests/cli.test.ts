/** The command line against a real server: one command for each operation, through the typed client. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Command } from 'commander';
import { buildSchema } from 'graphql';
import { addCalls } from '../src/cli/calls.js';
import { runCli } from '../src/cli/cli.js';
import { readDocument } from './support/markdown.js';
import { startTestServer, type TestServer } from './support/server.js';
import { story } from './support/story.js';
import { plainDefinition } from './support/story.js';

let server: TestServer;
let env: Record<string, string>;
let said: { out: string; err: string };

beforeAll(async () => {
  server = await startTestServer();
  env = { LABLET_URL: server.url, LABLET_TOKEN: await server.token('ADMIN', 'root') };
});
afterAll(() => server.close());

beforeEach(() => {
  said = { out: '', err: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((said.out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((said.err += String(text)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** Runs the command; answers what it printed. */
async function lablet(...args: string[]): Promise<string> {
  said.out = '';
  await runCli(['node', 'lablet', ...args], env);
  return said.out;
}

describe('the command line', () => {
  it('has a command for each operation of the API that changes something', () => {
    const program = new Command();
    addCalls(program, {});
    const names = program.commands.map((command) => command.name());
    const mutations = buildSchema(readDocument('schema.graphql')).getMutationType()?.getFields() ?? {};
    for (const name of Object.keys(mutations)) {
      expect(names).toContain(name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
    }
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['viewer', 'instances', 'worker', 'audit-records']));
  });

  it('calls a query and shows its answer for people, or as JSON', async () => {
    expect(await lablet('viewer')).toMatch(/^subject: root\nroles: \["ADMIN"\]\n/);
    expect(JSON.parse(await lablet('viewer', '--json'))).toMatchObject({ subject: 'root', roles: ['ADMIN'] });
  });

  it('calls a command with fields given one by one or as a whole, and lists with their variables', async () => {
    const input = JSON.stringify(plainDefinition('By hand'));
    const made = JSON.parse(await lablet('create-definition', '--input', input, '--json')) as {
      definition: { id: string };
    };
    const booked = await lablet(
      'create-instance',
      '--set',
      `definitionId=${made.definition.id}`,
      '--set',
      'ownerId=ann',
    );
    expect(booked).toMatch(/^instance:\n {2}id: ins_/);
    await lablet('create-instance', '--set', `definitionId=${made.definition.id}`);
    const filter = JSON.stringify({ ownerId: 'ann' });
    expect(await lablet('instances', '--first', '5', '--filter', filter)).toMatch(
      /^id .*\nins_\S+ .*\n1 of 1\n$/,
    );
    expect(await lablet('instances', '--first', '1')).toMatch(/\n1 of 2\n$/);
  });

  it('follows a subscription for as many messages as asked', async () => {
    await story(await server.client('ADMIN', 'root')).definition(plainDefinition('Followed'));
    const lines = (await lablet('instance-changes', '--count', '2', '--json')).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { kind: string }).kind)).toHaveLength(2);
  });

  it('says what was refused, with its code, and ends with 1', async () => {
    expect(await lablet('instance', '--id', `ins_${'0'.repeat(26)}`)).toBe('');
    expect(said.err).toMatch(/^NOT_FOUND: .*\n\{"entity":"LabletInstance"/);
    expect(process.exitCode).toBe(1);
    said.err = '';
    await lablet('viewer', '--token', 'nonsense');
    expect(said.err).toMatch(/^UNAUTHENTICATED: /);
    said.err = '';
    await lablet('create-instance', '--input', 'no json');
    expect(said.err).toMatch(/JSON/);
    said.err = '';
    await lablet('viewer', '--url', 'http://127.0.0.1:1');
    expect(said.err).not.toBe('');
  });
});
