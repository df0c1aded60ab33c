import { expect, it } from 'vitest';
import type { LabletClient } from './client.js';
import type { InstanceState } from './generated.js';
import { waitForState } from './wait-for.js';

type Move = readonly [sequence: number, to: InstanceState];

const PATH: readonly InstanceState[] = [
  ...(['PENDING', 'SCHEDULED', 'INSTANTIATING', 'RUNNING', 'COLLECTING', 'GRADING', 'STOPPING'] as const),
];

const told = (kind: string, move: Move | null = null) => ({
  instanceChanges: {
    ...{ kind, liveRevision: kind },
    transition: move && { sequence: move[0], to: move[1] },
  },
});

/** A client that is told these messages, of an instance that has come to the move of this number. */
function clientTold(messages: readonly object[], sequence: number) {
  const history = PATH.slice(0, sequence).map((to, index) => ({ sequence: index + 1, to }));
  const instance = { id: 'ins_1', sequence, state: PATH[sequence - 1], history };
  return {
    request: () => Promise.resolve({ instance }),
    async *follow() {
      yield* messages;
    },
  } as unknown as LabletClient;
}

const wait = (messages: readonly object[], sequence: number) =>
  waitForState(clientTold(messages, sequence), 'ins_1', ['RUNNING']).then(
    ({ state }) => `reached, now ${state}`,
    (error: Error) => error.message,
  );

it.each([
  [
    'a change that skips',
    [told('SNAPSHOT', [3, 'INSTANTIATING']), told('SYNCED'), told('CHANGED', [5, 'COLLECTING'])],
  ],
  [
    'a new snapshot that skips',
    [told('SNAPSHOT', [3, 'INSTANTIATING']), told('RESYNC_REQUIRED'), told('SNAPSHOT', [5, 'COLLECTING'])],
  ],
  [
    'a new snapshot without the instance',
    [told('SNAPSHOT', [2, 'SCHEDULED']), told('SYNCED'), told('RESYNC_REQUIRED'), told('SYNCED')],
  ],
])('a state between is reached: %s', async (_, messages) => {
  expect(await wait(messages, 5)).toBe('reached, now COLLECTING');
});

it.each([
  ['in the first snapshot', [told('SNAPSHOT', [5, 'COLLECTING']), told('SYNCED')], 5],
  ['before a change that skips', [told('SNAPSHOT', [5, 'COLLECTING']), told('CHANGED', [7, 'STOPPING'])], 7],
  ['before a snapshot that lacks the instance', [told('SYNCED')], 5],
])('a state before the wait does not count: %s', async (_, messages, sequence) => {
  expect(await wait(messages, sequence)).toContain(
    `did not come to RUNNING within 60000 ms; last seen: ${PATH[sequence - 1]}`,
  );
});
