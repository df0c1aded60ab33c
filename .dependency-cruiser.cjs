/**
 * Who may import whom. A row says, for one kind of file, what it may import beside itself; what no row allows is a
 * violation. Imports of types alone count for `client/` and `web/` only.
 *
 * In a capability folder the name tells the kind: `*.graphql.ts`, `*.rest.ts`, `*.edges.ts`, `*-model.ts`,
 * `*-repository.ts`, `*-loader.ts`, `artifact-*.ts`; an operation, or a step of one, by its first word. Everything
 * else there is pure. A new verb is added to QUERY or COMMAND.
 */
const QUERY =
  '(?:(?:find|get|inspect|list|preview|read|render|select|stream|view|watch)-[a-z-]+|approaching-instances|definition-difference|placement-preview)';
const COMMAND =
  '(?:archive|cancel|change|close|create|deprecate|drain|end|load|open|publish|record|register|reload|report|schedule|seed|store' +
  '|sync|terminate|transition|update)-[a-z-]+';
const CAPABILITY = '(?:definitions|instances|workers|worker-templates)';
const KNOWN =
  '^src/(?:(?:auth|claims|cli|client|db|definitions|deployment|embedded|events|graphql|idempotency|instances|lib' +
  '|live|repair|rest|scheduling|settings|telemetry|web|worker-templates|workers)/' +
  '|(?:config|context|errors|leader-duties|logger|main|metrics|server|stores|translate-error)\\.ts$)';

const COMMON = '^src/(?:lib/|(?:errors|logger|metrics)\\.ts$)';
const TEST = '\\.test\\.tsx?$';
const TRANSPORT = '\\.(?:graphql|rest|edges)\\.ts$';
const POLICIES = '^src/auth/policies\\.ts$';
const PORTS = '^src/(?:db|live)/';
const CLAIMS = '^src/claims/';
const PURE_CLAIMS = `${CLAIMS}(?:capacity|claim-texts|claim-values|draft|fits|image|keys|license|ports|values)\\.ts$`;
/** Operations outside the capability folders. */
const SIDE_OPERATION = '^src/(events|live|repair)/(?:get|list|run)-[a-z-]+\\.ts$';

const operations = (folder) => `^src/${folder}/(?:${QUERY}|${COMMAND})\\.ts$`;
const stored = (folder, kinds) => `^src/${folder}/[a-z-]+-(?:${kinds})\\.ts$`;
const pure = (folder) =>
  `^src/${folder}/(?:[a-z-]+/|` +
  `(?!(?:${QUERY}|${COMMAND}|artifact-[a-z-]+|[a-z-]+-(?:model|repository|loader))\\.ts$))[^/.]+\\.ts$`;
const artifact = '^src/definitions/artifact-[a-z-]+\\.ts$';
const PURE = [pure(CAPABILITY), PURE_CLAIMS];

/** Files that match `from` may import what matches `allowed` and no more; `$1` is what the brackets in `from` matched. */
function row(name, comment, from, allowed, { except = [], common = [COMMON], typesCount = false } = {}) {
  const to = { path: '^src/', pathNot: [...common, ...allowed] };
  if (!typesCount) to.dependencyTypesNot = ['type-only'];
  return { name, comment, severity: 'error', from: { path: from, pathNot: [TEST, ...except] }, to };
}

/** A driver has one place: at run time only `users` import these packages. */
function driver(name, comment, packages, users) {
  const to = { path: `^(?:node_modules/)?(?:${packages})(?:/|$)`, dependencyTypesNot: ['type-only'] };
  return { name, comment, severity: 'error', from: { path: '^src/', pathNot: [TEST, ...users] }, to };
}

