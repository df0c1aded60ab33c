import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { VERSION_PATTERN } from '../lib/version.js';

/**
 * Scalars carry text or numbers in exactly the stored form; nothing is converted on the way out. A fault of a literal
 * carries its node: from nothing else do clients learn where in the document it is.
 */
const fault = (message: string, node?: ValueNode): GraphQLError =>
  new GraphQLError(message, node ? { nodes: node } : {});

function textScalar(
  name: string,
  description: string,
  specifiedByURL: string | null,
  accepts: (text: string) => boolean,
) {
  const parse = (value: unknown, node?: ValueNode): string => {
    if (typeof value === 'string' && accepts(value)) return value;
    throw fault(`must be a ${name}`, node);
  };
  return new GraphQLScalarType<string, string>({
    name,
    description,
    specifiedByURL,
    serialize: (value) => value as string,
    parseValue: (value) => parse(value),
    parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : undefined, node),
  });
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

export const DateTime = textScalar(
  'DateTime',
  'A moment in ISO 8601. Input needs `Z` or an offset; output is UTC with milliseconds: `2027-02-10T08:30:00.000Z`.',
  'https://scalars.graphql.org/andimarek/date-time.html',
  (text) => TIME.test(text) && !Number.isNaN(Date.parse(text)),
);

export const SemVer = textScalar(
  'SemVer',
  'Three numbers 0-999999 without leading zero, prefix or suffix, compared number by number: `1.10.0` is above `1.9.0`.',
  null,
  (text) => VERSION_PATTERN.test(text),
);

export const LiveRevision = textScalar(
  'LiveRevision',
  'Opaque position in the live feed, ordered only by the server. Give it back as `after` to go on from there.',
  null,
  (text) => text.length > 0 && text.length <= 512,
);

const port = (value: unknown, node?: ValueNode): number => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535) return value;
  throw fault('must be a TCP or UDP port number, 1-65535', node);
};

export const Port = new GraphQLScalarType<number, number>({
  name: 'Port',
  description: 'A TCP or UDP port number, 1-65535.',
  serialize: (value) => value as number,
  parseValue: (value) => port(value),
  parseLiteral: (node) => port(node.kind === Kind.INT ? Number(node.value) : undefined, node),
});

const decimal = (value: unknown, node?: ValueNode): number => {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw fault('must be a decimal number', node);
};

/** Money with up to four places; a JSON number. */
export const Decimal = new GraphQLScalarType<number, number>({
  name: 'Decimal',
  description: 'A number with up to four decimal places, for amounts of money.',
  serialize: (value) => value as number,
  parseValue: (value) => decimal(value),
  parseLiteral: (node) =>
    decimal(node.kind === Kind.INT || node.kind === Kind.FLOAT ? Number(node.value) : undefined, node),
});

/** By the names that field schemas use in `meta({ graphql })`. */
export const SCALARS: Readonly<Record<string, GraphQLScalarType>> = {
  DateTime,
  SemVer,
  LiveRevision,
  Port,
  Decimal,
};
