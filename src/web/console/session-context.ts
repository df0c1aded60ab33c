import { createContext, useContext, useSyncExternalStore } from 'react';
import type { InstanceChange, InstanceRow, Viewer } from './api.js';
import type { LiveStream, LiveView } from './live-stream.js';

export type InstanceStream = LiveStream<{ instanceChanges: InstanceChange }, InstanceRow>;

/** What every view of a signed-in caller knows. */
export interface Session {
  readonly viewer: Viewer;
  readonly instances: InstanceStream;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('no session around this view');
  return session;
}

/** The caller's unfinished instances, as they change. */
export function useLiveInstances(): LiveView<InstanceRow> {
  const { instances } = useSession();
  return useSyncExternalStore(instances.onChange, instances.view);
}
