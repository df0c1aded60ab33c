/**
 * What documents add to claims: 1000 instances of 3 ports scheduled at once on one worker, through the whole command,
 * beside the same claims through the ledger alone in the same run.
 */
import type { Context } from '../src/context.js';
import { scheduleInstance } from '../src/instances/schedule-instance.js';
import type { Origin } from '../src/lib/run-operation.js';
import { findEngine, startEtcd } from '../tests/support/engines.js';
import { startTestServer } from '../tests/support/server.js';
import { openWorker } from '../tests/support/stage.js';
import { plainDefinition, story } from '../tests/support/story.js';

const COUNT = 1000;
const AT_ONCE = 50;

const ORIGIN: Origin = {
  actor: { subject: 'bench', roles: ['ADMIN'], expiresAt: Number.MAX_SAFE_INTEGER },
  requestId: 'bench',
  source: null,
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** The claims of as many instances, without documents. */
async function claims(context: Context, definitionId: string, workerId: string): Promise<number> {
  const worker = (await context.workers.load(workerId)).state;
  const need = (await context.definitions.load(definitionId)).state;
  const requests = Array.from({ length: COUNT }, () => ({
    instanceId: context.ids.next('ins'),
    workerId,
    worker,
    need,
    token: context.ids.ulid(),
    claimedAt: context.clock.now(),
  }));
  const ms = await timed(() => Promise.all(requests.map((request) => context.ledger.claim(request))));
  await Promise.all(requests.map((request) => context.ledger.release(request)));
  return ms;
}

async function measure(name: string, env: Record<string, string>): Promise<void> {
  const server = await startTestServer({
    env: { ...env, MAX_WORK_IN_FLIGHT: '2000', REPAIR_SECONDS: '86400' },
  });
  try {
    const { context } = server.server;
    const admin = await server.client('ADMIN');
    const { id: definitionId } = await story(admin).definition(plainDefinition('Lab', 3));
    const { id: workerId } = await openWorker(admin, 'bench');
    const alone = await claims(context, definitionId, workerId);
    const ids: string[] = [];
    while (ids.length < COUNT) {
      const some = await Promise.all(
        Array.from({ length: AT_ONCE }, () => story(admin).instance({ definitionId })),
      );
      ids.push(...some.map(({ id }) => id));
    }
    const whole = await timed(() =>
      Promise.all(ids.map((id) => context.runner.run(scheduleInstance, context, { id, workerId }, ORIGIN))),
    );
    console.log(`${COUNT} claims of 3 ports on one worker, ${name}`);
    console.log(`  through the ledger           ${alone.toFixed(0)} ms`);
    console.log(`  through scheduleInstance     ${whole.toFixed(0)} ms   ${(whole / alone).toFixed(1)}x`);
  } finally {
    await server.close();
  }
}

export async function run(): Promise<void> {
  await measure('embedded stores', {});
  if (!findEngine('etcd').path) return console.log('etcd NOT RUN');
  const etcd = await startEtcd();
  try {
    await measure('etcd with embedded documents', { ETCD_ENDPOINTS: etcd.url });
  } finally {
    await etcd.stop();
  }
}
