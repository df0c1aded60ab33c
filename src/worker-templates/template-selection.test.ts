import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregateRun, at } from '../../tests/support/aggregate-run.js';
import { LICENSE_TYPES } from '../claims/license.js';
import { isLabletError } from '../errors.js';
import { rejectionReasons, selectFrom, type TemplateNeed } from './template-selection.js';
import { create, templateAggregate, type TemplateFields, type TemplateState } from './template.js';

const FIELDS: TemplateFields = {
  name: 'standard',
  description: '',
  instanceType: 'm5zn.metal',
  licenseType: 'PERSONAL',
  capacity: { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 },
  amiPattern: 'CML-2.9.*',
  regions: ['us-east-1', 'us-west-2'],
  portRange: { start: 2000, end: 2009 },
  excludedPorts: [2001, 9090],
  drainTimeoutHours: 4,
  startupTimeMinutes: 20,
  costPerHourUsd: 3.9641,
  tags: [],
  enabled: true,
};

const NEED: TemplateNeed = {
  amounts: { cpuCores: 3, memoryGb: 5, storageGb: 50, nodes: 2 },
  amiRequirements: [{ minVersion: '2.7.0', nodeDefinitions: ['iosv'] }],
  licenseAffinity: ['PERSONAL'],
  ports: 4,
  region: 'us-east-1',
};

function template(fields: Partial<TemplateFields> = {}): TemplateState {
  const run = aggregateRun(templateAggregate, `tpl_${fields.name ?? FIELDS.name}`);
  return run.commit(create({ ...FIELDS, ...fields }), at(0));
}

const need = (part: Partial<TemplateNeed>): TemplateNeed => ({ ...NEED, ...part });
const amounts = (part: Partial<TemplateNeed['amounts']>) => need({ amounts: { ...NEED.amounts, ...part } });

describe('a template qualifies', () => {
  it('when everything is covered, to the last unit', () => {
    expect(rejectionReasons(template(), NEED)).toEqual([]);
    const all = { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 };
    expect(rejectionReasons(template(), need({ amounts: all, ports: 9 }))).toEqual([]);
    const anywhere = template({ regions: [], capacity: { ...FIELDS.capacity, nodes: null } });
    expect(rejectionReasons(anywhere, need({ region: 'mars' }))).toEqual([]);
    expect(rejectionReasons(template(), need({ region: null, ports: 0 }))).toEqual([]);
  });

  const wide = { capacity: { ...FIELDS.capacity, nodes: null } };

  it.each<[string, Partial<TemplateFields>, TemplateNeed, string, string]>([
    ['ENABLED', { enabled: false }, NEED, 'true', 'false'],
    ['CPU_CORES', {}, amounts({ cpuCores: 49 }), '49', '48'],
    ['MEMORY_GB', {}, amounts({ memoryGb: 193 }), '193', '192'],
    ['STORAGE_GB', {}, amounts({ storageGb: 501 }), '501', '500'],
    ['NODES', { capacity: { ...FIELDS.capacity, nodes: 1 } }, NEED, '2', '1'],
    ['NODE_LIMIT', wide, amounts({ nodes: 21 }), '21', '20'],
    [
      'NODE_LIMIT',
      { ...wide, licenseType: 'EVALUATION' },
      { ...amounts({ nodes: 6 }), licenseAffinity: ['EVALUATION'] },
      '6',
      '5',
    ],
    [
      'LICENSE',
      {},
      need({ licenseAffinity: ['ENTERPRISE', 'EVALUATION'] }),
      'ENTERPRISE, EVALUATION',
      'PERSONAL',
    ],
    ['PORTS', {}, need({ ports: 10 }), '10', '9'],
    ['REGION', {}, need({ region: 'eu-west-1' }), 'eu-west-1', 'us-east-1, us-west-2'],
    ['IMAGE_NAME', {}, need({ amiRequirements: [{ namePattern: 'lab-*' }] }), 'lab-*', 'CML-2.9.*'],
    ['IMAGE_VERSION', {}, need({ amiRequirements: [{ minVersion: '2.10.0' }] }), '>=2.10.0', 'CML-2.9.*'],
  ])('unless it fails in %s', (kind, fields, wanted, needed, actual) => {
    expect(rejectionReasons(template(fields), wanted)).toEqual([{ kind, need: needed, actual }]);
  });

  it('with ENTERPRISE for any number of nodes that it declares', () => {
    const enterprise = template({ ...wide, licenseType: 'ENTERPRISE' });
    const many = { ...amounts({ nodes: 10_000 }), licenseAffinity: ['ENTERPRISE' as const] };
    expect(rejectionReasons(enterprise, many)).toEqual([]);
  });

  it('and if not, every reason is listed', () => {
    const kinds = rejectionReasons(
      template({ enabled: false }),
      need({
        amounts: { cpuCores: 99, memoryGb: 999, storageGb: 999, nodes: 21 },
        amiRequirements: [{ namePattern: 'x', maxVersion: '1.0.0' }],
        licenseAffinity: ['EVALUATION'],
        ports: 64,
        region: 'mars',
      }),
    ).map(({ kind }) => kind);
    expect(kinds).toEqual([
      ...['ENABLED', 'LICENSE', 'IMAGE_NAME', 'IMAGE_VERSION', 'NODE_LIMIT'],
      ...['CPU_CORES', 'MEMORY_GB', 'STORAGE_GB', 'NODES', 'PORTS', 'REGION'],
    ]);
  });
});

