/**
 * The import rules find what they are there to find. Each rule gets a small source tree with one violation, and must
 * be the only one to complain.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { cruise, type ICruiseResult, type IConfiguration } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const CONFIG = new URL('../.dependency-cruiser.cjs', import.meta.url).pathname;
const rules = (createRequire(import.meta.url)(CONFIG) as IConfiguration).forbidden ?? [];

/**
 * What each file imports: paths of the tree, packages, Node's modules; after `type:` or `inline:` for
 * its types alone, after `export:` to export it again.
 */
type Tree = Readonly<Record<string, readonly string[]>>;

/** For every rule a tree that breaks it once. Files that are imported and not listed are made, without imports. */
const violations: Readonly<Record<string, Tree>> = {
  lib: { 'src/lib/ids.ts': ['src/logger.ts'] },
  errors: { 'src/errors.ts': ['src/lib/ids.ts'] },
  'base-files': { 'src/logger.ts': ['src/db/paging.ts'] },
  settings: { 'src/settings/live.ts': ['src/errors.ts'] },
  'translate-error': { 'src/translate-error.ts': ['src/live/watch-hub.ts'] },
  db: { 'src/db/mongo-document-store.ts': ['src/instances/transitions.ts'] },
  live: { 'src/live/watch-hub.ts': ['src/instances/transitions.ts'] },
  embedded: { 'src/embedded/embedded-live-store.ts': ['src/claims/keys.ts'] },
  telemetry: { 'src/telemetry/watched-stores.ts': ['src/instances/transitions.ts'] },
  auth: { 'src/auth/policies.ts': ['src/instances/instance.ts'] },
  claims: { 'src/claims/ledger.ts': ['src/workers/worker-repository.ts'] },
  records: { 'src/events/publish-events.ts': ['src/instances/instance-repository.ts'] },
  repair: { 'src/repair/pass.ts': ['src/instances/terminate-instance.ts'] },
  pure: { 'src/instances/instance.ts': ['src/instances/instance-model.ts'] },
  'pure-without-io': { 'src/instances/timeslot.ts': ['node:fs'] },
  artifact: { 'src/definitions/artifact-file.ts': ['src/definitions/create-definition.ts'] },
  'model-and-repository': { 'src/instances/instance-repository.ts': ['src/workers/worker-repository.ts'] },
  loader: { 'src/workers/worker-loader.ts': ['src/workers/worker-repository.ts'] },
  command: { 'src/instances/schedule-instance.ts': ['src/workers/worker-repository.ts'] },
  query: { 'src/instances/list-instances.ts': ['src/instances/instance-repository.ts'] },
  'side-operation': { 'src/events/list-events.ts': ['src/instances/list-instances.ts'] },
  'graphql-of-a-feature': { 'src/instances/instance.graphql.ts': ['src/workers/get-worker.ts'] },
  'rest-of-a-feature': { 'src/instances/instance.rest.ts': ['src/instances/instance-repository.ts'] },
  edges: { 'src/instances/instance.edges.ts': ['src/workers/worker-repository.ts'] },
  graphql: { 'src/graphql/schema.ts': ['src/instances/create-instance.ts'] },
  'graphql-root': { 'src/graphql/root.graphql.ts': ['src/instances/list-instances.ts'] },
  'graphql-loaders': { 'src/graphql/loaders.ts': ['src/instances/instance-repository.ts'] },
  rest: { 'src/rest/routes.ts': ['src/instances/instance.graphql.ts'] },
  cli: { 'src/cli/cli.ts': ['src/server.ts'] },
  'cli-on-the-server': { 'src/cli/serve.ts': ['src/context.ts'] },
  'cli-on-the-stores': { 'src/cli/check.ts': ['src/instances/create-instance.ts'] },
  client: { 'src/client/changes.ts': ['type:src/instances/transitions.ts'] },
  web: { 'src/web/console/page.tsx': ['src/lib/ids.ts'] },
  'no-node-in-browser': { 'src/client/changes.ts': ['node:timers'] },
  'client-packages': { 'src/client/changes.ts': ['zod'] },
  'etcd-driver': { 'src/live/watch-hub.ts': ['etcd3'] },
  'mongo-driver': { 'src/instances/instance-repository.ts': ['mongoose'] },
  's3-driver': { 'src/definitions/artifact-bucket.ts': ['@aws-sdk/client-s3'] },
  'tracing-driver': { 'src/telemetry/watched-stores.ts': ['@opentelemetry/api'] },
  'embedded-driver': { 'src/db/paging.ts': ['mingo'] },
  decorators: { 'src/rest/routes.ts': ['type-graphql'] },
  'no-circular': { 'src/lib/ids.ts': ['src/lib/clock.ts'], 'src/lib/clock.ts': ['src/lib/ids.ts'] },
  'no-orphans': { 'src/lib/ids.ts': [] },
  'known-place': { 'src/context.ts': ['src/services/instances.ts'] },
  'no-barrel': { 'src/lib/index.ts': ['export:src/lib/ids.ts'] },
  'no-import-of-tests': { 'src/context.ts': ['tests/support/engines.ts'] },
  'no-dev-package': { 'src/context.ts': ['vitest'] },
  'no-unlisted-package': { 'src/context.ts': ['left-pad'] },
};

