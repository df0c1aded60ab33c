import type { LookupAddress } from 'node:dns';
import { createArtifactReader, type ArtifactReaderOptions } from '../../src/definitions/artifact-reader.js';
import { isLabletError } from '../../src/errors.js';

const never = new AbortController().signal;

/** `CODE detail` of what reading ends with, or the text that was read. */
export async function outcomeOf(
  uri: string,
  options: Partial<ArtifactReaderOptions>,
  signal: AbortSignal = never,
): Promise<string> {
  try {
    return `read ${(await createArtifactReader({ fileRoot: null, ...options }).read(uri, signal)).text}`;
  } catch (error) {
    if (!isLabletError(error)) throw error;
    const { rule, cause, limitBytes } = error.details as Record<string, unknown>;
    return `${error.code} ${String(rule ?? cause ?? limitBytes)}`;
  }
}

/** A resolver that knows these names, and writes down what it was asked. A list of lists is one answer after another. */
export function resolver(
  names: Readonly<Record<string, readonly string[] | readonly (readonly string[])[]>>,
) {
  const asked: string[] = [];
  const resolve = (host: string): Promise<LookupAddress[]> => {
    const times = asked.filter((name) => name === host).length;
    asked.push(host);
    const known = names[host] ?? [];
    const answer = (Array.isArray(known[0]) ? known[Math.min(times, known.length - 1)] : known) as string[];
    if (answer.length === 0) return Promise.reject(new Error(`ENOTFOUND ${host}`));
    return Promise.resolve(answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  };
  return { asked, resolve };
}
