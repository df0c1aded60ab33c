import type { Command } from 'commander';
import {
  Kind,
  parse,
  type OperationDefinitionNode,
  type TypeNode,
  type VariableDefinitionNode,
} from 'graphql';
import { WebSocket } from 'ws';
import * as api from '../client/index.js';
import { plainText } from './plain-text.js';
import type { Env } from './settings.js';

type AnyDocument = api.TypedDocumentString<Record<string, unknown>, Record<string, unknown>>;

interface CallOptions extends Record<string, unknown> {
  readonly url: string;
  readonly token?: string;
  readonly json: boolean;
  readonly count?: string;
  readonly set?: readonly string[];
}

/** Adds one command for each operation of the typed client; its options are the operation's variables. */
export function addCalls(program: Command, env: Env): void {
  const documents: [string, unknown][] = Object.entries(api).filter(([name]) => name.endsWith('Document'));
  for (const [, document] of documents) addCall(program, env, document as AnyDocument);
}

function addCall(program: Command, env: Env, document: AnyDocument): void {
  const operation = operationIn(document);
  const { operation: kind, variableDefinitions = [] } = operation;
  const command = program
    .command(kebab(operation.name?.value ?? ''))
    .description(`Call the ${kind} ${operation.name?.value ?? ''} of a server.`)
    .option('--url <url>', 'address of the server', env['LABLET_URL'] ?? 'http://127.0.0.1:4000')
    .option('--token <token>', 'token of the caller; better in the environment, as LABLET_TOKEN')
    .option('--json', 'print the answer as JSON', false);
  if (kind === 'subscription') command.option('--count <count>', 'end after so many messages');
  for (const variable of variableDefinitions) addVariable(command, variable);
  command.action(async (options: CallOptions) => {
    const token = options.token ?? env['LABLET_TOKEN'] ?? null;
    const client = api.createClient({ url: options.url, token, webSocketImpl: WebSocket });
    try {
      const variables = valuesOf(variableDefinitions, options);
      if (kind === 'subscription') await follow(client, document, variables, options);
      else show(await client.request(document, variables), options);
    } catch (error) {
      process.stderr.write(`${explain(error)}\n`);
      process.exitCode = 1;
    } finally {
      await client.close();
    }
  });
}

/** An input is put together by `--set name=value`; other variables have an option of their own. */
function addVariable(command: Command, variable: VariableDefinitionNode): void {
  const name = variable.variable.name.value;
  const type = textOf(variable.type);
  if (name === 'input') {
    command.option('--set <name=value...>', `a field of ${type}; JSON, else text`);
    command.option('--input <json>', `the whole ${type}`);
  } else if (variable.type.kind === Kind.NON_NULL_TYPE) {
    command.requiredOption(`--${kebab(name)} <value>`, type);
  } else {
    command.option(`--${kebab(name)} <value>`, type);
  }
}

function valuesOf(
  variables: readonly VariableDefinitionNode[],
  options: CallOptions,
): Record<string, unknown> {
  const values = variables.map(({ variable, type }): [string, unknown] => {
    const name = variable.name.value;
    const given = options[name] as string | undefined;
    if (name !== 'input') return [name, given === undefined ? undefined : valueOf(given, textOf(type))];
    const fields = (options.set ?? []).map((field): [string, unknown] => {
      const at = field.indexOf('=');
      return [field.slice(0, at), valueOf(field.slice(at + 1), '')];
    });
    return [
      name,
      { ...(given === undefined ? {} : (JSON.parse(given) as object)), ...Object.fromEntries(fields) },
    ];
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** JSON where it is some and no text is wanted: `5`, `true`, `{"states":["RUNNING"]}`. */
function valueOf(text: string, type: string): unknown {
  if (/^(?:ID|String|SemVer|DateTime|LiveRevision)!?$/.test(type)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function follow(
  client: api.LabletClient,
  document: AnyDocument,
  variables: Record<string, unknown>,
  options: CallOptions,
): Promise<void> {
  let left = Number(options.count ?? Infinity);
  for await (const message of client.subscribe(document, variables)) {
    show(message, options);
    if (--left <= 0) return;
  }
}

function show(answer: Record<string, unknown>, { json }: CallOptions): void {
  const [only] = Object.values(answer);
  process.stdout.write(json ? `${JSON.stringify(only)}\n` : plainText(only));
}

function explain(error: unknown): string {
  if (!(error instanceof api.ApiError)) return (error as Error).message;
  return `${error.code}: ${error.message}\n${JSON.stringify(error.details)}`;
}

function operationIn(document: AnyDocument): OperationDefinitionNode {
  const { definitions } = parse(String(document));
  return definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION) as OperationDefinitionNode;
}

function textOf(type: TypeNode): string {
  if (type.kind === Kind.NON_NULL_TYPE) return `${textOf(type.type)}!`;
  return type.kind === Kind.LIST_TYPE ? `[${textOf(type.type)}]` : type.name.value;
}

const kebab = (name: string): string =>
  name.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