/** One importer of every kind with all that it may import: nothing to complain about. */
const allowed: Tree = {
  'src/main.ts': ['src/cli/serve.ts', 'src/cli/token.ts', 'src/cli/instances.ts'],
  'src/cli/serve.ts': ['src/server.ts', 'src/config.ts', 'src/client/index.ts'],
  'src/cli/instances.ts': ['src/client/index.ts', 'src/lib/ids.ts', 'src/errors.ts', 'commander'],
  'src/cli/token.ts': ['src/auth/development-tokens.ts', 'src/config.ts'],
  'src/client/index.ts': ['export:src/client/changes.ts', 'graphql-ws'],
  'src/web/console/main.tsx': ['src/client/index.ts', 'react'],
  'src/server.ts': ['src/context.ts', 'src/graphql/apollo.ts', 'src/rest/routes.ts'],
  'src/context.ts': [
    'src/instances/instance-model.ts',
    'src/live/etcd-live-store.ts',
    'src/db/mongo-document-store.ts',
    'src/embedded/embedded-live-store.ts',
    'src/repair/pass.ts',
    'src/deployment/tick.ts',
    'src/idempotency/records.ts',
    'src/translate-error.ts',
    'src/logger.ts',
  ],
  'src/translate-error.ts': ['src/errors.ts', 'src/db/document-store.ts', 'src/live/live-store.ts'],
  'src/logger.ts': ['src/lib/ids.ts', 'pino'],
  'src/lib/ids.ts': ['src/errors.ts', 'type:src/logger.ts', 'zod'],
  'src/db/mongo-document-store.ts': ['src/db/document-store.ts', 'src/errors.ts', 'mongoose'],
  'src/live/etcd-live-store.ts': ['src/live/live-store.ts', 'src/metrics.ts', 'etcd3'],
  'src/embedded/embedded-live-store.ts': ['src/live/live-store.ts', 'src/db/document-store.ts', 'lmdb'],
  'src/auth/policies.ts': ['src/lib/ids.ts', 'type:src/instances/instance-model.ts'],
  'src/claims/ledger.ts': ['src/claims/fits.ts', 'src/live/live-store.ts'],
  'src/telemetry/watched-stores.ts': [
    'src/db/document-store.ts',
    'src/live/live-store.ts',
    'src/metrics.ts',
    'src/telemetry/otlp-tracer.ts',
  ],
  'src/telemetry/otlp-tracer.ts': ['src/lib/tracing.ts', '@opentelemetry/api'],
  'src/claims/fits.ts': ['src/errors.ts', 'src/claims/ports.ts', 'src/workers/transitions.ts'],
  'src/idempotency/records.ts': ['src/db/document-store.ts', 'node:crypto'],
  'src/deployment/tick.ts': ['src/claims/values.ts', 'src/deployment/deployment-model.ts'],
  'src/events/publish-events.ts': ['src/events/event-model.ts', 'src/live/live-store.ts'],
  'src/events/list-events.ts': ['src/auth/policies.ts', 'src/db/paging.ts'],
  'src/events/event.graphql.ts': ['src/events/list-events.ts', 'src/graphql/connection.ts'],
  'src/repair/pass.ts': [
    'src/claims/ledger.ts',
    'src/instances/instance-repository.ts',
    'src/instances/instance.ts',
    'src/repair/lost-worker.ts',
  ],
  'src/instances/instance.ts': [
    'src/errors.ts',
    'src/lib/ids.ts',
    'src/claims/capacity.ts',
    'src/instances/transitions.ts',
    'type:src/instances/instance-model.ts',
    'zod',
  ],
  'src/definitions/lab-file/read-lab-file.ts': ['src/definitions/definition.ts', 'yaml', 'node:buffer'],
  'src/definitions/artifact-reader.ts': ['src/definitions/lab-file/read-lab-file.ts', 'node:fs'],
  'src/instances/instance-model.ts': ['src/instances/transitions.ts', 'src/claims/license.ts', 'mongoose'],
  'src/instances/instance-repository.ts': [
    'src/instances/instance.ts',
    'src/instances/instance-model.ts',
    'src/db/document-store.ts',
  ],
  'src/instances/instance-loader.ts': [
    'src/auth/policies.ts',
    'src/db/document-store.ts',
    'src/instances/view-instance.ts',
  ],
  'src/instances/schedule-instance.ts': [
    'src/instances/instance-repository.ts',
    'src/instances/instance.ts',
    'src/instances/schedule-pass.ts',
    'src/auth/policies.ts',
    'src/claims/ledger.ts',
    'src/workers/worker.ts',
    'src/workers/get-worker.ts',
  ],
  'src/instances/list-instances.ts': [
    'src/auth/policies.ts',
    'src/db/paging.ts',
    'src/workers/get-worker.ts',
  ],
  'src/instances/instance.graphql.ts': [
    'src/instances/schedule-instance.ts',
    'src/instances/instance.types.graphql.ts',
    'src/graphql/connection.ts',
    'type-graphql',
  ],
  'src/definitions/artifact-object.ts': ['src/definitions/artifact-faults.ts', '@aws-sdk/client-s3'],
  'src/instances/instance.rest.ts': ['src/instances/list-instances.ts', 'src/rest/route-table.ts'],
  'src/instances/instance.edges.ts': [
    'src/workers/worker.graphql.ts',
    'src/workers/worker-loader.ts',
    'src/instances/transitions.ts',
    'src/graphql/connection.ts',
  ],
  'src/graphql/apollo.ts': ['src/graphql/schema.ts', 'src/graphql/loaders.ts', 'src/auth/policies.ts'],
  'src/graphql/schema.ts': [
    'src/instances/instance.graphql.ts',
    'src/instances/instance.edges.ts',
    'src/events/event.graphql.ts',
    'src/graphql/root.graphql.ts',
  ],
  'src/graphql/root.graphql.ts': ['src/live/get-live-revision.ts', 'src/graphql/connection.ts'],
  'src/graphql/loaders.ts': ['src/instances/instance-loader.ts'],
  'src/graphql/request-context.ts': ['type:src/context.ts', 'src/graphql/loaders.ts'],
  'src/rest/routes.ts': ['src/instances/instance.rest.ts', 'src/auth/policies.ts'],
  'src/instances/instance.test.ts': [
    'src/workers/worker-repository.ts',
    'vitest',
    'tests/support/engines.ts',
  ],
};