describe('of those that qualify', () => {
  const room = (part: Partial<TemplateFields['capacity']>) => ({ capacity: { ...FIELDS.capacity, ...part } });

  it.each<[string, Partial<TemplateFields>, Partial<TemplateFields>]>([
    ['the cheaper one', { costPerHourUsd: 1, ...room({ cpuCores: 99 }) }, { costPerHourUsd: 1.0001 }],
    ['a free one before a cheap one', { costPerHourUsd: 0 }, { costPerHourUsd: 0.0001 }],
    ['a known cost before none', { costPerHourUsd: 999 }, { costPerHourUsd: null, ...room({ cpuCores: 4 }) }],
    ['fewer cores', room({ cpuCores: 47, memoryGb: 999 }), {}],
    ['less memory', room({ memoryGb: 191, storageGb: 999 }), {}],
    ['less storage', room({ storageGb: 499, nodes: null }), {}],
    ['fewer nodes', room({ nodes: 19 }), {}],
    ['a limit of nodes before none', room({ nodes: 10_000 }), room({ nodes: null })],
    [
      'fewer cores where no cost is known',
      { costPerHourUsd: null, ...room({ cpuCores: 5 }) },
      { costPerHourUsd: null },
    ],
  ])('%s comes first', (_why, better, worse) => {
    // Names that speak for the other one, which must not matter.
    const [first, second] = [template({ ...better, name: 'z' }), template({ ...worse, name: 'a' })];
    for (const order of [
      [first, second],
      [second, first],
    ]) {
      const { chosen, others } = selectFrom(order, NEED);
      expect([chosen, ...others].map((fit) => fit.template.name)).toEqual(['z', 'a']);
    }
  });

  it('the name decides last', () => {
    const { chosen, others } = selectFrom([template({ name: 'b' }), template({ name: 'a' })], NEED);
    expect([chosen, ...others].map((fit) => fit.template.name)).toEqual(['a', 'b']);
  });

  it('each says what is left', () => {
    const unlimited = { ...room({ nodes: null }), name: 'unlimited', licenseType: 'ENTERPRISE' } as const;
    const wanted = need({ licenseAffinity: ['PERSONAL', 'ENTERPRISE'] });
    const { chosen, others } = selectFrom([template(), template(unlimited)], wanted);
    const spare = { cpuCores: 45, memoryGb: 187, storageGb: 450 };
    expect(chosen).toMatchObject({ spare: { ...spare, nodes: 18 }, sparePorts: 5 });
    expect(others).toMatchObject([{ spare: { ...spare, nodes: null } }]);
    const licensed = selectFrom([template(room({ nodes: 500 }))], NEED);
    expect(licensed.chosen.spare.nodes).toBe(18);
  });

  it('the others are told with their reasons, by name', () => {
    const { rejected } = selectFrom(
      [template(), template({ name: 'y', enabled: false }), template({ name: 'b', regions: ['mars'] })],
      NEED,
    );
    expect(rejected.map(({ template: { name }, reasons }) => [name, reasons[0]?.kind])).toEqual([
      ['b', 'REGION'],
      ['y', 'ENABLED'],
    ]);
  });
});

