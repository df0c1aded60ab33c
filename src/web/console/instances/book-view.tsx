import { useState } from 'react';
import { CREATE_INSTANCE, SCHEDULE_INSTANCE, type Instance } from '../api.js';
import { DEFINITIONS } from '../api-definitions.js';
import { newKey } from '../format.js';
import { ErrorNotice } from '../parts/error-notice.js';
import type { FormValues } from '../parts/form-values.js';
import { Sheet } from '../parts/sheet.js';
import { request } from '../request.js';
import { may, whoMay } from '../rights.js';
import { goTo, hrefTo } from '../route.js';
import { useSession } from '../session-context.js';
import { useAction } from '../use-action.js';
import { useQuery } from '../use-query.js';
import { BookingFields } from './booking-fields.js';
import { WorkerChoice } from './worker-choice.js';

/** Creates an instance and, where the caller may, schedules it at once. */
export function BookView() {
  const { viewer } = useSession();
  const { data, error } = useQuery(DEFINITIONS, { status: 'ACTIVE', after: null });
  const [booked, setBooked] = useState<Instance | null>(null);
  const [idempotencyKey] = useState(newKey);
  const booking = useAction();
  const definitions = data?.definitions.nodes ?? [];

  const book = async (values: FormValues) => {
    // A booking whose scheduling was refused is kept; only the scheduling is tried again.
    const instance = booked ?? (await create(values, idempotencyKey));
    setBooked(instance);
    const workerId = values.text('workerId');
    if (workerId !== '') await request(SCHEDULE_INSTANCE, { input: { id: instance.id, workerId } });
    goTo('instances', instance.id);
  };

  return (
    <>
      <h1 tabIndex={-1}>Book a run</h1>
      <ErrorNotice error={error} />
      {data && definitions.length === 0 && (
        <p className="hint">
          There is no ACTIVE definition yet. <a href={hrefTo('definitions')}>Go to the definitions</a>
        </p>
      )}
      {definitions.length > 0 && (
        <Sheet action={booking} confirm={booked ? 'Schedule' : 'Book'} onSubmit={book}>
          {booked ? <Booked instance={booked} /> : <BookingFields definitions={definitions} />}
          {may(viewer, 'schedule') ? (
            <WorkerChoice none="Decide later" />
          ) : (
            <p className="hint">It waits as PENDING until {whoMay('schedule')} gives it a worker.</p>
          )}
        </Sheet>
      )}
    </>
  );
}

function Booked({ instance }: { readonly instance: Instance }) {
  return (
    <p className="notice">
      Booked, but not scheduled:{' '}
      <a href={hrefTo('instances', instance.id)}>
        {instance.definitionName} {instance.definitionVersion}
      </a>{' '}
      is {instance.state}. Choose another worker, or leave it.
    </p>
  );
}

async function create(values: FormValues, idempotencyKey: string): Promise<Instance> {
  const input = {
    definitionId: values.text('definitionId'),
    timeslotStart: values.time('timeslotStart'),
    timeslotEnd: values.time('timeslotEnd'),
    ownerId: values.optional('ownerId'),
    idempotencyKey,
  };
  return (await request(CREATE_INSTANCE, { input })).createInstance.instance;
}
