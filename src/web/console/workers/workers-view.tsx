import { useEffect, useState } from 'react';
import { WORKERS, type Worker } from '../api-workers.js';
import { ErrorNotice } from '../parts/error-notice.js';
import { Check } from '../parts/field.js';
import { may, whoMay } from '../rights.js';
import { hrefTo } from '../route.js';
import { useLiveInstances, useSession } from '../session-context.js';
import { useQuery } from '../use-query.js';
import { WorkerCard } from './worker-card.js';

const REFRESH_MS = 15_000;

export function WorkersView() {
  const { viewer } = useSession();
  return (
    <>
      <div className="heading">
        <h1 tabIndex={-1}>Workers</h1>
        {may(viewer, 'registerWorker') && (
          <a className="button primary" href={hrefTo('workers', 'new')}>
            Register a worker
          </a>
        )}
      </div>
      {may(viewer, 'readWorkers') ? (
        <WorkerList />
      ) : (
        <p className="notice">Workers are shown to {whoMay('readWorkers')}.</p>
      )}
    </>
  );
}

/** Asked for again when an instance changes, because its claim does too, and now and then for the workers' own moves. */
function WorkerList() {
  const { data, error, refresh } = useQuery(WORKERS, {});
  const { liveRevision } = useLiveInstances();
  const [gone, setGone] = useState(false);
  useEffect(() => {
    refresh();
    const timer = setInterval(refresh, REFRESH_MS);
    return () => clearInterval(timer);
  }, [liveRevision, refresh]);

  const all = data?.workers.nodes ?? [];
  const shown = gone ? all : all.filter(({ status }) => status !== 'TERMINATED');
  return (
    <>
      <ErrorNotice error={error} />
      <div>
        <Check
          label="Show terminated workers"
          checked={gone}
          onChange={(event) => setGone(event.target.checked)}
        />
      </div>
      {data && shown.length === 0 && <p className="hint">There is no worker yet.</p>}
      <ul className="cards">
        {byName(shown).map((worker) => (
          <li key={worker.id}>
            <WorkerCard worker={worker} onChanged={refresh} />
          </li>
        ))}
      </ul>
    </>
  );
}

function byName(workers: readonly Worker[]): Worker[] {
  return workers.toSorted((a, b) => a.name.localeCompare(b.name));
}
