import { useEffect, useState } from 'react';
import { GET_INSTANCE, type Instance } from '../api.js';
import { moment, slot } from '../format.js';
import { ErrorNotice } from '../parts/error-notice.js';
import { HistoryList } from '../parts/history-list.js';
import { StateBadge } from '../parts/state-badge.js';
import { may } from '../rights.js';
import { hrefTo } from '../route.js';
import { useLiveInstances, useSession } from '../session-context.js';
import { useQuery } from '../use-query.js';
import { InstanceActions } from './instance-actions.js';
import { PortTable } from './port-table.js';
import { RenderedLab } from './rendered-lab.js';

/** One run; asked for again whenever the live stream knows a newer revision. */
export function InstanceView({ id }: { readonly id: string }) {
  const { viewer } = useSession();
  const live = useLiveInstances().rows.get(id);
  const { data, error, refresh } = useQuery(GET_INSTANCE, { id });
  const [answered, setAnswered] = useState<Instance | null>(null);
  const instance = newer(data?.instance ?? null, answered);
  const behind = instance !== null && live !== undefined && live.revision > instance.revision;
  useEffect(() => {
    if (behind) refresh();
  }, [behind, live?.revision, refresh]);

  if (!instance) {
    return (
      <>
        <h1 tabIndex={-1}>Instance</h1>
        {error ? <ErrorNotice error={error} /> : <p className="hint">Loading…</p>}
      </>
    );
  }
  return (
    <>
      <p className="crumb">
        <a href={hrefTo('instances')}>Instances</a>
      </p>
      <div className="heading close">
        <h1 tabIndex={-1}>
          {instance.definitionName} {instance.definitionVersion}
        </h1>
        <StateBadge state={instance.state} />
      </div>
      <ErrorNotice error={error} />
      <InstanceActions instance={instance} onAnswer={setAnswered} />
      <Facts instance={instance} />
      <section>
        <h2>Ports</h2>
        <PortTable ports={instance.allocatedPorts} host={instance.endpoint?.host ?? null} />
      </section>
      <section>
        <h2>History</h2>
        <HistoryList entries={instance.history} />
      </section>
      {may(viewer, 'readLabFile') && <RenderedLab key={instance.endpoint?.workerName} id={id} />}
    </>
  );
}

function Facts({ instance }: { readonly instance: Instance }) {
  const { terminationRequested, lastError, gradingScore, endpoint } = instance;
  const facts: readonly (readonly [string, string | null])[] = [
    ['Id', instance.id],
    ['Owner', instance.ownerId],
    ['Timeslot', slot(instance.timeslotStart, instance.timeslotEnd)],
    ['Worker', endpoint && `${endpoint.workerName}${endpoint.host ? ` (${endpoint.host})` : ''}`],
    ['Reservation', instance.reservationId],
    ['Lab in CML', instance.cmlLabId],
    ['Revision', String(instance.revision)],
    [
      'End asked for',
      terminationRequested && `${moment(terminationRequested.at)} by ${terminationRequested.by}`,
    ],
    [
      'Failed starts',
      lastError && `${instance.retryCount}, the latest: ${lastError.code} ${lastError.message}`,
    ],
    [
      'Score',
      gradingScore && `${gradingScore.total} of ${gradingScore.max}${gradingScore.passed ? ', passed' : ''}`,
    ],
  ];
  return (
    <dl className="facts">
      {facts.map(
        ([name, value]) =>
          value && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function newer(asked: Instance | null, answered: Instance | null): Instance | null {
  if (!asked || !answered) return asked ?? answered;
  return answered.revision > asked.revision ? answered : asked;
}
