import { describe, expect, it } from 'vitest';
import type {
  Commit,
  CommittedRead,
  DeleteRecords,
  Fetch,
  FinalPartition,
  FinalStorage,
  History,
  HistoryOperation,
  ListOffsets,
  Ownership,
  Produce,
  SendOutcome,
} from '../history.ts';
import { ANOMALIES, type AnomalyName } from './anomaly.ts';
import { checkHistory } from './check.ts';

const P = 'orders-0';
const NEVER = Number.POSITIVE_INFINITY;
const END_MS = 1_000_000;

type Span = readonly [began: number, ended: number];
type Made<Kind extends HistoryOperation> = Partial<Omit<Kind, 'kind'>>;

/** A send of one batch whose values are its records, acknowledged at `at`. */
function send(span: Span, values: readonly number[], at: number | SendOutcome, more: Made<Produce> = {}): Produce {
  return {
    kind: 'produce',
    client: 'writer',
    began: span[0],
    ended: span[1],
    partition: P,
    acks: -1,
    records: values.map((value) => ({ value, timestamp: 1_000 })),
    outcome: typeof at === 'number' ? { kind: 'acked', baseOffset: at } : at,
    ...more,
  };
}

function fetched(span: Span, from: number, records: readonly Pair[], highWatermark: number, more: Made<Fetch> = {}): Fetch {
  const nextOffset = (records.at(-1)?.[0] ?? from - 1) + 1;
  const answer = { records: records.map(([offset, value]) => ({ offset, value })), highWatermark, startOffset: 0, nextOffset };
  return { kind: 'fetch', client: 'reader', began: span[0], ended: span[1], partition: P, from, answer, ...more };
}

function listed(span: Span, spec: 'earliest' | 'latest', offset: number): ListOffsets {
  return { kind: 'list-offsets', client: 'asker', began: span[0], ended: span[1], partition: P, spec, offset };
}

function owned(span: Span, member: string, memberEpoch: number, fenced = NEVER): Ownership {
  return { kind: 'own', client: member, began: span[0], ended: span[1], group: 'g', member, memberEpoch, partition: P, fenced };
}

function committed(span: Span, member: string, memberEpoch: number, offset: number): Commit {
  const [began, ended] = span;
  return { kind: 'commit', client: member, began, ended, group: 'g', member, memberEpoch, partition: P, offset, outcome: 'accepted' };
}

function commitRead(span: Span, offset: number): CommittedRead {
  return { kind: 'committed-read', client: 'reader', began: span[0], ended: span[1], group: 'g', partition: P, offset };
}

function deletion(span: Span, before: number): DeleteRecords {
  return { kind: 'delete-records', client: 'admin', began: span[0], ended: span[1], partition: P, before };
}

type Pair = readonly [offset: number, value: number];

function log(records: readonly Pair[], more: Partial<FinalPartition> = {}): FinalPartition {
  return {
    partition: P,
    start: 0,
    end: (records.at(-1)?.[0] ?? -1) + 1,
    records: records.map(([offset, value]) => ({ offset, value })),
    compacted: false,
    retentionMs: -1,
    retentionBytes: -1,
    deleteRetentionMs: 10_000,
    ...more,
  };
}

const NO_OBJECTS: FinalStorage = { named: new Set(), stored: new Map(), garbageAfterMs: 1_000 };

function history(operations: readonly HistoryOperation[], final: FinalPartition, storage: FinalStorage = NO_OBJECTS): History {
  return { operations, partitions: [final], storage, endMs: END_MS };
}

const IDEMPOTENT = (sequence: number): Made<Produce> => ({ producer: { id: 7, epoch: 0, sequence } });
const KEYED = (value: number, tombstone: boolean, timestamp = 1_000): Made<Produce> => ({
  records: [{ value, key: 'k', tombstone, timestamp }],
});

