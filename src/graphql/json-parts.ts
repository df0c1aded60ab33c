import { randomUUID } from 'node:crypto';

/** Stands for a part in the text of the whole. Nobody outside learns it, so no data holds it. */
const PLACE = randomUUID();
const QUOTED = JSON.stringify(PLACE);

/** Of the value that is being written; nothing else runs meanwhile. */
let parts: string[] = [];

/** A value whose JSON is known already; {@link jsonOf} puts it in its place. */
export class JsonPart {
  constructor(private readonly text: string) {}

  toJSON(): string {
    parts.push(this.text);
    return PLACE;
  }
}

/** JSON of a value that may have parts in it. */
export function jsonOf(value: unknown): string {
  parts = [];
  const text = JSON.stringify(value);
  if (parts.length === 0) return text;
  const between = text.split(QUOTED);
  const whole = between.map((piece, at) => piece + (parts[at] ?? '')).join('');
  parts = [];
  return whole;
}
