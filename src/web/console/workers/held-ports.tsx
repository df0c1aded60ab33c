import type { Worker } from '../api-workers.js';
import { shortId } from '../format.js';
import { hrefTo } from '../route.js';

/** Which instance holds which port numbers. */
export function HeldPorts({ ports: { range, available, allocations } }: { readonly ports: Worker['ports'] }) {
  const held = allocations.reduce((sum, { ports }) => sum + ports.length, 0);
  return (
    <details>
      <summary>
        Ports: {held} held, {available} free of {range.start}–{range.end}
      </summary>
      {allocations.length === 0 && <p className="hint">No instance holds a claim.</p>}
      <ul className="held">
        {allocations.map(({ instanceId, ports }) => (
          <li key={instanceId}>
            <a href={hrefTo('instances', instanceId)} title={instanceId}>
              <code>{shortId(instanceId)}</code>
            </a>{' '}
            {ports.length === 0
              ? 'no ports'
              : ports.map(({ name, number }) => `${name} ${number}`).join(', ')}
          </li>
        ))}
      </ul>
    </details>
  );
}
