import { useEffect, useMemo } from 'react';
import { INSTANCE_CHANGES, type InstanceRow, type Viewer } from './api.js';
import { BookView } from './instances/book-view.js';
import { InstanceView } from './instances/instance-view.js';
import { InstancesView } from './instances/instances-view.js';
import { DefinitionForm } from './definitions/definition-form.js';
import { DefinitionsView } from './definitions/definitions-view.js';
import { LiveStream } from './live-stream.js';
import { Header } from './parts/header.js';
import { useRoute } from './route.js';
import { SessionContext, type InstanceStream } from './session-context.js';
import { openSockets } from './sockets.js';
import { RegisterWorker } from './workers/register-worker.js';
import { WorkersView } from './workers/workers-view.js';

interface Props {
  readonly viewer: Viewer;
  readonly onSignedOut: () => void;
}

/** The console around its views, with the one live stream that all of them share. */
export function SignedIn({ viewer, onSignedOut }: Props) {
  const instances = useInstanceStream();
  const session = useMemo(() => ({ viewer, instances }), [viewer, instances]);
  const route = useRoute();
  const place = route.join('/');

  useEffect(() => {
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [place]);

  return (
    <SessionContext value={session}>
      <Header onSignedOut={onSignedOut} />
      <main id="content" key={place}>
        {viewOf(route)}
      </main>
    </SessionContext>
  );
}

function viewOf([view = 'instances', id]: readonly string[]) {
  if (view === 'instances') return id ? <InstanceView id={id} /> : <InstancesView />;
  if (view === 'book') return <BookView />;
  if (view === 'workers') return id === 'new' ? <RegisterWorker /> : <WorkersView />;
  if (view === 'definitions') return id === 'new' ? <DefinitionForm /> : <DefinitionsView />;
  return (
    <>
      <h1 tabIndex={-1}>Nothing here</h1>
      <p>
        <a href="#/instances">Go to the instances</a>
      </p>
    </>
  );
}

function useInstanceStream(): InstanceStream {
  const [sockets, stream] = useMemo(() => {
    const opened = openSockets();
    const following: InstanceStream = new LiveStream(opened, {
      operation: INSTANCE_CHANGES,
      message: ({ instanceChanges: { kind, liveRevision, instanceId, instance } }) => ({
        kind,
        liveRevision,
        id: instanceId,
        item: instance satisfies InstanceRow | null,
      }),
    });
    return [opened, following] as const;
  }, []);
  useEffect(() => {
    void stream.run();
    return () => {
      stream.stop();
      void sockets.dispose();
    };
  }, [sockets, stream]);
  return stream;
}
