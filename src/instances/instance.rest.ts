import { listRoute, objectRoute, type RouteTable } from '../rest/route.js';
import { createInstance } from './create-instance.js';
import { getInstance, getInstanceByReservation } from './get-instance.js';
import { listInstances } from './list-instances.js';
import { recordGradingScore } from './record-grading-score.js';
import { reportInstance } from './report-instance.js';
import { scheduleInstance } from './schedule-instance.js';
import { terminateInstance } from './terminate-instance.js';
import { transitionInstance } from './transition-instance.js';

const shows = 'LabletInstance';

export const instanceRoutes: RouteTable = {
  tag: 'instances',
  description: 'Runs of definitions, from request to clean-up.',
  leavesOut: { LabletInstance: ['endpoint', 'nextStates', 'renderedLabYaml'] },
  routes: [
    listRoute(
      {
        path: '/instances',
        operation: listInstances,
        lists: shows,
        query: {
          state: 'filter.states',
          workerId: 'filter.workerId',
          ownerId: 'filter.ownerId',
          definitionId: 'filter.definitionId',
          startsFrom: 'filter.startsFrom',
          startsBefore: 'filter.startsBefore',
          orderBy: 'orderBy.field',
          direction: 'orderBy.direction',
          atLeast: 'atLeast',
        },
      },
      { operation: getInstanceByReservation, query: { reservationId: 'reservationId' } },
    ),
    objectRoute({
      method: 'POST',
      path: '/instances',
      operation: createInstance,
      takesBody: true,
      creates: true,
      shows,
      from: ({ instance }) => instance,
      errors: ['NOT_FOUND', 'DEFINITION_NOT_ACTIVE', 'TIMESLOT_INVALID', 'ALREADY_EXISTS'],
    }),
    objectRoute({
      method: 'GET',
      path: '/instances/{id}',
      operation: getInstance,
      query: { atLeast: 'atLeast' },
      shows,
      from: (instance) => instance,
    }),
    objectRoute({
      method: 'DELETE',
      path: '/instances/{id}',
      operation: terminateInstance,
      query: { reason: 'reason' },
      shows,
      from: ({ instance }) => instance,
      doneWhen: ({ instance }) => instance.state === 'TERMINATED',
    }),
    objectRoute({
      method: 'POST',
      path: '/instances/{id}/schedule',
      operation: scheduleInstance,
      takesBody: true,
      shows,
      from: ({ instance }) => instance,
      errors: [
        'INVALID_TRANSITION',
        'TIMESLOT_INVALID',
        'WORKER_NOT_ACCEPTING',
        'WORKER_NOT_ELIGIBLE',
        'CAPACITY_EXCEEDED',
        'PORTS_EXHAUSTED',
        'CLAIM_CONFLICT',
        'CLAIM_CONTENTION',
      ],
    }),
    objectRoute({
      method: 'POST',
      path: '/instances/{id}/transition',
      operation: transitionInstance,
      takesBody: true,
      shows,
      from: ({ instance }) => instance,
      errors: ['INVALID_TRANSITION', 'TIMESLOT_INVALID'],
    }),
    objectRoute({
      method: 'POST',
      path: '/instances/{id}/grading-score',
      operation: recordGradingScore,
      takesBody: true,
      shows,
      from: ({ instance }) => instance,
      errors: ['INVALID_TRANSITION'],
    }),
    objectRoute({
      method: 'POST',
      path: '/instances/{id}/report',
      operation: reportInstance,
      takesBody: true,
      shows,
      from: ({ instance }) => instance,
      errors: ['INVALID_TRANSITION'],
    }),
  ],
};
