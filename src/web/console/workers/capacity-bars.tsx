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
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <meter min={0} max={total ?? 1} value={total === null ? 0 : held} aria-label={`${label} held`}>
          {text}
        </meter>
        <span>{text}</span>
      </dd>
    </div>
  );
}