const PACKAGES = {
  dependencies: [
    '@aws-sdk/client-s3',
    '@opentelemetry/api',
    'commander',
    'etcd3',
    'graphql-ws',
    'lmdb',
    'mingo',
    'mongoose',
    'pino',
    'type-graphql',
    'yaml',
    'zod',
  ],
  devDependencies: ['react', 'vitest'],
};

let folder: string;
let trees = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lablet-import-rules-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The names of the rules that the tree breaks, one for each violation. */
async function brokenRules(tree: Tree): Promise<string[]> {
  const root = join(folder, String((trees += 1)));
  await plant(root, tree);
  const options = await extractDepcruiseOptions(CONFIG);
  const { output } = await cruise(['src'], { ...options, baseDir: root });
  return (output as ICruiseResult).summary.violations.map(({ rule }) => rule.name);
}

async function plant(root: string, tree: Tree): Promise<void> {
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  const targets = new Set(Object.values(tree).flat().map(targetOf));
  for (const path of targets) {
    if (/^(?:src|tests)\//.test(path) && !(path in tree)) await write(path, 'export const it = 1;\n');
  }
  for (const [path, imports] of Object.entries(tree)) {
    const lines = imports.map((target) => statement(path, target));
    await write(path, [...lines, 'export const own = 1;', ''].join('\n'));
  }
  const list = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, '1.0.0']));
  for (const name of Object.values(PACKAGES).flat()) {
    if (!targets.has(name)) continue;
    await write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }));
    await write(`node_modules/${name}/index.js`, 'exports.it = 1;\n');
  }
  await write(
    'package.json',
    JSON.stringify({
      dependencies: list(PACKAGES.dependencies),
      devDependencies: list(PACKAGES.devDependencies),
    }),
  );
}

const targetOf = (target: string): string => target.replace(/^(?:type|inline|export):/, '');

function statement(from: string, target: string): string {
  const path = targetOf(target);
  const inTree = /^(?:src|tests)\//.test(path);
  const specifier = inTree ? `./${relative(dirname(from), path).replace(/\.tsx?$/, '.js')}` : path;
  if (target.startsWith('type:')) return `import type { it } from '${specifier}';`;
  if (target.startsWith('inline:')) return `import { type it } from '${specifier}';`;
  if (target.startsWith('export:')) return `export { it } from '${specifier}';`;
  return `import '${specifier}';`;
}

describe('import rules', () => {
  it('have a tree each that breaks them', () => {
    expect(Object.keys(violations).sort()).toEqual(rules.map(({ name }) => String(name)).sort());
  });

  it.each(Object.entries(violations))(
    '%s is found where it is broken, and nothing else',
    async (rule, tree) => {
      expect(new Set(await brokenRules(tree))).toEqual(new Set([rule]));
    },
  );

  it('find nothing where every kind of file imports only what it may', async () => {
    expect(await brokenRules(allowed)).toEqual([]);
  });

  it('do not count imports of types alone, in either way of writing', async () => {
    const tree = { 'src/instances/instance.ts': ['type:src/context.ts', 'inline:src/server.ts'] };
    expect(await brokenRules(tree)).toEqual([]);
  });

  it('take cycles through types for none', async () => {
    const tree = { 'src/lib/ids.ts': ['src/lib/clock.ts'], 'src/lib/clock.ts': ['type:src/lib/ids.ts'] };
    expect(await brokenRules(tree)).toEqual([]);
  });
});