const foundation = [
  row('lib', 'lib/ imports packages and errors.ts.', '^src/lib/', ['^src/lib/', '^src/errors\\.ts$'], {
    common: [],
  }),
  row('errors', 'errors.ts imports nothing of the program.', '^src/errors\\.ts$', [], { common: [] }),
  row(
    'base-files',
    'logger.ts, metrics.ts and config.ts import lib/ and errors.ts, config.ts also settings/.',
    '^src/(?:logger|metrics|config)\\.ts$',
    ['^src/settings/'],
    { common: ['^src/(?:lib/|errors\\.ts$)'] },
  ),
  row('settings', 'settings/ imports lib/.', '^src/settings/', ['^src/(?:lib|settings)/'], { common: [] }),
  row('translate-error', "translate-error.ts imports the stores' ports.", '^src/translate-error\\.ts$', [
    '^src/db/document-store\\.ts$',
    '^src/live/live-store\\.ts$',
  ]),
  row('db', 'db/ imports its drivers and no feature.', '^src/db/', ['^src/db/']),
  row('live', 'live/ imports its drivers and no feature.', '^src/live/', ['^src/live/']),
  row(
    'embedded',
    'embedded/ imports its drivers and the ports that it implements, and no feature.',
    '^src/embedded/',
    ['^src/embedded/', PORTS],
  ),
  row(
    'telemetry',
    'telemetry/ watches operations and stores from outside: it imports the ports and no feature.',
    '^src/telemetry/',
    ['^src/telemetry/', '^src/(?:db/document-store|live/live-store)\\.ts$'],
  ),
  row('auth', 'auth/ imports no feature and no store.', '^src/auth/', ['^src/auth/']),
  row(
    'claims',
    'claims/ imports db/, live/ and pure files; no transport.',
    CLAIMS,
    [CLAIMS, PORTS, ...PURE],
    { except: [PURE_CLAIMS] },
  ),
  row(
    'records',
    'idempotency/, events/ and deployment/ import db/, live/ and the pure files of claims/; no feature, no transport.',
    '^src/(idempotency|events|deployment)/',
    ['^src/$1/[^/.]+\\.ts$', PORTS, PURE_CLAIMS],
    { except: [TRANSPORT, SIDE_OPERATION] },
  ),
  row(
    'repair',
    'repair/ imports db/, live/, claims/, repositories and pure files; no transport.',
    '^src/repair/',
    ['^src/repair/[^/.]+\\.ts$', PORTS, CLAIMS, stored(CAPABILITY, 'repository'), ...PURE],
    { except: [TRANSPORT, SIDE_OPERATION] },
  ),
];

const features = [
  row(
    'pure',
    'Aggregates, transitions and the pure files of claims/ import other pure files. (Is it an operation? Then its first word is missing among the verbs of .dependency-cruiser.cjs.)',
    PURE,
    PURE,
  ),
  {
    name: 'pure-without-io',
    comment:
      'Pure files reach nothing outside: of packages zod, yaml and lru-cache, of Node buffer and crypto.',
    severity: 'error',
    from: { path: PURE, pathNot: [TEST] },
    to: {
      pathNot: ['^src/', '^(?:node:)?(?:buffer|crypto)$', '^(?:node_modules/)?(?:zod|yaml|lru-cache)(?:/|$)'],
      dependencyTypesNot: ['type-only'],
    },
  },
  row('artifact', 'Reading artifacts imports its own files and pure files of definitions/.', artifact, [
    artifact,
    pure('definitions'),
  ]),
  row(
    'model-and-repository',
    'A model or repository imports its aggregate and what that may import, db/ and live/.',
    stored(`(${CAPABILITY})`, 'model|repository'),
    [stored('$1', 'model'), PORTS, ...PURE],
  ),
  row(
    'loader',
    'A loader imports the aggregate and the queries of its feature, db/, live/ and auth/policies.ts.',
    stored(`(${CAPABILITY})`, 'loader'),
    [stored('$1', 'model'), pure('$1'), `^src/$1/${QUERY}\\.ts$`, PURE_CLAIMS, PORTS, POLICIES],
  ),
  row(
    'command',
    'A command imports its aggregate and repository, auth/policies.ts, claims/ and the ports; of another feature pure files and operations.',
    `^src/(${CAPABILITY})/${COMMAND}\\.ts$`,
    [stored('$1', 'repository'), POLICIES, CLAIMS, PORTS, operations(CAPABILITY), ...PURE],
  ),
  row(
    'query',
    'A query imports auth/policies.ts, claims/, the ports, pure files and operations; no repository.',
    `^src/${CAPABILITY}/${QUERY}\\.ts$`,
    [POLICIES, CLAIMS, PORTS, operations(CAPABILITY), ...PURE],
  ),
  row(
    'side-operation',
    'An operation of events/, live/ or repair/ imports its own folder, auth/policies.ts, db/, live/ and pure files.',
    SIDE_OPERATION,
    ['^src/$1/[^/.]+\\.ts$', POLICIES, PORTS, ...PURE],
  ),
];

