import { currentFormat } from '../db/current-format.js';
import type { Collection, IndexKey } from '../db/document-store.js';
import { viewOf } from '../db/view.js';
import { LabletError, notFound } from '../errors.js';
import { madeOnce } from '../lib/frozen.js';
import type { WorkerDocument } from './worker-model.js';
import { upgradeWorker, workerAggregate, type WorkerState } from './worker-state.js';

/** What queries show of a stored worker. @throws NewerFormat */
export const viewWorker = madeOnce((document: WorkerDocument): WorkerState => {
  return viewOf(currentFormat(document, workerAggregate, upgradeWorker));
});

/** @throws NOT_FOUND, NewerFormat */
export async function findWorker(workers: Collection<WorkerDocument>, id: string): Promise<WorkerState> {
  const found = await workers.get(id);
  if (!found) throw notFound('Worker', id);
  return viewWorker(found);
}

const PAGE = 200;

/** Every worker in every status, oldest first, without the fields named. */
export async function findEveryWorker(
  workers: Collection<WorkerDocument>,
  omit: readonly (keyof WorkerDocument)[] = [],
): Promise<WorkerState[]> {
  const found: WorkerState[] = [];
  let after: IndexKey | undefined;
  for (;;) {
    const options = { index: 'createdAt', limit: PAGE, omit, ...(after ? { after } : {}) };
    const page = await workers.find({}, options);
    found.push(...page.map(viewWorker));
    const last = page.at(-1);
    if (!last || page.length < PAGE) return found;
    after = workers.keyOf(last, 'createdAt');
  }
}

/** The refusal of a name, with the worker that has it. */
export async function findNameHolder(
  workers: Collection<WorkerDocument>,
  name: string,
): Promise<LabletError<'ALREADY_EXISTS'>> {
  const [holder] = await workers.find({ name }, { index: 'name', limit: 1 });
  const details = { entity: 'Worker', key: 'name', existingId: holder?.id ?? null };
  return new LabletError('ALREADY_EXISTS', `There is a worker named ${name}.`, details);
}
