import { describe, expect, it } from 'vitest';
import { codecs } from '../claims/values.js';
import { DEPLOYMENT, type DeploymentDocument } from './deployment-model.js';
import { judgeEpoch, type EpochFacts, type Life } from './epoch-verdict.js';

const document: DeploymentDocument = {
  id: DEPLOYMENT,
  revision: 4,
  schemaVersion: 1,
  deploymentId: 'd-1',
  epoch: 'e-1',
  tick: 9,
  liveRevision: 50,
  raftTerm: 3,
  liveTick: 8,
  lostEpoch: null,
  ownerFolder: null,
  ownerBeat: 0,
};
const known: Life = { epoch: 'e-1', modRevision: 7, revision: 60, raftTerm: 4, tick: 9 };

function epochKey(epoch = 'e-1', deploymentId = 'd-1', modRevision = 7) {
  const value = codecs.epoch.encode({ v: 1, epoch, deploymentId });
  return { key: '/ccm/epoch', value, createRevision: 2, modRevision };
}
const standing = { entry: epochKey(), revision: 60, raftTerm: 4 };
const raised = { ...standing, revision: 1_000_060 };
const text = (value: string) => ({ ...standing, entry: { ...epochKey(), value } });

function judge(more: Partial<EpochFacts>) {
  return judgeEpoch({
    deploymentId: 'd-1',
    known,
    lostEpoch: null,
    document,
    standing,
    tick: 9,
    documentsAreOlder: false,
    ...more,
  });
}

describe('claims may go on', () => {
  it('while nothing that was seen is missing', () => {
    expect(judge({})).toEqual({ is: 'SOUND', life: known });
    expect(judge({ standing: { ...standing, revision: 61, raftTerm: 5 } })).toMatchObject({ is: 'SOUND' });
  });

  it('at the start, at or above what the leader has saved', () => {
    const first = { known: null, tick: 8, standing: { ...standing, revision: 50, raftTerm: 3 } };
    expect(judge(first)).toMatchObject({ is: 'SOUND', life: { revision: 50, raftTerm: 3 } });
  });

  it('in another life that both stores name, whatever was known of the former one', () => {
    const next = { ...document, epoch: 'e-2', liveRevision: 10, raftTerm: 2, liveTick: 2, lostEpoch: 'e-1' };
    const now = { entry: epochKey('e-2', 'd-1', 8), revision: 12, raftTerm: 2 };
    expect(judge({ document: next, standing: now, tick: 3 })).toEqual({
      is: 'SOUND',
      life: { epoch: 'e-2', modRevision: 8, revision: 12, raftTerm: 2, tick: 3 },
    });
  });
});

describe('the store is lost', () => {
  it.each<[string, Partial<EpochFacts>, string | null]>([
    ['when the epoch is missing', { standing: { ...standing, entry: null } }, null],
    ['when the epoch cannot be read', { standing: text('nonsense') }, null],
    ['when the epochs differ', { standing: { ...standing, entry: epochKey('e-0') } }, null],
    ['while it is rebuilt', { known: null, standing: { ...standing, entry: epochKey('e-2') } }, null],
    ['when the revision is below the highest known', { standing: { ...standing, revision: 59 } }, 'e-1'],
    ['when the raft term is', { standing: { ...standing, revision: 99, raftTerm: 3 } }, 'e-1'],
    [
      'when the revision is below what was saved',
      { known: null, standing: { ...standing, revision: 49 } },
      'e-1',
    ],
    ['when the term is below what was saved', { known: null, standing: { ...standing, raftTerm: 2 } }, 'e-1'],
    [
      'when the same epoch was written anew',
      { standing: { ...standing, entry: epochKey('e-1', 'd-1', 9) } },
      'e-1',
    ],
    [
      'when the tick is below the highest known, though the revision was raised',
      { tick: 8, standing: raised },
      'e-1',
    ],
    ['when the tick is below what was saved', { known: null, tick: 7, standing: raised }, 'e-1'],
    ['when the tick is gone', { tick: 0 }, 'e-1'],
    ['when this process saw it go back before', { lostEpoch: 'e-1' }, 'e-1'],
    ['when another one did', { known: null, document: { ...document, lostEpoch: 'e-1' } }, 'e-1'],
  ])('%s', (_, facts, wentBack) => {
    expect(judge(facts)).toMatchObject({ is: 'LOST', wentBack });
  });
});

describe('what is said of a lost store', () => {
  const emptied = { standing: { ...standing, entry: null } };

  it('names what stops, and until when', () => {
    expect(judge(emptied)).toMatchObject({
      why: 'the live store was emptied; claims stop until the leader has made its keys anew from the documents',
    });
  });

  it('names what an administrator has to do where the documents are older', () => {
    const { why } = judge({ ...emptied, documentsAreOlder: true }) as { why: string };
    expect(why).toMatch(
      /^the live store was emptied, and the documents are older than it; claims stop until an admin/,
    );
    for (const word of ['repairReports', 'runRepair', 'force']) expect(why).toContain(word);
  });
});

describe('nothing may be written', () => {
  it.each<[string, Partial<EpochFacts>]>([
    ['when the documents are gone', { document: null }],
    ['when they are those of another deployment', { document: { ...document, deploymentId: 'd-2' } }],
    ['when the live store is another one’s', { standing: { ...standing, entry: epochKey('e-1', 'd-2') } }],
    ['when a newer server wrote the epoch', { standing: text('{"v":2,"epoch":"e-1"}') }],
  ])('%s', (_, facts) => {
    expect(judge(facts)).toMatchObject({ is: 'FOREIGN' });
  });
});
