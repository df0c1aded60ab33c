import { expect, it } from 'vitest';
import { SERIAL } from '../../tests/support/definition-runs.js';
import { nodeCountFaults, portTemplateFaults } from './definition-rules.js';

it('says in words what is wrong', () => {
  expect(portTemplateFaults([SERIAL, SERIAL])).toEqual([
    { path: 'portTemplate.1.name', rule: 'UNIQUE', message: 'the name console is used twice' },
  ]);
  expect(nodeCountFaults(21, ['PERSONAL', 'EVALUATION'])[0]?.message).toBe(
    '21 nodes exceed the limit of 20 of PERSONAL, EVALUATION',
  );
});
