/**
 * Apollo's suite for integrations of its server, against the server that `src/server.ts` builds: its HTTP server, its
 * settings and its plugins. What we add to an answer is taken out first, since the suite compares whole bodies.
 */
import { defineIntegrationTestSuite } from '@apollo/server-integration-testsuite';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyRequest } from 'fastify';
import type { GraphQLFormattedError } from 'graphql';
import { expect, it } from 'vitest';
import { NOBODY } from '../src/auth/identify.js';
import { readConfig } from '../src/config.js';
import { compiledExecution } from '../src/graphql/compiled-execution.js';
import { createApollo, type ApolloPart, type ApolloParts } from '../src/graphql/apollo.js';
import type { RequestContext } from '../src/graphql/request-context.js';
import { systemIds } from '../src/lib/ids.js';
import { createLogger } from '../src/logger.js';
import { createHttp, documentLimits } from '../src/server.js';

type Off = ApolloPart | 'masking' | 'introspection' | 'mediaType';

/** What this server does on purpose in another way, by the tests that expect Apollo's; for all others it is in force. */
const OFF: readonly (readonly [off: Off, tests: RegExp])[] = [
  // Nothing here may be cached by others, and the hints double the cost of a list.
  [
    'noCacheControl',
    /cachePolicy|> applies cacheControl Headers|CacheControl headers? when|cache-control (?:not )?set/i,
  ],
  // Hints are gathered by what graphql-js executes.
  ['compiled', /applies cacheControl Headers for batched/],
  ['noLandingPage', /renderLandingPage > (?:defaults to|can specify)/],
  // Introspection is a setting of its own here, and does not depend on NODE_ENV.
  ['introspection', /prevents introspection by default during production/],
  // All faults of the variables are told at once, as VALIDATION_FAILED with their places.
  ['variables', /appropriate error for bad user input/],
  // An unforeseen error is masked and logged, and no field of `extensions` goes out that is not ours.
  [
    'masking',
    new RegExp(
      [
        'prevents introspection by default',
        'custom scalar parseValue',
        'allows setting a custom status code for an error',
        'does not expose stack',
        'on `didResolveOperation` error',
        'error munging',
        'propagates error codes in dev mode',
        'shows error extensions in extensions',
        'didResolveOperation results in error with default',
        'graphqlHTTP > returns errors',
        'GraphQLError HTTP extensions are respected',
      ].join('|'),
    ),
  ],
  // A body in another media type is 415 for every path, before Apollo Server hears of it.
  ['mediaType', /CSRF prevention > default|if POST body is empty|if invalid content-type/],
];

const config = readConfig({ PORT: '0' });
const [logger, ids] = [createLogger('silent'), systemIds()];

const plainErrors = {
  formatError: (shown: GraphQLFormattedError) => shown,
  includeStacktraceInErrorResponses: undefined,
};
const left = new Set<Off>();
const isPart = (off: Off): off is ApolloPart => !['masking', 'introspection', 'mediaType'].includes(off);

defineIntegrationTestSuite(async (given, { context: thunk } = {}) => {
  const name = expect.getState().currentTestName ?? '';
  const off = OFF.filter(([, tests]) => tests.test(name)).map(([part]) => part);
  for (const part of off) left.add(part);
  const http = createHttp(config, { ids, logger }, '/');
  if (off.includes('mediaType')) http.addContentTypeParser('*', async () => ({}));
  http.addHook<string>('onSend', async (_request, _reply, payload) => withoutOurs(payload));
  const limits = documentLimits(config);
  const apollo = createApollo({
    // It has one among the options, in this form or another.
    schema: undefined as never,
    limits,
    introspection: true,
    logger,
    compiled: compiledExecution(limits, logger),
    options: {
      ...(off.includes('masking') ? plainErrors : {}),
      ...(off.includes('introspection') ? { introspection: false } : {}),
      ...given,
    } as ApolloParts['options'],
    without: off.filter(isPart),
  });
  await apollo.start();
  const context = async ({ id: requestId }: FastifyRequest) => {
    const theirs = await thunk?.();
    return { ...theirs, requestId, identity: NOBODY } as RequestContext;
  };
  http.route({ url: '/', method: ['GET', 'POST'], handler: fastifyApolloHandler(apollo, { context }) });
  const url = await http.listen({ host: '127.0.0.1', port: 0 });
  // The suite has types of its own copy of Apollo Server.
  return { server: apollo as never, url, extraCleanup: () => http.close() };
});

it('every part that is off is off for some test', () => {
  expect([...left].sort()).toEqual(OFF.map(([part]) => part).sort());
});

/** The body as Apollo Server alone would have sent it. */
function withoutOurs(payload: string): string {
  let body: any;
  try {
    body = JSON.parse(payload);
  } catch {
    return payload;
  }
  for (const answer of [body].flat()) {
    for (const { extensions } of answer.errors ?? []) {
      for (const field of ['requestId', 'retryable', 'httpStatus', 'details']) delete extensions?.[field];
    }
    if (!answer.extensions?.cost) continue;
    delete answer.extensions.cost;
    if (Object.keys(answer.extensions).length === 0) delete answer.extensions;
  }
  return JSON.stringify(body);
}
