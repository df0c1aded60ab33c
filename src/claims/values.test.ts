import { describe, expect, it } from 'vitest';
import { codecs, type Codec } from './values.js';

const EXAMPLES: Record<keyof typeof codecs, string> = {
  instanceState:
    '{"v":1,"id":"ins_..","state":"SCHEDULED","from":"PENDING","seq":2,"revision":2,"ownerId":"u-17","definitionId":"def_..","workerId":"wrk_..","at":"2027-02-10T08:30:00.000Z"}',
  instanceWorker: '{"v":1,"instanceId":"ins_..","workerId":"wrk_..","token":"01J..","claimedAt":".."}',
  workerState:
    '{"v":1,"id":"wrk_..","status":"RUNNING","from":"PROVISIONING","seq":3,"revision":5,"at":".."}',
  workerCapacity:
    '{"v":1,"workerId":"wrk_..","seq":17,"configRevision":1,"accepting":{"open":true,"seq":3},"declared":{"cpuCores":48,"memoryGb":192,"storageGb":500,"nodes":20},"claims":{"ins_..":{"token":"01J..","claimedAt":"..","cpuCores":3,"memoryGb":5,"storageGb":50,"nodes":2}}}',
  workerPorts:
    '{"v":1,"workerId":"wrk_..","seq":17,"configRevision":1,"range":{"start":2000,"end":9999},"excluded":[9090],"claims":{"ins_..":{"serial_1":2000,"vnc_1":2001}}}',
  leader: '{"v":1,"service":"control-plane","holder":"01J..","since":".."}',
  epoch: '{"v":1,"epoch":"01J..","deploymentId":"01J.."}',
  tick: '{"v":1,"n":81,"at":".."}',
  owner: '{"v":1,"folderId":"01J..","since":".."}',
};
const CASES = Object.entries(EXAMPLES).map(
  ([kind, text]) => [kind, text, codecs[kind as keyof typeof codecs] as Codec<unknown>] as const,
);

/** The same value with every object's fields in reverse order and one field too many. */
function disordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([name, part]) => [name, disordered(part)] as const);
  return Object.fromEntries(entries.reverse());
}

describe('values of the live store', () => {
  it.each(CASES)('%s is stored byte for byte as documented', (_, text, codec) => {
    const decoded = codec.decode(text);
    expect(decoded).toEqual({ ok: true, value: JSON.parse(text) });
    expect(codec.encode(JSON.parse(text))).toBe(text);
  });

  it.each(CASES)('%s has its fields in order whatever order they come in', (_, text, codec) => {
    const mixed = { later: 'unknown', ...(disordered(JSON.parse(text)) as object) };
    const ordered = codec.encode(mixed);
    expect(JSON.parse(ordered)).toEqual(JSON.parse(text));
    // Names of ports keep the order of their template, which only the value itself knows.
    expect(ordered.replace('"vnc_1":2001,"serial_1":2000', '"serial_1":2000,"vnc_1":2001')).toBe(text);
  });

  it.each(CASES)('%s is read with fields that a later server added', (_, text, codec) => {
    const later = JSON.stringify({ ...(JSON.parse(text) as object), addedLater: { deep: true } });
    expect(codec.decode(later)).toEqual({ ok: true, value: JSON.parse(text) });
  });

  it.each(CASES)('%s of a newer format is left alone', (_, text, codec) => {
    const newer = text.replace('"v":1', '"v":2');
    expect(codec.decode(newer)).toEqual({ ok: false, why: 'NEWER', v: 2 });
    expect(codec.decode('{"v":3}')).toEqual({ ok: false, why: 'NEWER', v: 3 });
  });

  it.each(CASES)('%s that cannot be read is a finding, not a crash', (_, text, codec) => {
    const broken = ['', '{', 'null', '7', '"text"', '[]', '{}', '{"v":0}', '{"v":"2"}', text.slice(0, -1)];
    for (const stored of [...broken, text.replace(/:\d+/, ':-1'), text.replace('"v":1,', '')]) {
      expect(codec.decode(stored)).toMatchObject({ ok: false, why: 'UNREADABLE', fault: expect.any(String) });
    }
  });

  it('keeps what may be null', () => {
    const first = EXAMPLES.instanceState
      .replace('"from":"PENDING"', '"from":null')
      .replace('"workerId":"wrk_.."', '"workerId":null');
    const decoded = codecs.instanceState.decode(first);
    expect(decoded.ok && codecs.instanceState.encode(decoded.value)).toBe(first);
    const unlimited = EXAMPLES.workerCapacity.replace('"nodes":20', '"nodes":null');
    expect(codecs.workerCapacity.decode(unlimited)).toMatchObject({ ok: true });
  });

  it('refuses states and numbers that cannot be', () => {
    for (const [codec, text] of [
      [codecs.instanceState, EXAMPLES.instanceState.replace('SCHEDULED', 'scheduled')],
      [codecs.workerState, EXAMPLES.workerState.replace('RUNNING', 'ASLEEP')],
      [codecs.workerPorts, EXAMPLES.workerPorts.replace('2001', '70000')],
      [codecs.workerCapacity, EXAMPLES.workerCapacity.replace('"cpuCores":3', '"cpuCores":3.5')],
    ] as const) {
      expect(codec.decode(text)).toMatchObject({ ok: false, why: 'UNREADABLE' });
    }
  });
});