describe('where none qualifies', () => {
  const detailsOf = (templates: TemplateState[]) => {
    try {
      selectFrom(templates, need({ licenseAffinity: ['EVALUATION'] }));
    } catch (error) {
      if (isLabletError(error, 'NO_TEMPLATE_FITS')) return error;
      throw error;
    }
    throw new Error('one was chosen');
  };

  it('the reasons of each are told', () => {
    const reason = { kind: 'LICENSE', need: 'EVALUATION', actual: 'PERSONAL' };
    const error = detailsOf([template({ name: 'b' }), template({ name: 'a' })]);
    expect(error.message).toBe('No worker template fits: a (LICENSE), b (LICENSE).');
    expect(error.details).toEqual({
      rejected: [
        { name: 'a', reasons: [reason] },
        { name: 'b', reasons: [reason] },
      ],
    });
  });

  it('also where there is no template at all', () => {
    const error = detailsOf([]);
    expect([error.message, error.details]).toEqual([
      'No worker template fits: there is none.',
      { rejected: [] },
    ]);
  });
});

describe('whatever is asked for', () => {
  const AMI_PATTERNS = ['CML-2.9.*', 'CML-2.10.*', 'CML-*', '*', 'cml-2.9.1'];
  const NAME_PATTERNS = ['CML-*', '*2.9*', 'other-*', null];
  /** Holds a witness of every two patterns above that meet. */
  const NAMES = ['CML-2.9.0', 'CML-2.10.0', 'CML-2.10.2.9', 'cml-2.9.1', 'other-1'];
  const PREFIXES = ['2.9.', '2.10.', '', '', '2.9.1.'];
  const GRID = [2, 3].flatMap((major) =>
    [8, 9, 10, 11].flatMap((minor) => [0, 1, 2].map((patch) => [major, minor, patch] as const)),
  );
  const text = (version: readonly number[]) => version.join('.');
  const rank = (version: string) => version.split('.').reduce((sum, part) => sum * 1000 + Number(part), 0);
  const glob = (pattern: string) => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);

  const licenses = fc.uniqueArray(fc.constantFrom(...LICENSE_TYPES), { minLength: 1 });
  const regions = fc.uniqueArray(fc.constantFrom('east', 'west'));
  const small = fc.integer({ min: 1, max: 6 });
  const nodes = fc.integer({ min: 1, max: 25 });
  const bound = fc.option(fc.constantFrom(...GRID.map(text)));

  const templates = fc.uniqueArray(
    fc
      .record({
        name: fc.string({ unit: fc.constantFrom(...'abc'), minLength: 1, maxLength: 3 }),
        licenseType: fc.constantFrom(...LICENSE_TYPES),
        capacity: fc.record({
          cpuCores: small,
          memoryGb: small,
          storageGb: small,
          nodes: fc.option(nodes),
        }),
        amiPattern: fc.constantFrom(...AMI_PATTERNS),
        regions,
        portRange: fc.record({ start: fc.constant(2000), end: fc.integer({ min: 2000, max: 2005 }) }),
        excludedPorts: fc.array(fc.integer({ min: 1998, max: 2006 }), { maxLength: 4 }),
        costPerHourUsd: fc.option(fc.constantFrom(0, 0.5, 0.5001, 4)),
        enabled: fc.boolean(),
      })
      .map(template),
    { selector: ({ name }) => name, maxLength: 8 },
  );
  const needs: fc.Arbitrary<TemplateNeed> = fc.record({
    amounts: fc.record({ cpuCores: small, memoryGb: small, storageGb: small, nodes }),
    amiRequirements: fc.array(
      fc.record({ namePattern: fc.constantFrom(...NAME_PATTERNS), minVersion: bound, maxVersion: bound }),
      { maxLength: 2 },
    ),
    licenseAffinity: licenses,
    ports: fc.integer({ min: 0, max: 5 }),
    region: fc.constantFrom('east', 'west', null),
  });

  /** The same rules once more, by trying every port, name and version. */
  function fitsNaively(state: TemplateState, wanted: TemplateNeed): boolean {
    const { capacity, licenseType, amiPattern, portRange, excludedPorts } = state;
    const limit = { PERSONAL: 20, ENTERPRISE: 1e9, EVALUATION: 5 }[licenseType];
    const numbers = [2000, 2001, 2002, 2003, 2004, 2005].filter(
      (number) => number <= portRange.end && !excludedPorts.includes(number),
    );
    const prefix = PREFIXES[AMI_PATTERNS.indexOf(amiPattern)] as string;
    const { amiRequirements } = wanted;
    return (
      state.enabled &&
      wanted.licenseAffinity.includes(licenseType) &&
      wanted.amounts.cpuCores <= capacity.cpuCores &&
      wanted.amounts.memoryGb <= capacity.memoryGb &&
      wanted.amounts.storageGb <= capacity.storageGb &&
      wanted.amounts.nodes <= Math.min(limit, capacity.nodes ?? 1e9) &&
      wanted.ports <= numbers.length &&
      (wanted.region === null || state.regions.length === 0 || state.regions.includes(wanted.region)) &&
      amiRequirements.every(({ namePattern }) =>
        NAMES.some((name) => glob(amiPattern).test(name) && glob(namePattern ?? '*').test(name)),
      ) &&
      GRID.map(text).some(
        (version) =>
          `${version}.`.startsWith(prefix) &&
          amiRequirements.every(({ minVersion, maxVersion }) => {
            return (
              rank(version) >= rank(minVersion ?? '0.0.0') && rank(version) <= rank(maxVersion ?? '9.9.9')
            );
          }),
      )
    );
  }

  const orderOf = ({ costPerHourUsd, capacity, name }: TemplateState) => [
    costPerHourUsd ?? 1e9,
    capacity.cpuCores,
    capacity.memoryGb,
    capacity.storageGb,
    capacity.nodes ?? 1e9,
    name,
  ];

  function isBefore(a: TemplateState, b: TemplateState): boolean {
    const [left, right] = [orderOf(a), orderOf(b)];
    const index = left.findIndex((key, position) => key !== right[position]);
    return index === -1 || (left[index] as number) < (right[index] as number);
  }

  it('all that fit are found in order and nothing else, whatever the order of the templates', () => {
    fc.assert(
      fc.property(templates, needs, fc.integer(), (stored, wanted, turn) => {
        const fitting = stored.filter((state) => fitsNaively(state, wanted)).map(({ name }) => name);
        const turned = stored.map((_, index) => stored.at((index + turn) % stored.length) as TemplateState);
        const answers = [stored, stored.toReversed(), turned].map((list) => answerOf(list, wanted));
        const [first] = answers as [TemplateState[]];
        for (const answer of answers) expect(answer).toEqual(first);
        expect(first.map(({ name }) => name).sort()).toEqual(fitting.sort());
        for (const [index, state] of first.slice(1).entries())
          expect(isBefore(first[index] as TemplateState, state)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  function answerOf(stored: readonly TemplateState[], wanted: TemplateNeed): TemplateState[] {
    try {
      const { chosen, others, rejected } = selectFrom(stored, wanted);
      expect(others.length + rejected.length + 1).toBe(stored.length);
      return [chosen, ...others].map((fit) => fit.template);
    } catch (error) {
      if (!isLabletError(error, 'NO_TEMPLATE_FITS')) throw error;
      expect(error.details.rejected.every(({ reasons }) => reasons.length > 0)).toBe(true);
      return [];
    }
  }
});
