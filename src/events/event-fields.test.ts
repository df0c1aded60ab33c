import { describe, expect, it } from 'vitest';
import { eventFields } from './event-fields.js';

describe('eventFields', () => {
  it('names every value by its place, in stored order', () => {
    const payload = {
      reason: 'late',
      slots: 2,
      asSoonAsPossible: false,
      score: null,
      ports: [{ name: 'serial_1', number: 2000 }, { name: 'web' }],
    };
    expect(eventFields(payload)).toEqual([
      { path: 'reason', value: 'late' },
      { path: 'slots', value: '2' },
      { path: 'asSoonAsPossible', value: 'false' },
      { path: 'score', value: null },
      { path: 'ports.0.name', value: 'serial_1' },
      { path: 'ports.0.number', value: '2000' },
      { path: 'ports.1.name', value: 'web' },
    ]);
  });

  it('leaves claim tokens out at any depth, and nothing that only sounds like one', () => {
    const payload = { token: 'secret', claims: [{ token: 'secret', tokens: 1 }], reason: 'token' };
    expect(eventFields(payload)).toEqual([
      { path: 'claims.0.tokens', value: '1' },
      { path: 'reason', value: 'token' },
    ]);
  });

  it('has nothing to say of empty lists and objects', () => {
    expect(eventFields({ ports: [], facts: {}, gone: undefined })).toEqual([]);
  });
});
