import type { HubMessage, ReaderOptions } from './hub-readers.js';
import { scopeOf, type LivePosition, type LiveTokens } from './live-token.js';
import type { WatchHub } from './watch-hub.js';

export interface LiveStreamDeps {
  readonly hub: WatchHub;
  readonly tokens: LiveTokens;
}

export type LiveKind = 'SNAPSHOT' | 'SYNCED' | 'CHANGED' | 'REMOVED' | 'BOOKMARK' | 'RESYNC_REQUIRED';
export type ItemKind = Extract<LiveKind, 'SNAPSHOT' | 'CHANGED' | 'REMOVED'>;

/** What every message of a stream carries. */
export interface LiveMessage {
  readonly kind: LiveKind;
  /** Position of the message; an opaque token. */
  readonly liveRevision: string;
}

/** A value as it is, or a change of one. */
export type ValueMessage = Extract<HubMessage, { kind: 'SNAPSHOT' | 'CHANGED' }>;

export interface LiveStreamOptions<Body extends object> {
  /** Name of the stream, its filter and what its caller sees: a position goes on only under the same. */
  readonly name: string;
  readonly filter: object;
  readonly view: string;
  /** Token to go on after; null starts with a snapshot. */
  readonly after: string | null;
  readonly signal: AbortSignal;
  readonly wants: (key: string) => boolean;
  /** What a message without an object holds. */
  readonly bare: Body;
  /** What a subscriber is told of a value; null: nothing. */
  readonly tell: (message: ValueMessage) => Promise<(Body & { readonly kind: ItemKind }) | null>;
}

/** The messages of one subscriber: snapshot or resumption first, then every change, without a gap. */
export async function* liveStream<Body extends object>(
  { hub, tokens }: LiveStreamDeps,
  { name, filter, view, after, signal, wants, bare, tell }: LiveStreamOptions<Body>,
): AsyncGenerator<LiveMessage & Body> {
  const scope = scopeOf(name, filter, view);
  const token = (position: Partial<LivePosition> & Pick<LivePosition, 'epoch' | 'revision'>) =>
    tokens.encode({ index: null, scope, snapshot: false, ...position });
  let last: string | null = null;
  const start = startOf(after === null ? null : tokens.read(after, 'after'), scope);

  async function messageOf(message: HubMessage): Promise<(LiveMessage & Body) | null> {
    const { epoch } = message;
    switch (message.kind) {
      case 'RESYNC': {
        const liveRevision = token({ epoch, revision: hub.revision(), snapshot: true });
        return { ...bare, kind: 'RESYNC_REQUIRED', liveRevision };
      }
      case 'SYNCED':
      case 'BOOKMARK': {
        const { kind, revision, index } = message;
        return { ...bare, kind, liveRevision: token({ epoch, revision, index }) };
      }
      case 'SNAPSHOT':
      case 'CHANGED': {
        const told = await tell(message);
        const { revision } = message;
        const place = message.kind === 'SNAPSHOT' ? { snapshot: true } : { index: message.index };
        return told && { ...told, liveRevision: token({ epoch, revision, ...place }) };
      }
    }
  }

  for await (const each of hub.read({ ...start, signal, wants, lastToken: () => last })) {
    const message = await messageOf(each);
    if (!message) continue;
    last = message.liveRevision;
    yield message;
  }
}

/** A position of this scope goes on, if its epoch is that of the hub; after any other follows a new snapshot. */
function startOf(position: LivePosition | null, scope: string): Pick<ReaderOptions, 'after' | 'resync'> {
  if (!position) return { after: null };
  const isUsable = position.scope === null || position.scope === scope;
  return { after: position, resync: !isUsable || position.snapshot };
}

/**
 * Lets readers that want the same at the same moment share one read. What is read while a value is the key is never
 * older than the value.
 */
export function sharedReads<T>() {
  const underWay = new WeakMap<object, Promise<T>>();
  return (of: object, read: () => Promise<T>): Promise<T> => {
    const known = underWay.get(of);
    if (known) return known;
    const reading = read().finally(() => underWay.delete(of));
    underWay.set(of, reading);
    return reading;
  };
}
