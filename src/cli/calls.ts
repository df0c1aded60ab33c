import type { Command } from 'commander';
import { Kind, parse, type OperationDefinitionNode, type VariableDefinitionNode } from 'graphql';
import { WebSocket } from 'ws';
import * as api from '../client/index.js';
import { typeText, valuesOf, type GivenValues } from './call-values.js';
import { plainText } from './plain-text.js';
import type { Env } from './settings.js';

type AnyDocument = api.TypedDocumentString<Record<string, unknown>, Record<string, unknown>>;

interface CallOptions extends GivenValues {
  readonly url: string;
  readonly token?: string;
  readonly json: boolean;
  readonly count?: string;
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
    const { url } = options;
    const client = api.createClient({ url, token, webSocketImpl: WebSocket, fetch: reaching(url) });
    try {
      const variables = valuesOf(variableDefinitions, options);
      if (kind === 'subscription') await follow(client, document, variables, options);
      else show(await client.request(document, variables), options);
    } catch (error) {
      process.stderr.write(`${explain(error, url)}\n`);
      process.exitCode = 1;
    } finally {
      await client.close();
    }
  });
}

/** An input is put together by `--set name=value`; other variables have an option of their own. */
function addVariable(command: Command, variable: VariableDefinitionNode): void {
  const name = variable.variable.name.value;
  const type = typeText(variable.type);
  if (name === 'input') {
    command.option('--set <name=value...>', `a field of ${type}; JSON, or text where it takes text`);
    command.option('--input <json>', `the whole ${type}`);
  } else if (variable.type.kind === Kind.NON_NULL_TYPE) {
    command.requiredOption(`--${kebab(name)} <value>`, type);
  } else {
    command.option(`--${kebab(name)} <value>`, type);
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

function explain(error: unknown, url: string): string {
  if (error instanceof api.ApiError) return `${error.message}\n${JSON.stringify(error.details)}`;
  const { message } = error as Error;
  return error instanceof api.ConnectionLost ? `${url}: ${message}` : message;
}

/** A fetch that says which server it did not reach, and why. */
function reaching(url: string): typeof fetch {
  return async (...sent) => {
    let response: Response;
    try {
      response = await fetch(...sent);
    } catch (error) {
      // The reason of an address that stands for several has a code and no text.
      const { message, cause } = error as Error & { cause?: { message?: string; code?: string } };
      throw new Error(`${url} cannot be reached: ${cause?.message || cause?.code || message}`, {
        cause: error,
      });
    }
    if (/json/.test(response.headers.get('content-type') ?? '')) return response;
    throw new Error(`${url} answered ${response.status} without JSON; is it the address of a server?`);
  };
}

function operationIn(document: AnyDocument): OperationDefinitionNode {
  const { definitions } = parse(String(document));
  return definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION) as OperationDefinitionNode;
}

const kebab = (name: string): string =>
  name.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
