import type { RingPosition } from '../../src/live/change-ring.js';
import type { HubMessage } from '../../src/live/hub-readers.js';
import { watchHub, type HubParts } from '../../src/live/watch-hub.js';
import { handClock, keptLog } from './by-hand.js';
import type { ScriptedLive } from './scripted-live.js';

/** A hub on a scripted store, and what it told of itself. */
export function scriptedHub(live: ScriptedLive, parts: Partial<HubParts> = {}) {
  const told = { readers: 0, slow: 0, resyncs: 0, differences: 0, revisions: [] as number[] };
  const clock = handClock();
  const { logger, lines } = keptLog();
  const hub = watchHub({
    store: live.store,
    prefix: '/ccm/',
    groupOf: (key) => (/\/claims-\w+\//.test(key) ? key.slice(0, key.lastIndexOf('/')) : null),
    ring: { changes: 100, bytes: 1e6 },
    reader: { items: 100, bytes: 1e6, ageMs: 60_000 },
    epochKey: '/ccm/epoch',
    trusted: async () => undefined,
    bookmarkMs: 30_000,
    catchUpMs: 1000,
    clock,
    logger,
    onReaders: (change) => (told.readers += change),
    onSlowReader: () => told.slow++,
    onResync: () => told.resyncs++,
    onRevision: (revision) => told.revisions.push(revision),
    onDifferences: (count) => (told.differences += count),
    ...parts,
  });
  return { hub, told, clock, lines };
}

export type ScriptedHub = ReturnType<typeof scriptedHub>['hub'];

export interface ReaderGiven {
  readonly after?: RingPosition & { readonly epoch?: string };
  readonly resync?: boolean;
  readonly signal?: AbortSignal;
  readonly wants?: (key: string) => boolean;
  readonly lastToken?: () => string | null;
}

/** A reader that is pulled by hand. */
export function reader(hub: ScriptedHub, given: ReaderGiven = {}) {
  const { after = null, signal = new AbortController().signal, wants = () => true } = given;
  const { resync = false, lastToken = () => null } = given;
  const position = after && { epoch: '', ...after };
  const messages = hub.read({ after: position, resync, signal, wants, lastToken });
  return {
    messages,
    /** The next message in short, or null at the end. */
    async next(): Promise<string | null> {
      const { done, value } = await messages.next();
      return done ? null : short(value);
    },
    async take(count: number): Promise<(string | null)[]> {
      const taken = [];
      for (let n = 0; n < count; n++) taken.push(await this.next());
      return taken;
    },
    /** Everything up to and with the first message of this kind. */
    async until(kind: HubMessage['kind']): Promise<string[]> {
      const seen: string[] = [];
      for (let message = await this.next(); message !== null; message = await this.next()) {
        seen.push(message);
        if (message.startsWith(kind)) return seen;
      }
      throw new Error(`the reader ended before ${kind}: ${seen.join(', ')}`);
    },
    end: () => messages.return(undefined),
  };
}

/** A message as text: `CHANGED a=1 @5.0`. */
export function short(message: HubMessage): string {
  if (message.kind === 'RESYNC') return message.kind;
  if (message.kind === 'SYNCED' || message.kind === 'BOOKMARK') {
    const { kind, revision, index } = message;
    return `${kind} @${revision}${index === null ? '' : `.${index}`}`;
  }
  const name = message.key.slice('/ccm/'.length);
  const isBare = message.kind === 'CHANGED' && message.group !== null;
  const text = `${message.kind} ${name}=${isBare ? '?' : (message.value?.text ?? 'gone')}`;
  return message.kind === 'SNAPSHOT'
    ? `${text} @${message.revision}`
    : `${text} @${message.revision}.${message.index}`;
}
