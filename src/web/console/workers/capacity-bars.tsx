import type { Capacity, Worker } from '../api-workers.js';

const DIMENSIONS: readonly (readonly [keyof Capacity, string, string])[] = [
  ['cpuCores', 'CPU', 'cores'],
  ['memoryGb', 'Memory', 'GiB'],
  ['storageGb', 'Storage', 'GiB'],
  ['nodes', 'Nodes', ''],
];

/** What claims hold of a worker's room. */
export function CapacityBars({
  capacity: { declared, allocated },
}: {
  readonly capacity: Worker['capacity'];
}) {
  return (
    <dl className="capacity">
      {DIMENSIONS.map(([dimension, label, unit]) => (
        <Bar
          key={dimension}
          label={label}
          unit={unit}
          held={allocated[dimension] ?? 0}
          total={declared[dimension]}
        />
      ))}
    </dl>
  );
}

interface BarProps {
  readonly label: string;
  readonly unit: string;
  readonly held: number;
  /** Null: no limit. */
  readonly total: number | null;
}

function Bar({ label, unit, held, total }: BarProps) {
  const text = `${held} / ${total ?? 'no limit'} ${unit}`.trim();
  const share = total === null ? 0 : (100 * held) / total;
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <span
          className="bar-track"
          role="meter"
          aria-label={`${label} held`}
          aria-valuemin={0}
          aria-valuemax={total ?? undefined}
          aria-valuenow={held}
          aria-valuetext={text}
        >
          <span className="bar-held" style={{ width: `${share}%` }} />
        </span>
        <span className="amount">{text}</span>
      </dd>
    </div>
  );
}
