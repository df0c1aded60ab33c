import { describe, expect, test } from 'vitest';
import { LiveTable, type LiveKind, type LiveMessage } from './live-table.js';

interface Row {
  readonly id: string;
  readonly revision: number;
}

const message = (kind: LiveKind, liveRevision: string, item: Row | null = null): LiveMessage<Row> => ({
  kind,
  liveRevision,
  id: item && item.id,
  item,
});
const row = (id: string, revision: number): Row => ({ id, revision });

function tableAfter(...messages: LiveMessage<Row>[]): LiveTable<Row> {
  const table = new LiveTable<Row>();
  table.begin();
  for (const each of messages) table.apply(each);
  return table;
}

const synced = () =>
  tableAfter(
    message('SNAPSHOT', 's1', row('a', 1)),
    message('SNAPSHOT', 's2', row('b', 1)),
    message('SYNCED', 'r3'),
  );

describe('a live table', () => {
  test('is synced, and resumes, only when its snapshot is complete', () => {
    const table = tableAfter(message('SNAPSHOT', 's1', row('a', 1)));
    expect([table.synced, table.resumeAfter, table.liveRevision]).toEqual([false, null, 's1']);
    table.apply(message('SYNCED', 'r2'));
    expect([table.synced, table.resumeAfter, table.liveRevision]).toEqual([true, 'r2', 'r2']);
  });

  test('resumes after the latest CHANGED, REMOVED or BOOKMARK', () => {
    const table = synced();
    table.apply(message('CHANGED', 'r4', row('a', 2)));
    expect(table.resumeAfter).toBe('r4');
    table.apply(message('REMOVED', 'r5', row('b', 1)));
    expect(table.resumeAfter).toBe('r5');
    table.apply(message('BOOKMARK', 'r9'));
    expect(table.resumeAfter).toBe('r9');
    expect([...table.rows.values()]).toEqual([row('a', 2)]);
  });

  test('keeps the newer revision of an object', () => {
    const table = synced();
    table.apply(message('CHANGED', 'r4', row('a', 5)));
    table.apply(message('CHANGED', 'r5', row('a', 4)));
    expect(table.rows.get('a')).toEqual(row('a', 5));
  });

  test('keeps its rows over a cut and resumes', () => {
    const table = synced();
    table.begin();
    expect([table.rows.size, table.synced, table.resumeAfter]).toEqual([2, false, 'r3']);
    table.apply(message('SYNCED', 'r7'));
    expect([table.rows.size, table.synced]).toEqual([2, true]);
  });

  test('drops after RESYNC_REQUIRED what the new snapshot lacks, and not before it is complete', () => {
    const table = synced();
    table.apply(message('RESYNC_REQUIRED', 'x'));
    expect([table.synced, table.resumeAfter]).toEqual([false, null]);
    table.apply(message('SNAPSHOT', 's8', row('b', 1)));
    expect([...table.rows.keys()]).toEqual(['a', 'b']);
    table.apply(message('SYNCED', 'r9'));
    expect([...table.rows.keys()]).toEqual(['b']);
  });

  test('starts again with a snapshot when the cut came inside one', () => {
    const table = synced();
    table.apply(message('RESYNC_REQUIRED', 'x'));
    table.apply(message('SNAPSHOT', 's8', row('b', 1)));
    table.begin();
    table.apply(message('SNAPSHOT', 's9', row('c', 1)));
    table.apply(message('SYNCED', 'r9'));
    expect([...table.rows.keys()]).toEqual(['c']);
  });
});
