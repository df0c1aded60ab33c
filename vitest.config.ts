import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const ALL = ['src/**/*.test.{ts,tsx}', 'tests/**/*.test.ts'];
/** What looks at times or at processor time: after all others, and one by one. */
const TIMED = [
  'tests/document-bombs.test.ts',
  'tests/hidden-in-time.test.ts',
  'tests/leadership.test.ts',
  'tests/live-outages.test.ts',
  'tests/live-rights.test.ts',
  'tests/load.test.ts',
  'tests/slow-clients.test.ts',
  'tests/store-outage.test.ts',
];

export default defineConfig({
  resolve: {
    alias: [
      // type-graphql and the tests must share one copy of graphql.
      { find: /^graphql$/, replacement: 'graphql/index.js' },
      // The suite of Apollo Server is written for Jest.
      {
        find: /^@jest\/globals$/,
        replacement: fileURLToPath(new URL('tests/support/jest-globals.ts', import.meta.url)),
      },
    ],
    // It brings a copy of Apollo Server; what it tests is ours.
    dedupe: ['@apollo/server'],
  },
  test: {
    projects: [
      {
        extends: true,
        test: { name: 'all', include: ALL, exclude: TIMED, maxWorkers: 2, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: { name: 'timed', include: TIMED, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
    // Ends what hangs; a loaded machine must not end a test.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    server: { deps: { inline: ['@apollo/server-integration-testsuite'] } },
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/**/*.test.ts', 'src/client/generated.ts', 'src/web/**', 'src/main.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: {
        lines: 85,
        statements: 85,
        functions: 85,
        branches: 80,
        'src/claims/**': { lines: 90, branches: 90 },
        'src/{definitions,instances,workers,worker-templates}/*-state.ts': { lines: 90, branches: 90 },
        'src/{definitions/definition,instances/instance,workers/worker,worker-templates/template}.ts': {
          lines: 90,
          branches: 90,
        },
        'src/db/**': { lines: 85 },
        'src/live/etcd-*.ts': { lines: 80 },
      },
    },
  },
});