const transports = [
  ...['graphql', 'rest'].map((kind) =>
    row(
      `${kind}-of-a-feature`,
      `*.${kind}.ts imports the operations and pure files of its feature and the helpers in ${kind}/.`,
      `^src/(${CAPABILITY}|events|repair)/[^/]+\\.${kind}\\.ts$`,
      [
        `^src/(?:$1/[^/]+\\.${kind}|${kind}/[^/.]+)\\.ts$`,
        operations('$1'),
        pure('$1'),
        PURE_CLAIMS,
        SIDE_OPERATION,
      ],
    ),
  ),
  row(
    'edges',
    '*.edges.ts imports object types and loaders of any feature, operations and pure files of its own, and the helpers in graphql/.',
    '^src/([^/]+)/[^/]+\\.edges\\.ts$',
    [
      '\\.graphql\\.ts$',
      stored(CAPABILITY, 'loader'),
      '^src/graphql/[^/.]+\\.ts$',
      operations('$1'),
      pure('$1'),
      PURE_CLAIMS,
    ],
  ),
  row(
    'graphql',
    'graphql/ imports the transport files of the features, auth/ and translate-error.ts.',
    '^src/graphql/',
    ['^src/(?:graphql|auth)/', '^src/translate-error\\.ts$', '\\.(?:graphql|edges)\\.ts$'],
    { except: ['^src/graphql/(?:loaders|root\\.graphql)\\.ts$'] },
  ),
  row(
    'graphql-root',
    'graphql/root.graphql.ts holds the fields that belong to no feature: it imports operations outside the features.',
    '^src/graphql/root\\.graphql\\.ts$',
    ['^src/(?:graphql|auth)/', SIDE_OPERATION],
  ),
  row(
    'graphql-loaders',
    'graphql/loaders.ts imports the loaders of the features.',
    '^src/graphql/loaders\\.ts$',
    [stored(CAPABILITY, 'loader'), stored('repair', 'loader')],
  ),
  row('rest', 'rest/ imports the routes of the features and auth/.', '^src/rest/', [
    '^src/(?:rest|auth)/',
    '\\.rest\\.ts$',
  ]),
];

const users = [
  row('cli', 'cli/ imports client/.', '^src/cli/', ['^src/(?:cli|client)/'], {
    except: ['^src/cli/(?:check|serve|settings|token)\\.ts$'],
  }),
  row(
    'cli-on-the-server',
    'What runs beside the server: cli/serve.ts imports server.ts and config.ts, cli/settings.ts config.ts, cli/token.ts config.ts and auth/.',
    '^src/cli/(?:serve|settings|token)\\.ts$',
    ['^src/(?:(?:auth|cli|client)/|(?:server|config)\\.ts$)'],
  ),
  row(
    'cli-on-the-stores',
    'What reads the stores without a server: cli/check.ts imports repair/, the stores and what builds their collections.',
    '^src/cli/check\\.ts$',
    [
      '^src/(?:(?:cli|claims|repair)/|(?:config|context|server|stores)\\.ts$)',
      stored(CAPABILITY, 'repository'),
      PORTS,
    ],
  ),
  row('client', 'client/ is published by itself: it imports only itself.', '^src/client/', ['^src/client/'], {
    common: [],
    typesCount: true,
  }),
  row('web', 'web/ imports client/.', '^src/web/', ['^src/(?:web|client)/'], {
    common: [],
    typesCount: true,
  }),
  {
    name: 'no-node-in-browser',
    comment: "client/ and web/ run in a browser, which has none of Node's modules.",
    severity: 'error',
    from: { path: '^src/(?:client|web)/', pathNot: [TEST] },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'client-packages',
    comment: 'client/ needs no package but the one for subscriptions.',
    severity: 'error',
    from: { path: '^src/client/', pathNot: [TEST] },
    to: {
      pathNot: ['^src/', '^(?:node_modules/)?(?:graphql-ws|ws)(?:/|$)'],
      dependencyTypesNot: ['core', 'type-only'],
    },
  },
];

