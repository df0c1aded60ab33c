import { listRoute, objectRoute, type RouteTable } from '../rest/route.js';
import { cancelWorkerDrain } from './cancel-worker-drain.js';
import { drainWorker } from './drain-worker.js';
import { getWorker, getWorkerByName } from './get-worker.js';
import { listWorkers } from './list-workers.js';
import { registerWorker } from './register-worker.js';
import { reportWorker } from './report-worker.js';
import { transitionWorker } from './transition-worker.js';
import { updateWorker } from './update-worker.js';

const shows = 'Worker';

export const workerRoutes: RouteTable = {
  tag: 'workers',
  description: 'CML controllers and the machines behind them.',
  leavesOut: { Worker: ['capacity', 'ports', 'instanceIds', 'nextStatuses', 'warnings'] },
  routes: [
    listRoute(
      {
        path: '/workers',
        operation: listWorkers,
        lists: shows,
        query: {
          status: 'filter.status',
          templateName: 'filter.templateName',
          licenseType: 'filter.licenseType',
          atLeast: 'atLeast',
        },
      },
      { operation: getWorkerByName, query: { name: 'name' } },
    ),
    objectRoute({
      method: 'POST',
      path: '/workers',
      operation: registerWorker,
      takesBody: true,
      creates: true,
      shows,
      from: ({ worker }) => worker,
      errors: ['ALREADY_EXISTS', 'PORT_OUT_OF_RANGE'],
    }),
    objectRoute({
      method: 'GET',
      path: '/workers/{id}',
      operation: getWorker,
      query: { atLeast: 'atLeast' },
      shows,
      from: (worker) => worker,
    }),
    objectRoute({
      method: 'PATCH',
      path: '/workers/{id}',
      operation: updateWorker,
      takesBody: true,
      shows,
      from: ({ worker }) => worker,
      errors: [
        'ALREADY_EXISTS',
        'CAPACITY_EXCEEDED',
        'PORT_IN_USE',
        'PORT_OUT_OF_RANGE',
        'WORKER_BUSY',
        'CLAIM_CONTENTION',
      ],
    }),
    objectRoute({
      method: 'POST',
      path: '/workers/{id}/transition',
      operation: transitionWorker,
      takesBody: true,
      shows,
      from: ({ worker }) => worker,
      errors: ['INVALID_TRANSITION', 'WORKER_BUSY', 'CLAIM_CONTENTION'],
    }),
    objectRoute({
      method: 'POST',
      path: '/workers/{id}/drain',
      operation: drainWorker,
      takesBody: true,
      shows,
      from: ({ worker }) => worker,
      errors: ['INVALID_TRANSITION', 'CLAIM_CONTENTION'],
    }),
    objectRoute({
      method: 'DELETE',
      path: '/workers/{id}/drain',
      operation: cancelWorkerDrain,
      query: { reason: 'reason' },
      shows,
      from: ({ worker }) => worker,
      errors: ['INVALID_TRANSITION', 'CLAIM_CONTENTION'],
    }),
    objectRoute({
      method: 'POST',
      path: '/workers/{id}/report',
      operation: reportWorker,
      takesBody: true,
      shows,
      from: ({ worker }) => worker,
    }),
  ],
};
