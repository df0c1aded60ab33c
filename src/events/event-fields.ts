/** One value inside the payload of an event, as the API shows it. */
export interface EventField {
  /** Names and list positions from the outside in: `claim.ports.0.number`. */
  readonly path: string;
  /** Texts as they are; numbers, `true` and `false` as JSON writes them; null for null. */
  readonly value: string | null;
}

/** The secret of a claim: whoever knows it could release the claim. */
const SECRET = 'token';

/** Every value of a payload with its place, in stored order; empty lists and objects hold none. Tokens are left out. */
export function eventFields(payload: Readonly<Record<string, unknown>>): EventField[] {
  return fieldsIn(payload, '');
}

function fieldsIn(value: unknown, path: string): EventField[] {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .filter(([name]) => name !== SECRET)
      .flatMap(([name, part]) => fieldsIn(part, path === '' ? name : `${path}.${name}`));
  }
  if (value === undefined) return [];
  return [{ path, value: value === null || typeof value === 'string' ? value : JSON.stringify(value) }];
}
