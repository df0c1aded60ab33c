import { describe as group, expect, it } from 'vitest';
import { z } from 'zod';
import { isLabletError } from '../errors.js';
import type { Actor, Role } from './actor.js';
import { authorize, command, describe, parseInput, query, subscription } from './operation.js';

const actor = (...roles: Role[]): Actor => ({ subject: 'u-1', roles, expiresAt: 0 });

const request = z.strictObject({
  name: z.string(),
  ports: z.array(z.strictObject({ number: z.int().min(1) })).optional(),
});
const operation = query({
  name: 'template',
  summary: 'One template.',
  request,
  allow: { roles: ['ADMIN', 'MANAGER'] },
  handle: async () => null,
});

function faultsIn(input: unknown) {
  try {
    parseInput(request, input);
  } catch (error) {
    if (isLabletError(error, 'VALIDATION_FAILED')) return error.details.fields;
    throw error;
  }
  return [];
}

group('an operation', () => {
  it('knows its kind', () => {
    const { kind: _kind, ...parts } = operation;
    expect(operation.kind).toBe('query');
    expect(command({ ...parts, reread: async () => null }).kind).toBe('command');
    expect(subscription({ ...parts, async *handle() {} }).kind).toBe('subscription');
  });

  it('says who may call it', () => {
    const { summary } = operation;
    expect(describe({ summary, allow: { roles: ['ADMIN', 'USER'] } })).toBe(
      'One template. Roles: ADMIN, USER.',
    );
    expect(describe({ summary, allow: { roles: ['USER'], note: 'own only' } })).toBe(
      'One template. Roles: USER (own only).',
    );
  });
});

group('a caller', () => {
  it('with one of the roles is let in', () => {
    const manager = actor('USER', 'MANAGER');
    expect(authorize(operation, manager)).toBe(manager);
  });

  it('without any of them is told which it needs', () => {
    expect(() => authorize(operation, actor('USER', 'AUTHOR'))).toThrow(
      expect.objectContaining({
        code: 'FORBIDDEN',
        message: 'template needs one of the roles ADMIN, MANAGER.',
        details: { requiredRoles: ['ADMIN', 'MANAGER'] },
      }),
    );
    expect(() => authorize(operation, actor())).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
  });

  it('whom nobody knows is asked to sign in', () => {
    expect(() => authorize(operation, null)).toThrow(
      expect.objectContaining({ code: 'UNAUTHENTICATED', details: { reason: 'MISSING' } }),
    );
  });
});

group('input', () => {
  it('that keeps the rules is taken', () => {
    expect(parseInput(request, { name: 'a', ports: [{ number: 1 }] })).toEqual({
      name: 'a',
      ports: [{ number: 1 }],
    });
  });

  it('that breaks them names every place at once', () => {
    const ports = [{ number: 1 }, { number: 0 }, { number: 1, odd: 1 }];
    const faults = faultsIn({ ports, hue: 1, tint: 2 });
    expect(faults.map(({ path, rule }) => `${path} ${rule}`).sort()).toEqual([
      'hue UNKNOWN_FIELD',
      'name REQUIRED',
      'ports.1.number TOO_SMALL',
      'ports.2.odd UNKNOWN_FIELD',
      'tint UNKNOWN_FIELD',
    ]);
    expect(faults.every(({ message }) => message.length > 0)).toBe(true);
  });

  it('that is no object has no place', () => {
    expect(faultsIn(null)).toMatchObject([{ path: '' }]);
  });

  it('of a wrong type is not called missing', () => {
    expect(faultsIn({ name: 5 })).toMatchObject([{ path: 'name', rule: 'INVALID_TYPE' }]);
  });
});
