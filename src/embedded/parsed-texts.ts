import { LRUCache } from 'lru-cache';
import { deepFrozen } from '../lib/frozen.js';

export interface Room {
  /** Of text, over all that is kept; what it is parsed to takes about twice as much again. */
  readonly characters: number;
  /** Longer text is parsed each time. */
  readonly longest: number;
}

/**
 * Documents as they were parsed last: most are read again before they change. The text decides, so that each reader
 * gets what its own view of the data holds. As they are shared, nobody can change them.
 */
export function parsedTexts<T extends object>({
  characters,
  longest,
}: Room): (id: string, text: string) => T {
  const kept = new LRUCache<string, { readonly text: string; readonly document: T }>({ maxSize: characters });
  return (id, text) => {
    const before = kept.get(id);
    if (before?.text === text) return before.document;
    const document = deepFrozen(JSON.parse(text) as T);
    if (text.length <= longest) kept.set(id, { text, document }, { size: text.length });
    return document;
  };
}
