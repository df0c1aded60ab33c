import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordGradingScoreDocument } from '../src/client/index.js';
import { startTestServer, type TestServer } from './support/server.js';
import { plainDefinition, required, story } from './support/story.js';

const score = {
  total: 7,
  max: 10,
  passed: true,
  breakdown: [{ criterion: 'routes', points: 7, max: 10 }],
};

describe('recordGradingScore', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(() => server?.close());

  async function gradedInstance(name: string): Promise<string> {
    const tell = story(await server.client('ADMIN'));
    const { id: definitionId } = await tell.definition(plainDefinition(name));
    const { id: workerId } = await tell.runningWorker(name);
    const { id } = await tell.instance({ definitionId });
    await tell.schedule(id, workerId);
    await tell.move(id, 'INSTANTIATING');
    await tell.move(id, 'RUNNING', { cmlLabId: 'lab-1' });
    await tell.move(id, 'COLLECTING');
    await tell.move(id, 'GRADING');
    return id;
  }

  it('stores the score and moves to STOPPING, once for one idempotency key', async () => {
    const id = await gradedInstance('first');
    const service = await server.client('SERVICE');
    const input = { id, score, idempotencyKey: 'score-1' };
    const first = await service.request(RecordGradingScoreDocument, { input });
    const again = await service.request(RecordGradingScoreDocument, { input });
    const { instance } = required(first.recordGradingScore);
    expect(instance).toMatchObject({ state: 'STOPPING', gradingScore: score });
    expect(required(again.recordGradingScore).instance).toEqual(instance);
  });

  it('refuses a score above its maximum, and says where', async () => {
    const id = await gradedInstance('second');
    const admin = await server.client('ADMIN');
    const refused = admin.request(RecordGradingScoreDocument, {
      input: { id, score: { ...score, total: 11 } },
    });
    await expect(refused).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      details: { fields: [{ path: 'score.total' }] },
    });
  });

  it('is not for operators', async () => {
    const id = await gradedInstance('third');
    const manager = await server.client('MANAGER');
    const refused = manager.request(RecordGradingScoreDocument, { input: { id, score } });
    await expect(refused).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});
