import { useEffect, useState } from 'react';
import { ENDED_INSTANCES, type InstanceRow } from '../api.js';
import { ErrorNotice } from '../parts/error-notice.js';
import { request } from '../request.js';
import { useAction } from '../use-action.js';
import { InstanceTable } from './instance-table.js';
import { matchesSearch } from './search.js';

/** Terminated instances, page by page; they do not change any more. */
export function EndedInstances({ search }: { readonly search: string }) {
  const [rows, setRows] = useState<readonly InstanceRow[]>([]);
  const [next, setNext] = useState<string | null>(null);
  const loading = useAction();

  const load = (after: string | null) =>
    void loading.run(async () => {
      const { instances } = await request(ENDED_INSTANCES, { after });
      setRows((known) => (after === null ? instances.nodes : [...known, ...instances.nodes]));
      setNext(instances.pageInfo.hasNextPage ? instances.pageInfo.endCursor : null);
    });
  useEffect(() => load(null), []);

  const found = rows.filter((row) => matchesSearch(row, search));
  return (
    <>
      <ErrorNotice error={loading.error} />
      {!loading.busy && found.length === 0 && <p className="hint">No ended instance matches.</p>}
      <InstanceTable rows={found} />
      {next !== null && (
        <button type="button" onClick={() => load(next)} disabled={loading.busy}>
          Load more
        </button>
      )}
    </>
  );
}