const WRONG: readonly (readonly [AnomalyName, string, History])[] = [
  [
    'lost-write',
    'another record is where an acknowledged one should be',
    history([send([1, 2], [10], 0), send([1, 2], [11], 1)], log([[0, 11]], { end: 2 })),
  ],
  [
    'write-after-delete',
    'a send that began when the topic was gone was acknowledged',
    {
      ...history([send([1, 6], [10], 0, { partition: 'gone/0' }), send([7, 8], [11], 1, { partition: 'gone/0' })], log([])),
      goneTopics: new Map([['gone', 5]]),
    },
  ],
  ['unseen', 'an acknowledged record lies past the end', history([send([1, 2], [10], 0)], log([]))],
  [
    'duplicate',
    'an idempotent batch was stored at its retry as well',
    history(
      [send([1, 2], [10], { kind: 'unknown' }, IDEMPOTENT(0)), send([3, 4], [10], 1, IDEMPOTENT(0))],
      log([
        [0, 10],
        [1, 10],
      ]),
    ),
  ],
  [
    'duplicate',
    'a plain batch that was sent once is there twice',
    history(
      [send([1, 2], [10], 0)],
      log([
        [0, 10],
        [1, 10],
      ]),
    ),
  ],
  [
    'inconsistent-offset',
    'two readers saw different records at one offset',
    history([send([1, 2], [10], 0), send([1, 2], [11], { kind: 'unknown' }), fetched([3, 4], 0, [[0, 11]], 1)], log([[0, 10]])),
  ],
  [
    'inconsistent-offset',
    'two sends were acknowledged at one offset',
    history([send([1, 2], [10], 0), send([1, 2], [11], 0)], log([[0, 10]])),
  ],
  [
    'hole',
    'a fetch leaves an offset out',
    history(
      [
        send([1, 2], [10, 11, 12], 0),
        fetched(
          [3, 4],
          0,
          [
            [0, 10],
            [2, 12],
          ],
          3,
        ),
      ],
      log([
        [0, 10],
        [1, 11],
        [2, 12],
      ]),
    ),
  ],
  ['hole', 'the final reading stops before the end', history([send([1, 2], [10], 0)], log([[0, 10]], { end: 3 }))],
  [
    'out-of-order',
    'batches of one producer changed places',
    history(
      [send([1, 9], [10], 1, IDEMPOTENT(0)), send([2, 9], [11], 0, IDEMPOTENT(1))],
      log([
        [0, 11],
        [1, 10],
      ]),
    ),
  ],
  [
    'out-of-order',
    'a later send got the smaller offset',
    history(
      [send([1, 2], [10], 1), send([3, 4], [11], 0)],
      log([
        [0, 11],
        [1, 10],
      ]),
    ),
  ],
  ['aborted-read', 'a refused send is there', history([send([1, 2], [10], { kind: 'failed', code: 'INVALID_RECORD' })], log([[0, 10]]))],
  [
    'aborted-read',
    'a reader of committed data saw an aborted transaction',
    history([send([1, 2], [10], 0, { aborted: true }), fetched([3, 4], 0, [[0, 10]], 1, { committedOnly: true })], log([[0, 10]])),
  ],
  ['invented-record', 'nobody sent what was read', history([], log([[0, 99]]))],
  [
    'offset-regress',
    'a consumer was given a record again',
    history(
      [
        send([1, 2], [10, 11], 0),
        fetched(
          [3, 4],
          0,
          [
            [0, 10],
            [1, 11],
          ],
          2,
        ),
        fetched([5, 6], 2, [[1, 11]], 2, { continues: true }),
      ],
      log([
        [0, 10],
        [1, 11],
      ]),
    ),
  ],
  [
    'poll-skip',
    'a consumer was sent past a record',
    history(
      [send([1, 2], [10, 11], 0), fetched([3, 4], 0, [[1, 11]], 2)],
      log([
        [0, 10],
        [1, 11],
      ]),
    ),
  ],
  [
    'read-beyond-high-watermark',
    'a record at the high watermark was given',
    history([send([1, 2], [10], 0), fetched([3, 4], 0, [[0, 10]], 0)], log([[0, 10]])),
  ],
  [
    'non-linearizable-end',
    'the end was seen below an acknowledged record',
    history([send([1, 2], [10], 0), listed([3, 4], 'latest', 0)], log([[0, 10]])),
  ],
  [
    'non-linearizable-end',
    'the end was seen before the send began',
    history([listed([1, 2], 'latest', 1), send([3, 4], [10], 0)], log([[0, 10]])),
  ],
  [
    'start-regress',
    'the start went back',
    history(
      [send([1, 2], [10], 0), deletion([2, 3], 1), listed([3, 4], 'earliest', 1), listed([5, 6], 'earliest', 0)],
      log([], { start: 1, end: 1 }),
    ),
  ],
  ['two-owners', 'a partition was given away before it was given up', history([owned([1, 9], 'one', 1), owned([5, 9], 'two', 2)], log([]))],
  [
    'fenced-commit',
    'the old owner committed under its old epoch',
    history([owned([1, 4], 'one', 1), owned([5, 9], 'two', 2), committed([6, 7], 'one', 1, 3)], log([])),
  ],
  ['under-replicated', 'a zone has not got what the others have', history([], log([]), { ...NO_OBJECTS, lacking: ['wal/00/x'] })],
  [
    'owner-refused',
    'a member that owns a partition may not commit',
    history([owned([1, 9], 'one', 2), { ...committed([3, 4], 'one', 2, 5), outcome: 'refused', isOwner: true }], log([])),
  ],
  [
    'lost-commit',
    'a commit of an earlier owner, which ended late, has overwritten a later one',
    history([committed([1, 9], 'one', 1, 3), committed([5, 6], 'two', 2, 7), commitRead([10, 11], 3)], log([])),
  ],
  [
    'lost-commit',
    'an accepted commit is not found',
    history([committed([1, 2], 'one', 1, 3), committed([3, 4], 'one', 1, 5), commitRead([5, 6], 3)], log([])),
  ],
  ['over-retention', 'a record of a topic without retention is gone', history([send([1, 2], [10], 0)], log([], { start: 1, end: 1 }))],
  [
    'over-retention',
    'more was deleted than was asked for',
    history([send([1, 2], [10, 11], 0), deletion([3, 4], 1)], log([], { start: 2, end: 2 })),
  ],
  [
    'compaction-lost-value',
    'the last value of a key is gone',
    history(
      [send([1, 2], [10], 0, KEYED(10, false)), send([3, 4], [11], 1, KEYED(11, false))],
      log([[0, 10]], { compacted: true, end: 2 }),
    ),
  ],
  [
    'compaction-lost-value',
    'a value is gone that only a young tombstone may have overtaken',
    history(
      [send([1, 2], [10], 0, KEYED(10, false)), send([3, 4], [11], { kind: 'unknown' }, KEYED(11, true, END_MS - 5_000))],
      log([], { compacted: true, end: 2 }),
    ),
  ],
  [
    'tombstone-too-early',
    'a young tombstone is gone',
    history([send([1, 2], [10], 0, KEYED(10, true, END_MS - 5_000))], log([], { compacted: true, end: 1 })),
  ],
  ['named-object-swept', 'the index names what is not stored', history([], log([]), { ...NO_OBJECTS, named: new Set(['wal/00/x']) })],
  ['garbage-left', 'an unnamed object is old', history([], log([]), { ...NO_OBJECTS, stored: new Map([['wal/00/x', 0]]) })],
  [
    'false-loss',
    'a reader was told that an object is gone',
    history([{ ...fetched([1, 2], 0, [], 0), answer: undefined, error: 'CORRUPT_OBJECT' } as unknown as Fetch], log([])),
  ],
  ['job-failed', 'a merge failed when all was well', { ...history([], log([])), jobFailures: ['merge: no'] }],
  ['late-answer', 'a send was answered after its time', history([send([1, 2], [10], 0, { lateMs: 700 })], log([[0, 10]]))],
  ['liveness', 'a send was never answered', history([send([1, NEVER], [10], { kind: 'pending' })], log([]))],
];

