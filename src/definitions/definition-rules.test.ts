import { expect, it } from 'vitest';
import { OTHER, SERIAL, WEB } from '../../tests/support/definition-runs.js';
import { nodeCountFaults, portNameWarnings, portTemplateFaults } from './definition-rules.js';

it('warns where template and lab file name different ports', () => {
  expect(portNameWarnings([SERIAL, WEB], [WEB, OTHER])).toEqual([
    'Port console of the template is not in the lab file.',
    'Port other of the lab file is not in the template.',
  ]);
  expect(portNameWarnings([SERIAL, WEB], [{ ...WEB, insidePort: 81 }, SERIAL])).toEqual([]);
  expect(portNameWarnings([], [])).toEqual([]);
});

it('says in words what is wrong', () => {
  expect(portTemplateFaults([SERIAL, SERIAL])).toEqual([
    { path: 'portTemplate.1.name', rule: 'UNIQUE', message: 'the name console is used twice' },
  ]);
  expect(nodeCountFaults(21, ['PERSONAL', 'EVALUATION'])[0]?.message).toBe(
    '21 nodes exceed the limit of 20 of PERSONAL, EVALUATION',
  );
});
