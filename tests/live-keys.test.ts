import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabletClient } from '../src/client/index.js';
import { purePairs } from './support/backends.js';
import { findEngine } from './support/engines.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker, workerInput } from './support/stage.js';
import { plainDefinition, story } from './support/story.js';

const ULID = '[0-9A-HJKMNP-TV-Z]{26}';
const TIME = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z';

/** etcd's own client, where the engine came with it. */
function etcdctl(): string | null {
  const { path } = findEngine('etcd');
  const beside = path === null ? null : join(dirname(path), 'etcdctl');
  return beside !== null && existsSync(beside) ? beside : null;
}

describe.each(purePairs())('the live store on $name', (backend) => {
  let server: TestServer;
  let admin: LabletClient;
  let env: Readonly<Record<string, string>>;
  let stopEngines: () => Promise<void>;

  beforeAll(async () => {
    ({ env, stop: stopEngines } = await backend.start());
    server = await startTestServer({ env });
    admin = await server.client('ADMIN', 'root');
  });

  afterAll(async () => {
    await server?.close();
    await stopEngines?.();
  });

  /** Every key and its text, read by a stranger where there is one. */
  async function texts(): Promise<Map<string, string>> {
    const endpoint = env['ETCD_ENDPOINTS'];
    const program = etcdctl();
    if (!endpoint || !program) {
      const { entries } = await server.server.context.live.list('/ccm/');
      return new Map(entries.map(({ key, value }) => [key, value]));
    }
    const asked = ['--endpoints', endpoint, 'get', '--prefix', '/ccm', '-w', 'json'];
    const { stdout, stderr, status } = spawnSync(program, asked, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    const { kvs } = JSON.parse(stdout) as { kvs: { key: string; value: string }[] };
    const text = (encoded: string) => Buffer.from(encoded, 'base64').toString();
    return new Map(kvs.map(({ key, value }) => [text(key), text(value)]));
  }

  const matches = (pattern: string) => expect.stringMatching(new RegExp(`^${pattern}$`));

  it('holds exactly the keys and texts of the specification for a claim', async () => {
    const tell = story(admin);
    const lab = await tell.definition({
      ...plainDefinition('Keys', 2),
      resourceRequirements: { cpuCores: 3, memoryGb: 5, storageGb: 50 },
      nodeCount: 2,
    });
    const worker = await openWorker(admin, 'keys', {
      licenseType: 'PERSONAL',
      declaredCapacity: { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 30 },
    });
    const { id } = await tell.instance({ definitionId: lab.id });
    const { history } = await tell.schedule(id, worker.id);
    const found = await texts();
    const holder = found.get(`/ccm/instances/${id}/worker`) ?? '';
    expect(holder).toEqual(
      matches(
        `{"v":1,"instanceId":"${id}","workerId":"${worker.id}","token":"${ULID}","claimedAt":"${TIME}"}`,
      ),
    );
    const { token, claimedAt } = JSON.parse(holder) as { token: string; claimedAt: string };
    expect(found.get(`/ccm/instances/${id}/state`)).toBe(
      `{"v":1,"id":"${id}","state":"SCHEDULED","from":"PENDING","seq":2,"revision":2,"ownerId":"root",` +
        `"definitionId":"${lab.id}","workerId":"${worker.id}","at":"${history.at(-1)?.at}"}`,
    );
    expect(found.get(`/ccm/workers/${worker.id}/state`)).toEqual(
      matches(
        `{"v":1,"id":"${worker.id}","status":"RUNNING","from":"PROVISIONING","seq":3,"revision":3,"at":"${TIME}"}`,
      ),
    );
    // Made, opened and claimed on; the licence allows 20 of the 30 nodes.
    expect(found.get(`/ccm/workers/${worker.id}/capacity`)).toBe(
      `{"v":1,"workerId":"${worker.id}","seq":3,"configRevision":1,"accepting":{"open":true,"seq":3},` +
        `"declared":{"cpuCores":48,"memoryGb":192,"storageGb":500,"nodes":20},` +
        `"claims":{"${id}":{"token":"${token}","claimedAt":"${claimedAt}",` +
        `"cpuCores":3,"memoryGb":5,"storageGb":50,"nodes":2}}}`,
    );
    expect(found.get(`/ccm/workers/${worker.id}/ports`)).toBe(
      `{"v":1,"workerId":"${worker.id}","seq":3,"configRevision":1,"range":{"start":2000,"end":9999},` +
        `"excluded":[9090],"claims":{"${id}":{"port_0":2000,"port_1":2001}}}`,
    );
  });

  it('holds null where nothing is known or limited, and an empty object for a claim without ports', async () => {
    const tell = story(admin);
    const lab = await tell.definition({ ...plainDefinition('Empty', 0), portTemplate: [] });
    const worker = await openWorker(admin, 'empty', { excludedPorts: [] });
    const { id, history } = await tell.instance({ definitionId: lab.id });
    const pending = (await texts()).get(`/ccm/instances/${id}/state`);
    expect(pending).toBe(
      `{"v":1,"id":"${id}","state":"PENDING","from":null,"seq":1,"revision":1,"ownerId":"root",` +
        `"definitionId":"${lab.id}","workerId":null,"at":"${history[0]?.at}"}`,
    );
    await tell.schedule(id, worker.id);
    const found = await texts();
    expect(found.get(`/ccm/workers/${worker.id}/ports`)).toContain(`"excluded":[],"claims":{"${id}":{}}}`);
    expect(found.get(`/ccm/workers/${worker.id}/capacity`)).toContain('"nodes":null},"claims"');
  });

  it('holds the claim keys of a new worker empty and closed, and nothing of a claim that was released', async () => {
    const tell = story(admin);
    const { id: fresh } = await tell.worker(workerInput('fresh'));
    const made = await texts();
    expect(made.get(`/ccm/workers/${fresh}/capacity`)).toContain(
      '"seq":1,"configRevision":1,"accepting":{"open":false',
    );
    for (const part of ['capacity', 'ports']) {
      expect(made.get(`/ccm/workers/${fresh}/${part}`)).toMatch(/"seq":1,.*"claims":{}}$/);
    }
    const lab = await tell.definition(plainDefinition('Released'));
    const worker = await openWorker(admin, 'released');
    const { id } = await tell.instance({ definitionId: lab.id });
    await tell.schedule(id, worker.id);
    await tell.terminate(id);
    const left = [...(await texts())].filter(([key, text]) => (key + text).includes(id));
    expect(left.map(([key]) => key)).toEqual([`/ccm/instances/${id}/state`]);
    expect(left[0]?.[1]).toContain('"state":"TERMINATED","from":"SCHEDULED","seq":3,"revision":3');
  });

  it('holds no other keys than these, and epoch, leader and tick', async () => {
    const found = await texts();
    const entity = new RegExp(
      `^/ccm/(instances/ins_${ULID}/(state|worker)|workers/wrk_${ULID}/(state|capacity|ports))$`,
    );
    const others = [...found].filter(([key]) => !entity.test(key)).sort(([a], [b]) => (a < b ? -1 : 1));
    expect(others).toEqual([
      [
        '/ccm/control-plane/leader',
        matches(`{"v":1,"service":"control-plane","holder":"${ULID}","since":"${TIME}"}`),
      ],
      ['/ccm/control-plane/tick', matches(`{"v":1,"n":\\d+,"at":"${TIME}"}`)],
      ['/ccm/epoch', matches(`{"v":1,"epoch":"${ULID}","deploymentId":"${ULID}"}`)],
    ]);
    expect(found.size).toBeGreaterThan(others.length + 10);
  });
});
