import type { HistoryEntry } from '../api.js';
import { moment } from '../format.js';
import { StateBadge } from './state-badge.js';

/** Every move of an instance or worker, the latest first. */
export function HistoryList({ entries }: { readonly entries: readonly HistoryEntry[] }) {
  return (
    <ol className="history" reversed>
      {entries.toReversed().map(({ sequence, to, at, by, reason }) => (
        <li key={sequence}>
          <StateBadge state={to} />
          <span>
            <time dateTime={at}>{moment(at)}</time> by {by}
            {reason && <span className="reason">“{reason}”</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}
