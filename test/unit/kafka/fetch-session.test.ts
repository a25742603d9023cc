import { describe, expect, it } from 'vitest';
import { FETCH_SESSIONS_MAX } from '../../../lib/core/limits.ts';
import { type FetchedPartition, FetchSessions } from '../../../lib/kafka/fetch-session.ts';

const want = (partition: number): FetchedPartition => ({
  topic: 't',
  topicId: '',
  partition,
  fetchOffset: 0,
  maxBytes: 1,
  currentLeaderEpoch: -1,
});
const open = { sessionId: 0, sessionEpoch: 0, usesIds: false, partitions: [want(0), want(1)], forgotten: [] };

function sessions() {
  const world = { now: 0, next: 1 };
  return {
    world,
    cache: new FetchSessions(
      () => world.now,
      () => world.next++,
    ),
  };
}

describe('fetch sessions', () => {
  it('are bounded: a new one takes the place of one that is no longer used, and else is refused', () => {
    const { world, cache } = sessions();
    for (let i = 0; i < FETCH_SESSIONS_MAX; i++) cache.resolve(open);
    expect(cache.resolve(open)).toMatchObject({ kind: 'fetch', session: undefined, incremental: false });
    world.now = 120_000;
    expect(cache.resolve({ ...open, sessionId: 1, sessionEpoch: 1, partitions: [] })).toMatchObject({ kind: 'fetch', incremental: true });
    expect(cache.resolve(open)).toMatchObject({ kind: 'fetch', session: { id: FETCH_SESSIONS_MAX + 1 } });
    expect(cache.size).toBe(FETCH_SESSIONS_MAX);
    expect(cache.resolve({ ...open, sessionId: 1, sessionEpoch: 2, partitions: [] })).toMatchObject({ kind: 'fetch' });
    expect(cache.resolve({ ...open, sessionId: 2, sessionEpoch: 1, partitions: [] })).toMatchObject({ kind: 'refused', errorCode: 70 });
  });

  it('read first what had no data last', () => {
    const { cache } = sessions();
    const opened = cache.resolve(open);
    if (opened.kind !== 'fetch' || opened.session === undefined) throw new Error('no session');
    const data = { partitionIndex: 0, errorCode: 0, highWatermark: 1, logStartOffset: 0 };
    expect(opened.session.tell(want(0), data, true)).toBe(true);
    expect(opened.session.partitions().map(({ partition }) => partition)).toEqual([1, 0]);
    expect(opened.session.tell(want(0), data, false)).toBe(false);
    expect(opened.session.tell(want(0), { ...data, logStartOffset: 1 }, false)).toBe(true);
    expect(opened.session.tell(want(0), { ...data, logStartOffset: 1, errorCode: 3 }, false)).toBe(true);
  });

  it('count their epochs from 1 again after the last', () => {
    const { cache } = sessions();
    const opened = cache.resolve(open);
    if (opened.kind !== 'fetch' || opened.session === undefined) throw new Error('no session');
    opened.session.epoch = 0x7fff_ffff;
    cache.resolve({ ...open, sessionId: 1, sessionEpoch: 0x7fff_ffff, partitions: [] });
    expect(opened.session.epoch).toBe(1);
  });

  it('end when nothing is left to read', () => {
    const { cache } = sessions();
    cache.resolve(open);
    const forgotten = [want(0), want(1)];
    expect(cache.resolve({ ...open, sessionId: 1, sessionEpoch: 1, partitions: [], forgotten })).toMatchObject({
      session: undefined,
      partitions: [],
    });
    expect(cache.size).toBe(0);
  });
});
