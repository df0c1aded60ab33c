import type { GraphQLFieldResolver, GraphQLObjectType, GraphQLSchema } from 'graphql';
import type { RequestContext } from './request-context.js';

type Given = Readonly<Record<string, unknown>>;
type Resolve = GraphQLFieldResolver<unknown, RequestContext, Given>;

type Class = new () => Record<string, ((...given: unknown[]) => unknown) | undefined>;

interface Parameter {
  readonly kind: string;
  readonly index: number;
  readonly name?: string;
  readonly propertyName?: string;
}

/** What the library knows of a method that answers a field of `Query` or `Mutation`. */
interface Handler {
  readonly schemaName: string;
  readonly target: Class;
  readonly methodName: string;
  readonly params?: readonly Parameter[];
  readonly middlewares?: readonly unknown[];
  readonly roles?: readonly unknown[];
}

interface Handlers {
  readonly queries: readonly Handler[];
  readonly mutations: readonly Handler[];
}

/**
 * Gives root fields their arguments as graphql-js made them. The library turns them into objects of classes, by way of
 * promises; operations check what they are given themselves. Whatever else the library would do for a field is refused
 * here, so that nothing is left out in silence.
 */
export function callDirectly(schema: GraphQLSchema, resolvers: readonly object[]): void {
  const { TypeGraphQLMetadataStorage: handlers } = globalThis as unknown as {
    TypeGraphQLMetadataStorage: Handlers;
  };
  const ours = ({ target }: Handler) => resolvers.includes(target);
  resolveDirectly(schema.getQueryType(), handlers.queries.filter(ours));
  resolveDirectly(schema.getMutationType(), handlers.mutations.filter(ours));
}

function resolveDirectly(type: GraphQLObjectType | null | undefined, handlers: readonly Handler[]): void {
  const fields = type?.getFields() ?? {};
  for (const handler of handlers) {
    const field = fields[handler.schemaName];
    if (field) field.resolve = directly(handler);
  }
}

function directly({ target, methodName, schemaName, ...handler }: Handler): Resolve {
  const { params = [], middlewares = [], roles = [] } = handler;
  if (middlewares.length > 0 || roles.length > 0)
    throw new Error(`${schemaName}: middlewares and roles of the library have no effect here`);
  const resolver = new target();
  const method = resolver[methodName];
  if (!method) throw new Error(`${schemaName}: ${target.name} has no ${methodName}`);
  const parameters = [...params].sort((a, b) => a.index - b.index);
  const readers = parameters.map((parameter) => readerOf(parameter, schemaName));
  return (_root, args, context) =>
    method.apply(
      resolver,
      readers.map((read) => read(args, context)),
    );
}

function readerOf(
  { kind, name = '', propertyName }: Parameter,
  field: string,
): (args: Given, context: RequestContext) => unknown {
  if (kind === 'args') return (args) => args;
  if (kind === 'arg') return (args) => args[name];
  if (kind === 'context' && propertyName === undefined) return (_args, context) => context;
  throw new Error(`${field}: no value for a parameter of kind ${kind}`);
}
