/** Documents made to cost a server dearly. Each must be refused before anything of it is executed. */
export interface Bomb {
  readonly name: string;
  /** JSON as it is sent. */
  readonly body: string;
}

const many = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');
const nested = (levels: number, open: string, inner: string) =>
  `${`${open} { `.repeat(levels)}${inner}${' }'.repeat(levels)}`;
const doubled = (levels: number): string =>
  levels === 0 ? 'id' : `versions { ${doubled(levels - 1)} } versions { ${doubled(levels - 1)} }`;
const inNodes = (fields: string) => `{ definitions(first: 200) { nodes { ${fields} } } }`;
const ofDefinition = (count: number, fields: (n: number) => string) =>
  many(count, (n) => `fragment f${n} on LabletDefinition { ${fields(n)} }`);

const DEEP_TYPE = nested(8, 'ofType', 'name');
const CREATE = 'mutation ($input: CreateInstanceInput!) { createInstance(input: $input) { liveRevision } }';

const bomb = (name: string, query: string, variables?: unknown): Bomb => ({
  name,
  body: JSON.stringify({ query, variables }),
});
/** Deeper than a program can write it that goes down step by step. */
const deepVariables = (name: string, query: string, levels: number): Bomb => ({
  name,
  body: `{"query":${JSON.stringify(query)},"variables":{"input":${'['.repeat(levels)}${']'.repeat(levels)}}}`,
});

export const DOCUMENT_BOMBS: readonly Bomb[] = [
  bomb('fields within fields', inNodes(nested(60, 'versions', 'id'))),
  bomb('fields within fields, as deep as tokens allow', nested(650, 'a', 'b').replace(/^a /, '')),
  bomb('a thousand aliases', `{ ${many(660, (n) => `a${n}: liveRevision`)} }`),
  bomb('aliases of one name', `{ viewer { ${many(660, () => 'a: subject')} } }`),
  bomb('one field again and again', `{ viewer { ${many(1990, () => 'subject')} } }`),
  bomb('one object again and again', inNodes(many(400, () => 'versions { id }'))),
  bomb('two of each within each', inNodes(doubled(7))),
  bomb('fields in nested inline fragments', `{ viewer { ${many(480, () => '... { subject }')} } }`),
  bomb('root fields', `{ ${many(1990, () => 'liveRevision')} }`),
  bomb(
    'fragments that spread the next one twice',
    `${inNodes('...f0')} ${ofDefinition(49, (n) => `versions { ...f${n + 1} ...f${n + 1} }`)} fragment f49 on LabletDefinition { id }`,
  ),
  bomb(
    'hundreds of fragments beside each other',
    `{ viewer { ${many(200, (n) => `...f${n}`)} } } ${many(200, (n) => `fragment f${n} on Viewer { subject }`)}`,
  ),
  bomb(
    'fragments full of the same fields',
    `{ viewer { ${many(38, (n) => `...f${n}`)} } } ${many(38, (n) => `fragment f${n} on Viewer { ${'subject '.repeat(40)} }`)}`,
  ),
  bomb(
    'fragments in a circle',
    `${inNodes('...f0')} ${ofDefinition(30, (n) => `versions { ...f${(n + 1) % 30} }`)}`,
  ),
  bomb('unused fragments', `{ liveRevision } ${many(240, (n) => `fragment f${n} on Viewer { subject }`)}`),
  bomb('directives', `{ viewer { subject ${many(280, () => '@skip(if: false)')} } }`),
  bomb(
    'directives on many fields',
    `{ viewer { ${many(90, (n) => `a${n}: subject @include(if: true) @skip(if: false)`)} } }`,
  ),
  bomb(
    'a product of lists',
    inNodes('instances { definition { versions { instances { definition { versions { id } } } } } }'),
  ),
  bomb(
    'lists by a variable',
    'query ($n: Int) { instances(first: $n) { nodes { definition { versions { versions { id } } } } } }',
    { n: 200 },
  ),
  bomb('a flood of tokens', `{ ${many(200_000, () => 'a')} }`),
  bomb('a flood of brackets', `{ ${'a{'.repeat(100_000)}`),
  bomb('a flood of list brackets', `{ instances(filter: ${'['.repeat(200_000)}`),
  bomb(
    'hundreds of operations',
    many(300, (n) => `query q${n} { viewer { subject } }`),
  ),
  bomb(
    'introspection within introspection',
    `{ __schema { types { ${nested(4, 'fields { type', DEEP_TYPE).replaceAll('fields { type {', 'fields { type {')} ${'}'.repeat(4)} } } }`,
  ),
  bomb(
    'introspection by many names',
    `{ __schema { ${many(9, (n) => `a${n}: types { ...f }`)} } } fragment f on __Type { ${many(9, (n) => `b${n}: fields { type { ...g } }`)} }` +
      ` fragment g on __Type { ${many(9, (n) => `c${n}: fields { name description }`)} }`,
  ),
  bomb('a condition on a subscription', 'subscription { instanceChanges @skip(if: true) { kind } }'),
  deepVariables('variables within variables', CREATE, 200_000),
  bomb('a huge list of variables', 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
    ids: Array.from({ length: 200_000 }, (_, n) => n),
  }),
  bomb('unknown fields in an input', CREATE, {
    input: Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`x${n}`, n])),
  }),
  bomb('a long text', 'query ($name: String!) { definitionByName(name: $name) { id } }', {
    name: 'x'.repeat(1_000_000),
  }),
  bomb('a long text in the document', `{ definitionByName(name: "${'x'.repeat(1_000_000)}") { id } }`),
  bomb('a long name', `{ ${'x'.repeat(1_000_000)} }`),
  bomb(
    'hundreds of unknown fields',
    `{ ${many(9, (n) => `definition${n}x`)} viewer { ${many(900, (n) => `subjec${n}`)} } }`,
  ),
];
