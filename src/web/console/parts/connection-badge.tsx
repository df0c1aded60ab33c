import type { Connection } from '../live-stream.js';

const TEXT: Readonly<Record<Connection, string>> = {
  CONNECTING: 'Connecting…',
  CATCHING_UP: 'Catching up…',
  LIVE: 'Live',
  RECONNECTING: 'Connection lost, trying again…',
  STOPPED: 'Not live',
};

interface Props {
  readonly connection: Connection;
  readonly liveRevision: string | null;
}

/** Whether what is shown is current, and the position of the latest message. */
export function ConnectionBadge({ connection, liveRevision }: Props) {
  return (
    <span className="connection" data-connection={connection}>
      <span role="status">{TEXT[connection]}</span>
      {liveRevision !== null && (
        <code className="position" title={`Live revision ${liveRevision}`} data-live-revision={liveRevision}>
          revision …{liveRevision.slice(-8)}
        </code>
      )}
    </span>
  );
}
