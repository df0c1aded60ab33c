import { buildSchema, parse, validate, visit } from 'graphql';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as definitions from './console/api-definitions.js';
import * as workers from './console/api-workers.js';
import * as instances from './console/api.js';
import { defaultTabs } from './explorer/default-tab.js';

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
const documents = Object.entries({ ...instances, ...workers, ...definitions }).filter(
  (entry): entry is [string, string] => typeof entry[1] === 'string',
);

test.each(documents)('the console document %s fits the schema', (_name, text) => {
  expect(validate(schema, parse(text)).map(({ message }) => message)).toEqual([]);
});

test("the explorer's first tab fits the schema and has a value for every variable", () => {
  const [tab] = defaultTabs;
  const document = parse(tab?.query ?? '');
  expect(validate(schema, document).map(({ message }) => message)).toEqual([]);
  const names = new Set<string>();
  visit(document, { VariableDefinition: ({ variable }) => void names.add(variable.name.value) });
  expect(Object.keys(JSON.parse(tab?.variables ?? '{}')).sort()).toEqual([...names].sort());
});
