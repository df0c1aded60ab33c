import type { Worker } from '../api-workers.js';
import { HistoryList } from '../parts/history-list.js';
import { StateBadge } from '../parts/state-badge.js';
import { CapacityBars } from './capacity-bars.js';
import { HeldPorts } from './held-ports.js';
import { WorkerActions } from './worker-actions.js';

const WARNINGS: Readonly<Record<string, string>> = {
  PORT_RANGE_ABOVE_CML_DEFAULT: 'The port range passes 7999, where that of CML ends by default.',
  REPORT_OVERDUE: 'No controller has reported for 5 minutes.',
};

interface Props {
  readonly worker: Worker;
  readonly onChanged: () => void;
}

export function WorkerCard({ worker, onChanged }: Props) {
  const { name, status, templateName, region, instanceType, licenseType, cmlVersion, host } = worker;
  const facts = [templateName, instanceType, region, licenseType, cmlVersion && `CML ${cmlVersion}`, host];
  return (
    <article className="card" data-worker={worker.id}>
      <div className="heading">
        <h2 title={worker.id}>{name}</h2>
        <StateBadge state={status} />
      </div>
      <p className="hint">{facts.filter(Boolean).join(' · ')}</p>
      {worker.warnings.map((warning) => (
        <p key={warning} className="notice warn">
          {WARNINGS[warning] ?? warning}
        </p>
      ))}
      <CapacityBars capacity={worker.capacity} />
      <HeldPorts ports={worker.ports} />
      <details>
        <summary>History</summary>
        <HistoryList entries={worker.history} />
      </details>
      <WorkerActions worker={worker} onChanged={onChanged} />
    </article>
  );
}
