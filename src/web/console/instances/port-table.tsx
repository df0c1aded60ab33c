import type { AllocatedPort } from '../api.js';

interface Props {
  readonly ports: readonly AllocatedPort[];
  readonly host: string | null;
}

export function PortTable({ ports, host }: Props) {
  if (ports.length === 0) return <p className="hint">No port numbers are held.</p>;
  return (
    <table className="cards-when-narrow">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Number</th>
          <th scope="col">Kind</th>
          <th scope="col">Status</th>
        </tr>
      </thead>
      <tbody>
        {ports.map(({ name, protocol, kind, number, status }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td data-label="Number">
              <code>{host ? `${host}:${number}` : number}</code>
            </td>
            <td data-label="Kind">
              {kind} {protocol}
            </td>
            <td data-label="Status">{status}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