const RIGHT: readonly (readonly [string, History])[] = [
  ['nothing happened', history([], log([]))],
  ['news of a partition reach a member after it was fenced', history([owned([1, 9], 'one', 1), owned([5, 9], 'two', 2, 5)], log([]))],
  ['a send of unknown outcome is there', history([send([1, 2], [10], { kind: 'unknown' })], log([[0, 10]]))],
  ['a send of unknown outcome is not there', history([send([1, 2], [10], { kind: 'unknown' })], log([]))],
  ['a client died while it sent', history([send([1, NEVER], [10], { kind: 'killed' })], log([]))],
  [
    'a plain send was repeated and is there twice',
    history(
      [send([1, 2], [10], { kind: 'unknown' }), send([3, 4], [10], 1)],
      log([
        [0, 10],
        [1, 10],
      ]),
    ),
  ],
  [
    'concurrent sends lie in any order',
    history(
      [send([1, 9], [10], 1), send([2, 8], [11], 0), listed([3, 4], 'latest', 1), listed([5, 6], 'latest', 2)],
      log([
        [0, 11],
        [1, 10],
      ]),
    ),
  ],
  [
    'an end was asked for while a send was under way',
    history([send([1, 9], [10], 0), listed([2, 3], 'latest', 1), listed([2, 10], 'latest', 0)], log([[0, 10]])),
  ],
  ['expired records are gone', history([send([1, 2], [10], 0), send([3, 4], [11], 1)], log([[1, 11]], { start: 1, retentionMs: 5_000 }))],
  ['a request deleted records', history([send([1, 2], [10, 11], 0), deletion([3, 4], 1)], log([[1, 11]], { start: 1 }))],
  [
    'a value may have been overtaken by an old tombstone that was never answered',
    history(
      [send([1, 2], [10], 0, KEYED(10, false)), send([3, 4], [11], { kind: 'unknown' }, KEYED(11, true))],
      log([], { compacted: true, end: 2 }),
    ),
  ],
  [
    'compaction kept the last value and an old tombstone is gone',
    history(
      [
        send([1, 2], [10], 0, KEYED(10, false)),
        send([3, 4], [11], 1, KEYED(11, false)),
        send([3, 4], [12], 2, { records: [{ value: 12, key: 'j', tombstone: true, timestamp: 1_000 }] }),
      ],
      log([[1, 11]], { compacted: true, end: 3 }),
    ),
  ],
  [
    'a consumer went over compacted offsets',
    history(
      [send([1, 2], [10], 0, KEYED(10, false)), send([3, 4], [11], 1, KEYED(11, false)), fetched([5, 6], 0, [[1, 11]], 2)],
      log([[1, 11]], { compacted: true }),
    ),
  ],
  ['a fenced member still believes it owns', history([owned([1, 9], 'one', 1, 3), owned([5, 9], 'two', 2)], log([]))],
  [
    'the reader of a commit overlaps the next',
    history([committed([1, 2], 'one', 1, 3), committed([3, 9], 'one', 1, 5), commitRead([4, 6], 3)], log([])),
  ],
  ['garbage is young', history([], log([]), { ...NO_OBJECTS, stored: new Map([['wal/00/x', END_MS - 10]]) })],
  [
    'an aborted record was read by who reads everything',
    history([send([1, 2], [10], 0, { aborted: true }), fetched([3, 4], 0, [[0, 10]], 1)], log([[0, 10]])),
  ],
];

describe('the checker', () => {
  it.for(WRONG)('names %s when %s', ([name, , wrong]) => {
    expect(checkHistory(wrong).map((anomaly) => anomaly.name)).toContain(name);
  });

  it.for(RIGHT)('finds nothing wrong when %s', ([, right]) => {
    expect(checkHistory(right)).toEqual([]);
  });

  it('has a wrong history for every anomaly it knows', () => {
    expect(new Set(WRONG.map(([name]) => name))).toEqual(new Set(Object.keys(ANOMALIES)));
  });
});
