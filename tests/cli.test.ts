/** The command line against a real server: one command for each operation, through the typed client. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Command } from 'commander';
import { buildSchema } from 'graphql';
import { addCalls } from '../src/cli/calls.js';
import { runCli } from '../src/cli/cli.js';
import { readDocument } from './support/markdown.js';
import { startTestServer, type TestServer } from './support/server.js';
import { story } from './support/story.js';
import { plainDefinition } from './support/story.js';
import { startTcpProxy } from './support/tcp-proxy.js';

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
  it('has a command for each operation of the API', () => {
    const program = new Command();
    addCalls(program, {});
    const names = program.commands.map((command) => command.name());
    const schema = buildSchema(readDocument('schema.graphql'));
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    const operations = roots.flatMap((root) => Object.keys(root?.getFields() ?? {}));
    expect(operations.length).toBeGreaterThan(50);
    expect(names).toEqual(
      expect.arrayContaining(
        operations.map((name) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)),
      ),
    );
    expect(new Set(names).size).toBe(names.length);
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
    expect(said.err).toMatch(/^NOT_FOUND: (?!NOT_FOUND).*\n\{"entity":"LabletInstance"/);
    expect(process.exitCode).toBe(1);
    said.err = '';
    await lablet('viewer', '--token', 'nonsense');
    expect(said.err).toMatch(/^UNAUTHENTICATED: /);
    said.err = '';
    await lablet('create-instance', '--input', 'no json');
    expect(said.err).toMatch(/^--input is no JSON: /);
    said.err = '';
    await lablet('create-instance', '--set', 'definitionId');
    expect(said.err).toBe('--set definitionId: write it as name=value\n');
  });

  it('says which server it did not reach, and why', async () => {
    const nobody = await startTcpProxy(0);
    await nobody.refuse();
    const { url } = nobody;
    await lablet('viewer', '--url', url);
    expect(said.err).toBe(`${url} cannot be reached: connect ECONNREFUSED 127.0.0.1:${nobody.port}\n`);
    said.err = '';
    await lablet('instance-changes', '--url', url);
    expect(said.err).toMatch(`${url}: the connection was closed: connect ECONNREFUSED`);
    said.err = '';
    const other = createServer((_request, response) => response.end('<html>')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    await lablet('viewer', '--url', elsewhere);
    other.close();
    expect(said.err).toBe(`${elsewhere} answered 200 without JSON; is it the address of a server?\n`);
    expect(process.exitCode).toBe(1);
  });

  it('takes a field that is text as it is written', async () => {
    const { id } = await story(await server.client('ADMIN', 'root')).definition(plainDefinition('Numbered'));
    const booked = await lablet('create-instance', '--set', `definitionId=${id}`, 'ownerId=123', '--json');
    expect(JSON.parse(booked)).toMatchObject({ instance: { ownerId: '123' } });
  });

  it('names the nearest command where there is none of that name', async () => {
    expect(await refusedByCommander('instence')).toMatch(
      /unknown command 'instence'\n\(Did you mean .*instance/,
    );
    expect(await refusedByCommander('nope')).toMatch(/^error: unknown command 'nope'/);
  });

  it.each([
    ['--hours', 'abc'],
    ['--hours', '0'],
    ['--hours', '-5'],
    ['--hours', '1e99'],
    ['--subject', ''],
  ])('makes no token that nobody would accept: %s %j', async (option, value) => {
    expect(await refusedByCommander('token', `${option}=${value}`)).toMatch(
      new RegExp(`^error: option '${option} <.*>' argument '${value}' is invalid. Give `),
    );
    expect(said.out).toBe('');
  });

  it('ends quietly when nobody reads any more', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts', 'config'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (piece) => (err += String(piece)));
    const [code] = (await once(child, 'close')) as [number];
    expect([code, err]).toEqual([0, '']);
  });
});

/** What commander says when it ends the program with 1. */
async function refusedByCommander(...args: string[]): Promise<string> {
  said.err = '';
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => {
    throw new Error('it ended');
  });
  await expect(lablet(...args)).rejects.toThrow('it ended');
  expect(exit).toHaveBeenCalledWith(1);
  return said.err;
}