const drivers = [
  driver('etcd-driver', 'Only live/etcd-*.ts knows the etcd3 package.', 'etcd3', [
    '^src/live/etcd-[a-z-]+\\.ts$',
  ]),
  driver('mongo-driver', 'Only db/ and models know mongoose.', '@typegoose|mongoose|mongodb', [
    '^src/db/',
    '-model\\.ts$',
  ]),
  driver('s3-driver', 'Only definitions/artifact-object.ts knows the S3 client.', '@aws-sdk|@smithy', [
    '^src/definitions/artifact-object\\.ts$',
  ]),
  driver('tracing-driver', 'Only telemetry/otlp-*.ts knows OpenTelemetry.', '@opentelemetry', [
    '^src/telemetry/otlp-[a-z-]+\\.ts$',
  ]),
  driver('embedded-driver', 'Only embedded/ knows LMDB and its filter.', 'lmdb|mingo', ['^src/embedded/']),
  driver(
    'decorators',
    'Object types are declared in *.graphql.ts, *.edges.ts and graphql/.',
    'type-graphql',
    ['^src/graphql/', '\\.(?:graphql|edges)\\.ts$'],
  ),
];

const everywhere = [
  {
    name: 'no-circular',
    comment: 'A cycle has no order in which to read it. Move what both need into a file of its own.',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'no-orphans',
    comment: 'Nobody uses this file, and it uses nobody.',
    severity: 'error',
    from: {
      orphan: true,
      path: '^src/',
      pathNot: ['\\.d\\.ts$', '^src/main\\.ts$', '^src/client/index\\.ts$', '^src/web/[^/]+/main\\.tsx$'],
    },
    to: {},
  },
  {
    name: 'known-place',
    comment: 'This folder or file has no row in .dependency-cruiser.cjs: say there what it may import.',
    severity: 'error',
    from: {},
    to: { path: '^src/', pathNot: [KNOWN] },
  },
  {
    name: 'no-barrel',
    comment: 'No barrels except src/client/index.ts: import from the file that declares it.',
    severity: 'error',
    from: { path: '^src/', pathNot: ['^src/client/index\\.ts$'] },
    to: { dependencyTypes: ['export'], dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'no-import-of-tests',
    comment: 'The program imports no tests, benchmarks or scripts.',
    severity: 'error',
    from: { path: '^src/', pathNot: [TEST] },
    to: { path: [TEST, '^(?:tests|bench|scripts)/'] },
  },
  {
    name: 'no-dev-package',
    comment: 'The program runs without the packages of development; only web/ is bundled beforehand.',
    severity: 'error',
    from: { path: '^src/', pathNot: [TEST, '^src/web/'] },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'no-unlisted-package',
    comment: 'This import leads nowhere: the file is missing, or the package is not in package.json.',
    severity: 'error',
    from: { path: '^src/' },
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
  },
];

module.exports = {
  forbidden: [...foundation, ...features, ...transports, ...users, ...drivers, ...everywhere],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Marks imports of types as such, so that the rules above can tell them from imports at run time.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types', 'typings'],
    },
  },
};
