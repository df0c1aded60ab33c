import type { InstanceRow } from '../api.js';
import { shortId, slot } from '../format.js';
import { StateBadge } from '../parts/state-badge.js';
import { hrefTo } from '../route.js';

export function InstanceTable({ rows }: { readonly rows: readonly InstanceRow[] }) {
  if (rows.length === 0) return null;
  return (
    <table className="cards-when-narrow">
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Definition</th>
          <th scope="col">Owner</th>
          <th scope="col">Timeslot</th>
          <th scope="col">Worker</th>
          <th scope="col">Ports</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.id} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row }: { readonly row: InstanceRow }) {
  const { id, state, endpoint, allocatedPorts } = row;
  const numbers = allocatedPorts.map(({ number }) => number).join(', ');
  return (
    <tr data-instance={id} data-ended={state === 'TERMINATED' || undefined}>
      <td>
        <StateBadge state={state} />
        {row.terminationRequested && state !== 'TERMINATED' && <small className="hint"> ending</small>}
      </td>
      <th scope="row">
        <a href={hrefTo('instances', id)} title={id}>
          {row.definitionName} {row.definitionVersion} <code>{shortId(id)}</code>
        </a>
      </th>
      <td data-label="Owner">{row.ownerId}</td>
      <td data-label="Timeslot" className="keep">
        {slot(row.timeslotStart, row.timeslotEnd)}
      </td>
      <td data-label="Worker" className="keep">
        {endpoint?.workerName ?? <span className="hint">none yet</span>}
      </td>
      <td data-label="Ports">{numbers ? <code>{numbers}</code> : <span className="hint">none</span>}</td>
    </tr>
  );
}
