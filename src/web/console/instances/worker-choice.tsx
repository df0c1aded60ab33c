import { WORKERS, type Worker } from '../api-workers.js';
import { hrefTo } from '../route.js';
import { ErrorNotice } from '../parts/error-notice.js';
import { useQuery } from '../use-query.js';

interface Props {
  /** What to choose when no worker is to be named now; without it one has to be chosen. */
  readonly none?: string;
}

/** One of the RUNNING workers, each with its free room, as the form field `workerId`. */
export function WorkerChoice({ none }: Props) {
  const { data, error } = useQuery(WORKERS, {});
  const running = data?.workers.nodes.filter(({ status }) => status === 'RUNNING') ?? [];
  return (
    <fieldset className="choices">
      <legend>Worker</legend>
      <ErrorNotice error={error} />
      {none && (
        <label>
          <input type="radio" name="workerId" value="" defaultChecked />
          <span>{none}</span>
        </label>
      )}
      {running.map((worker) => (
        <label key={worker.id}>
          <input type="radio" name="workerId" value={worker.id} required={!none} />
          <span>
            {worker.name} <small>{freeRoom(worker)}</small>
          </span>
        </label>
      ))}
      {data && running.length === 0 && (
        <p className="hint">
          No worker is RUNNING. <a href={hrefTo('workers')}>See the workers</a>
        </p>
      )}
    </fieldset>
  );
}

function freeRoom({ capacity: { available }, ports }: Worker): string {
  const { cpuCores, memoryGb, storageGb, nodes } = available;
  const nodesText = nodes === null ? 'nodes unlimited' : `${nodes} nodes`;
  return `free: ${cpuCores} cores, ${memoryGb} GiB memory, ${storageGb} GiB storage, ${nodesText}, ${ports.available} ports`;
}
