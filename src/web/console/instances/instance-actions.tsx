import { useState } from 'react';
import {
  SCHEDULE_INSTANCE,
  TERMINATE_INSTANCE,
  TRANSITION_INSTANCE,
  type Instance,
  type InstanceState,
} from '../api.js';
import { Dialog } from '../parts/dialog.js';
import { Field } from '../parts/field.js';
import type { FormValues } from '../parts/form-values.js';
import { request } from '../request.js';
import { may, whoMay } from '../rights.js';
import { useSession } from '../session-context.js';
import { useAction } from '../use-action.js';
import { WorkerChoice } from './worker-choice.js';

interface Props {
  readonly instance: Instance;
  readonly onAnswer: (instance: Instance) => void;
}

/** Moves that are somebody else's: SCHEDULED comes with a claim, TERMINATED with an end. */
const OWN_COMMANDS: readonly InstanceState[] = ['SCHEDULED', 'TERMINATED'];

/** The next legal moves as buttons, as far as the caller's roles go. */
export function InstanceActions({ instance, onAnswer }: Props) {
  const { viewer } = useSession();
  const [asking, setAsking] = useState<InstanceState | null>(null);
  const { busy, error, run } = useAction();
  const { id, state, revision: expectedRevision, nextStates } = instance;

  if (state === 'TERMINATED') return <p className="hint">It has ended; everything it held is released.</p>;

  const moves = nextStates.filter((next) => !OWN_COMMANDS.includes(next));
  const mayMove = may(viewer, 'moveInstance');
  const mayTerminate = may(viewer, 'terminateAny') || instance.ownerId === viewer.subject;

  const confirm = async (to: InstanceState, values: FormValues) => {
    const reason = values.optional('reason');
    const done = await run(async () => {
      if (to === 'SCHEDULED') {
        const input = { id, workerId: values.text('workerId') };
        onAnswer((await request(SCHEDULE_INSTANCE, { input })).scheduleInstance.instance);
      } else if (to === 'TERMINATED') {
        const input = { id, reason };
        onAnswer((await request(TERMINATE_INSTANCE, { input })).terminateInstance.instance);
      } else {
        const input = { id, to, reason, cmlLabId: values.optional('cmlLabId'), expectedRevision };
        onAnswer((await request(TRANSITION_INSTANCE, { input })).transitionInstance.instance);
      }
    });
    if (done) setAsking(null);
  };

  return (
    <div className="buttons" role="group" aria-label="Next moves">
      {nextStates.includes('SCHEDULED') &&
        (may(viewer, 'schedule') ? (
          <button type="button" className="primary" onClick={() => setAsking('SCHEDULED')}>
            Schedule
          </button>
        ) : (
          <span className="hint">It waits until {whoMay('schedule')} gives it a worker.</span>
        ))}
      {mayMove &&
        moves.map((next) => (
          <button key={next} type="button" onClick={() => setAsking(next)}>
            Move to {next}
          </button>
        ))}
      {!mayMove && moves.length > 0 && (
        <span className="hint">Controllers report the next moves ({whoMay('moveInstance')}).</span>
      )}
      {mayTerminate && (
        <button type="button" className="danger" onClick={() => setAsking('TERMINATED')}>
          Terminate
        </button>
      )}
      {asking && (
        <Dialog
          title={titleOf(asking)}
          confirm={asking === 'TERMINATED' ? 'Terminate' : 'Confirm'}
          danger={asking === 'TERMINATED'}
          busy={busy}
          error={error}
          onConfirm={(values) => void confirm(asking, values)}
          onClose={() => setAsking(null)}
        >
          {asking === 'SCHEDULED' && <WorkerChoice />}
          {asking === 'RUNNING' && !instance.cmlLabId && (
            <Field label="Id of the lab in CML" name="cmlLabId" required />
          )}
          {asking !== 'SCHEDULED' && <Field label="Reason" name="reason" hint="Optional." maxLength={500} />}
        </Dialog>
      )}
    </div>
  );
}

function titleOf(to: InstanceState): string {
  if (to === 'SCHEDULED') return 'Schedule on a worker';
  return to === 'TERMINATED' ? 'Terminate this instance?' : `Report that it is ${to}`;
}
