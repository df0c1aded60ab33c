import { useState } from 'react';
import { INSTANCE_STATES, type InstanceRow, type InstanceState } from '../api.js';
import { ErrorNotice } from '../parts/error-notice.js';
import { Field, Select } from '../parts/field.js';
import { may } from '../rights.js';
import { hrefTo } from '../route.js';
import { useLiveInstances, useSession } from '../session-context.js';
import { EndedInstances } from './ended-instances.js';
import { InstanceTable } from './instance-table.js';
import { matchesSearch } from './search.js';

type Wanted = InstanceState | 'UNFINISHED' | 'ENDED';
const SHOWN_AT_MOST = 200;

/** The unfinished runs as they change, and those that ended. */
export function InstancesView() {
  const { viewer } = useSession();
  const { rows, connection, error } = useLiveInstances();
  const [wanted, setWanted] = useState<Wanted>('UNFINISHED');
  const [search, setSearch] = useState('');
  const found = matching(rows.values(), wanted, search);
  const complete = connection === 'LIVE' || rows.size > 0;

  return (
    <>
      <div className="heading">
        <h1 tabIndex={-1}>Instances</h1>
        <a className="button primary" href={hrefTo('book')}>
          Book a run
        </a>
      </div>
      <div className="filters">
        <Select label="Show" value={wanted} onChange={(event) => setWanted(event.target.value as Wanted)}>
          <option value="UNFINISHED">All unfinished</option>
          {INSTANCE_STATES.filter((state) => state !== 'TERMINATED').map((state) => (
            <option key={state}>{state}</option>
          ))}
          <option value="ENDED">Ended earlier</option>
        </Select>
        <Field
          label="Find"
          type="search"
          placeholder="Definition, owner, worker, id or port"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      </div>
      <ErrorNotice error={error} />
      {wanted === 'ENDED' ? (
        <EndedInstances search={search} />
      ) : (
        <>
          <p className="hint" aria-live="polite">
            {complete ? countText(found.length, rows.size) : 'Waiting for the first snapshot…'}
            {!may(viewer, 'seeAllInstances') && ' You see your own instances.'}
          </p>
          <InstanceTable rows={found.slice(0, SHOWN_AT_MOST)} />
          {found.length > SHOWN_AT_MOST && <p className="hint">The first {SHOWN_AT_MOST} are shown.</p>}
        </>
      )}
    </>
  );
}

/** Those that match, the latest booking first. One that ends while it is watched stays in sight. */
function matching(rows: Iterable<InstanceRow>, wanted: Wanted, search: string): InstanceRow[] {
  return [...rows]
    .filter(({ state }) => wanted === 'UNFINISHED' || state === wanted)
    .filter((row) => matchesSearch(row, search))
    .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
}

function countText(count: number, all: number): string {
  if (count === 0) return all === 0 ? 'There is no unfinished instance.' : 'No instance matches.';
  return count === 1 ? 'One instance.' : `${count} instances.`;
}
