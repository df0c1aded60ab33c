import { labFileFault } from './lab-file-fault.js';
import type { LabFile } from './read-lab-file.js';

/** A port of an instance with its number. */
export interface HeldPort {
  readonly name: string;
  readonly number: number;
}

export interface RenderedLabFile {
  readonly text: string;
  /** Ports the instance holds and the file does not mention; no errors. */
  readonly warnings: readonly string[];
}

/**
 * The text of a lab file with the numbers of an instance in it. Every byte outside the replaced numbers and
 * placeholders stays.
 * @throws LabletError LAB_YAML_INVALID, rule PORT_NOT_HELD, for a tag whose port is not among `held`
 */
export function renderLabFile(file: LabFile, held: readonly HeldPort[]): RenderedLabFile {
  const numbers = new Map(held.map(({ name, number }) => [name, number]));
  const pieces: string[] = [];
  let done = 0;
  for (const { port, start, end, line, path } of file.places) {
    const number = numbers.get(port);
    if (number === undefined) {
      throw labFileFault(
        'PORT_NOT_HELD',
        `names the port ${port}, which the instance does not hold`,
        line,
        path,
      );
    }
    pieces.push(file.text.slice(done, start), String(number));
    done = end;
  }
  pieces.push(file.text.slice(done));
  const mentioned = new Set(file.places.map(({ port }) => port));
  const unused = held.filter(({ name }) => !mentioned.has(name));
  return {
    text: pieces.join(''),
    warnings: unused.map(({ name, number }) => `The lab file does not mention port ${name} (${number}).`),
  };
}
