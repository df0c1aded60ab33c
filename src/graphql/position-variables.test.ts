import { buildSchema, getOperationAST, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { positionVariables } from './position-variables.js';

const schema = buildSchema(`
  type Query { none: Int }
  type Subscription { changes(after: String, filter: String): Change  ticks(every: Int): Int }
  type Change { kind: String  more(after: String): Int }
`);

function of(source: string): string[] | null {
  const document = parse(source);
  const operation = getOperationAST(document);
  if (!operation) throw new Error('no operation');
  const found = positionVariables(schema, document, operation);
  return found && [...found];
}

describe('variables that say where a stream begins', () => {
  it('are those given as `after` and nowhere else', () => {
    expect(of('subscription($a: String, $f: String) { changes(after: $a, filter: $f) { kind } }')).toEqual([
      'a',
    ]);
    expect(of('subscription { changes(after: "x") { kind } }')).toEqual([]);
    expect(of('subscription { changes { kind } }')).toEqual([]);
  });

  it('are none that later messages depend on', () => {
    expect(of('subscription($a: String) { changes(after: $a, filter: $a) { kind } }')).toEqual([]);
    expect(of('subscription($a: String) { changes(after: $a) { more(after: $a) } }')).toEqual([]);
    expect(
      of('subscription($a: String) { changes(after: $a) { ...F } } fragment F on Change { more(after: $a) }'),
    ).toEqual([]);
  });

  it('do not exist where there is no such stream', () => {
    expect(of('subscription { ticks }')).toBeNull();
    expect(
      of('subscription($a: String) { ...S } fragment S on Subscription { changes(after: $a) { kind } }'),
    ).toBeNull();
    expect(of('{ none }')).toBeNull();
  });
});
