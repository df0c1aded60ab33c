import { expect, it } from 'vitest';
import { declaredRun, extractedRun, OTHER, SERIAL, WEB } from '../../tests/support/definition-runs.js';
import { compareDefinitions } from './compare-definitions.js';

const BASE = { ...declaredRun().state, portTemplate: [SERIAL, WEB] };
const NOTHING = {
  fields: [],
  portsAdded: [],
  portsRemoved: [],
  portsChanged: [],
  portsReordered: false,
};

it('finds nothing between versions that differ in number and life only', () => {
  const other = { ...BASE, id: 'def_2', version: '9.0.0', status: 'ARCHIVED' as const, revision: 7 };
  expect(compareDefinitions(BASE, other)).toMatchObject(NOTHING);
});

it('names each field by its path with both values', () => {
  const { resourceRequirements } = BASE;
  const { fields } = compareDefinitions(BASE, {
    ...BASE,
    maxDurationMinutes: 30,
    gradingRulesUri: null,
    resourceRequirements: { ...resourceRequirements, cpuCores: 8, amiRequirements: [] },
  });
  expect(fields).toEqual([
    { path: 'resourceRequirements.cpuCores', from: '3', to: '8' },
    {
      path: 'resourceRequirements.amiRequirements',
      from: JSON.stringify(resourceRequirements.amiRequirements),
      to: '[]',
    },
    { path: 'gradingRulesUri', from: '"https://example.org/rules"', to: 'null' },
    { path: 'maxDurationMinutes', from: '120', to: '30' },
  ]);
});

it('tells an object that is gone from one whose parts changed', () => {
  const { fields } = compareDefinitions(BASE, { ...BASE, ownerNotification: null });
  expect(fields).toContainEqual({ path: 'ownerNotification', from: null, to: 'null' });
  expect(fields).toContainEqual({ path: 'ownerNotification.email', from: '"labs@example.org"', to: null });
});

it('does not take another order of licences for a change', () => {
  const licenseAffinity = [...BASE.licenseAffinity].reverse();
  expect(compareDefinitions(BASE, { ...BASE, licenseAffinity })).toMatchObject(NOTHING);
});

it('tells ports that came, went and changed', () => {
  const web = { ...WEB, insidePort: 8080, description: 'New' };
  expect(compareDefinitions(BASE, { ...BASE, portTemplate: [OTHER, web] })).toMatchObject({
    portsAdded: [OTHER],
    portsRemoved: [SERIAL],
    portsChanged: [{ name: 'web', from: WEB, to: web, fields: ['insidePort', 'description'] }],
    portsReordered: false,
  });
});

it('says when ports stand in another order, whatever stands between them', () => {
  const reordered = (...portTemplate: (typeof SERIAL)[]) =>
    compareDefinitions(BASE, { ...BASE, portTemplate }).portsReordered;
  expect([reordered(WEB, SERIAL), reordered(SERIAL, OTHER, WEB), reordered(WEB)]).toEqual([
    true,
    false,
    false,
  ]);
});

it('shows node counts and hashes of both', () => {
  const read = extractedRun().state;
  expect(compareDefinitions(BASE, { ...read, nodeCount: 9 })).toMatchObject({
    nodeCountFrom: BASE.nodeCount,
    nodeCountTo: 9,
    labYamlHashFrom: '',
    labYamlHashTo: read.labYamlHash,
  });
});
