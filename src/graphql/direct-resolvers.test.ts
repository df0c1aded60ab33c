import 'reflect-metadata';
import { printSchema, type GraphQLObjectType } from 'graphql';
import {
  Arg,
  Args,
  ArgsType,
  Authorized,
  buildSchemaSync,
  Ctx,
  Field,
  Info,
  Int,
  Query,
  Resolver,
  UseMiddleware,
} from 'type-graphql';
import { describe, expect, it } from 'vitest';
import { callDirectly } from './direct-resolvers.js';

@ArgsType()
class Both {
  @Field(() => Int)
  a!: number;

  @Field(() => Int, { nullable: true })
  b?: number;
}

@Resolver()
class Good {
  private readonly greeting = 'given';

  @Query(() => String)
  goodArgs(@Ctx() context: { name: string }, @Args(() => Both) args: Both): string {
    return `${this.greeting} ${context.name} ${JSON.stringify(args)} ${args instanceof Both}`;
  }

  @Query(() => String)
  goodArg(@Arg('of', () => Int) of: number): string {
    return `${this.greeting} ${of}`;
  }
}

@Resolver()
class WithMiddleware {
  @Query(() => String)
  @UseMiddleware(() => Promise.reject(new Error('kept out')))
  guarded(): string {
    return 'secret';
  }
}

@Resolver()
class WithRoles {
  @Query(() => String)
  @Authorized('ADMIN')
  forRoles(): string {
    return 'secret';
  }
}

@Resolver()
class WithPart {
  @Query(() => String)
  partOfContext(@Ctx('name') name: string): string {
    return name;
  }
}

@Resolver()
class WithInfo {
  @Query(() => String)
  withInfo(@Info() info: object): string {
    return JSON.stringify(info);
  }
}

const schemaOf = (resolver: new () => object) =>
  buildSchemaSync({ resolvers: [resolver], validate: false, authChecker: () => false });

describe('root fields that are called directly', () => {
  it('get context and arguments in the order of their parameters, as graphql-js made them', () => {
    const schema = schemaOf(Good);
    const before = printSchema(schema);
    callDirectly(schema, [Good]);
    const { goodArgs, goodArg } = (schema.getQueryType() as GraphQLObjectType).getFields();
    const ask = (field: typeof goodArg, args: object) =>
      field?.resolve?.({}, args, { name: 'me' }, {} as never);
    expect(ask(goodArgs, { a: 1 })).toBe('given me {"a":1} false');
    expect(ask(goodArg, { of: 2 })).toBe('given 2');
    expect(printSchema(schema)).toBe(before);
  });

  it.each([
    ['middlewares', WithMiddleware],
    ['roles', WithRoles],
    ['a part of the context', WithPart],
    ['what was not foreseen', WithInfo],
  ])('are refused at the start with %s, which would be left out', (_, resolver) => {
    expect(() => callDirectly(schemaOf(resolver), [resolver])).toThrow(/: (no value|middlewares and roles)/);
  });

  it('are left alone where the class is of another schema', () => {
    const schema = schemaOf(WithMiddleware);
    const before = schema.getQueryType()?.getFields()['guarded']?.resolve;
    callDirectly(schema, [Good]);
    expect(schema.getQueryType()?.getFields()['guarded']?.resolve).toBe(before);
  });
});
