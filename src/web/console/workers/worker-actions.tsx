import { useState } from 'react';
import { TRANSITION_WORKER, type Worker, type WorkerStatus } from '../api-workers.js';
import { Dialog } from '../parts/dialog.js';
import { Check, Field } from '../parts/field.js';
import type { FormValues } from '../parts/form-values.js';
import { request } from '../request.js';
import { may } from '../rights.js';
import { useSession } from '../session-context.js';
import { useAction } from '../use-action.js';

interface Props {
  readonly worker: Worker;
  readonly onChanged: () => void;
}

export function WorkerActions({ worker, onChanged }: Props) {
  const { viewer } = useSession();
  const [asking, setAsking] = useState<WorkerStatus | null>(null);
  const { busy, error, run } = useAction();
  const { id, name, revision: expectedRevision } = worker;
  const moves = may(viewer, 'moveWorker') ? worker.nextStatuses.filter((to) => !isDraining(worker, to)) : [];
  const held = worker.ports.allocations.length;

  const confirm = async (to: WorkerStatus, values: FormValues) => {
    const input = {
      id,
      to,
      reason: values.optional('reason'),
      force: values.checked('force') || null,
      expectedRevision,
    };
    const done = await run(async () => void (await request(TRANSITION_WORKER, { input })));
    onChanged();
    if (done) setAsking(null);
  };

  if (moves.length === 0) return null;
  return (
    <div className="buttons" role="group" aria-label={`Next moves of ${name}`}>
      {moves.map((to) => (
        <button
          key={to}
          type="button"
          className={to === 'TERMINATED' ? 'danger' : ''}
          onClick={() => setAsking(to)}
        >
          Move to {to}
        </button>
      ))}
      {asking && (
        <Dialog
          title={`Move ${name} to ${asking}`}
          confirm="Confirm"
          danger={asking === 'TERMINATED'}
          busy={busy}
          error={error}
          onConfirm={(values) => void confirm(asking, values)}
          onClose={() => setAsking(null)}
        >
          {held > 0 && <p className="notice warn">Instances that hold a claim on it: {held}.</p>}
          <Field label="Reason" name="reason" hint="Optional." maxLength={500} />
          {held > 0 && asking === 'STOPPING' && may(viewer, 'forceWorker') && (
            <Check label="Stop although claims are held" name="force" hint="Its instances are ended." />
          )}
        </Dialog>
      )}
    </div>
  );
}

/** Between RUNNING and DRAINING other commands move. */
function isDraining({ status }: Worker, to: WorkerStatus): boolean {
  return to === 'DRAINING' || (status === 'DRAINING' && to === 'RUNNING');
}
