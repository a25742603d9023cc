import { describe, expect, it } from 'vitest';
import { FLOOR_NONE } from '../../lib/core/ids.ts';
import { emptyLeaseRecord, type LeaseRecord } from '../../lib/core/lease-record.ts';
import type { LeaseStore } from '../../lib/ports/lease-store.ts';
import { entryOf, freshKey, freshLease } from './partition-key.ts';
import { onSubject, type Subject } from './subject.ts';

const EMPTY = emptyLeaseRecord(FLOOR_NONE);

/** A record with something in every field. */
function fullRecord(version: number): LeaseRecord {
  return {
    version,
    next: 2 ** 40,
    start: 17,
    floor: freshLease(),
    tail: [entryOf(3), entryOf(5, { kind: 'inline', zones: 7, records: 2, maxTimestamp: -1 }), entryOf(1, { kind: 'gone', length: 0 })],
    maxTimestampBelow: 1_699_999_999_999,
    bytesBelow: 2 ** 41,
    producers: [
      { producerId: 0, epoch: 0, batches: [], lastUsedMs: 1_700_000_000_000 },
      {
        producerId: 2 ** 33,
        epoch: 32_767,
        lastUsedMs: 1_700_000_000_001,
        batches: [
          { firstSequence: 2 ** 31 - 2, lastSequence: 3, baseOffset: 12, timestamp: 1_700_000_000_000 },
          { firstSequence: 4, lastSequence: 4, baseOffset: 2 ** 39, timestamp: -1 },
        ],
      },
    ],
    evictions: 9,
    open: [{ producerId: 2 ** 33, firstOffset: 12 }],
  };
}

/** What every store of lease records must do. */
export function leaseStoreContract(name: string, open: () => Promise<Subject<LeaseStore>>): void {
  describe(`lease store: ${name}`, () => {
    const run = onSubject(open);

    it(
      'creates records once and leaves those that are there',
      run(async (store) => {
        const [a, b] = [freshKey(0), freshKey(1)];
        await store.create([a], EMPTY);
        await store.write([{ key: a, expected: 0, record: { ...EMPTY, version: 1, next: 5 } }]);
        await store.create([a, b], EMPTY);
        const [first, second] = await store.read([a, b]);
        expect(first?.next).toBe(5);
        expect(second).toEqual(EMPTY);
      }),
    );

    it(
      'creates more partitions than one request of any store takes',
      run(async (store) => {
        const { topicId } = freshKey();
        const keys = Array.from({ length: 230 }, (_, partition) => ({ topicId, partition }));
        await store.create(keys, EMPTY);
        const records = await store.read(keys);
        expect(records).toHaveLength(230);
        expect(records.every((record) => record?.version === 0)).toBe(true);
        await store.remove(keys);
        expect((await store.read(keys)).every((record) => record === undefined)).toBe(true);
      }),
    );

    it(
      'reads in the order asked, repeated keys included, with undefined where nothing is',
      run(async (store) => {
        const [a, b, none] = [freshKey(0), freshKey(1), freshKey(2)];
        await store.create([a, b], EMPTY);
        await store.write([{ key: b, expected: 0, record: { ...EMPTY, version: 1, next: 2 } }]);
        const records = await store.read([b, none, a, b]);
        expect(records.map((record) => record?.next)).toEqual([2, undefined, 0, 2]);
        expect(await store.read([])).toEqual([]);
      }),
    );

    it(
      'keeps every field of a record',
      run(async (store) => {
        const key = freshKey();
        await store.create([key], EMPTY);
        const record = fullRecord(1);
        expect(await store.write([{ key, expected: 0, record }])).toEqual([{ kind: 'applied' }]);
        expect(await store.read([key])).toEqual([record]);
      }),
    );

    it(
      'refuses a write on another version and answers the record as it is',
      run(async (store) => {
        const key = freshKey();
        await store.create([key], EMPTY);
        const record = fullRecord(1);
        await store.write([{ key, expected: 0, record }]);
        expect(await store.write([{ key, expected: 0, record: { ...EMPTY, version: 1 } }])).toEqual([{ kind: 'refused', current: record }]);
        expect(await store.write([{ key, expected: 7, record: { ...EMPTY, version: 8 } }])).toEqual([{ kind: 'refused', current: record }]);
        expect(await store.read([key])).toEqual([record]);
      }),
    );

    it(
      'refuses a write of a partition without record and creates none',
      run(async (store) => {
        const key = freshKey();
        expect(await store.write([{ key, expected: 0, record: { ...EMPTY, version: 1 } }])).toEqual([
          { kind: 'refused', current: undefined },
        ]);
        expect(await store.read([key])).toEqual([undefined]);
      }),
    );

    it(
      'answers each write of a call by itself',
      run(async (store) => {
        const [a, b, c] = [freshKey(0), freshKey(1), freshKey(2)];
        await store.create([a, b], EMPTY);
        const outcomes = await store.write([
          { key: a, expected: 0, record: { ...EMPTY, version: 1, next: 1 } },
          { key: b, expected: 3, record: { ...EMPTY, version: 4, next: 2 } },
          { key: c, expected: 0, record: { ...EMPTY, version: 1, next: 3 } },
        ]);
        expect(outcomes.map(({ kind }) => kind)).toEqual(['applied', 'refused', 'refused']);
        expect((await store.read([a, b, c])).map((record) => record?.next)).toEqual([1, 0, undefined]);
        expect(await store.write([])).toEqual([]);
      }),
    );

    it(
      'lets one of several writers of a version win',
      run(async (store) => {
        const key = freshKey();
        await store.create([key], EMPTY);
        const writers = Array.from({ length: 8 }, (_, i) =>
          store.write([{ key, expected: 0, record: { ...EMPTY, version: 1, next: i + 1 } }]),
        );
        const outcomes = (await Promise.all(writers)).map(([outcome]) => outcome?.kind);
        expect(outcomes.filter((kind) => kind === 'applied')).toHaveLength(1);
        const [record] = await store.read([key]);
        expect(outcomes[(record?.next ?? 0) - 1]).toBe('applied');
      }),
    );

    it(
      'counts up without loss when several writers retry on what a refusal showed',
      run(async (store) => {
        const key = freshKey();
        await store.create([key], EMPTY);
        const increment = async () => {
          let current: LeaseRecord | undefined = EMPTY;
          for (let tries = 0; tries < 200 && current !== undefined; tries++) {
            const base: LeaseRecord = current;
            const [outcome] = await store.write([
              { key, expected: base.version, record: { ...base, version: base.version + 1, next: base.next + 1 } },
            ]);
            if (outcome?.kind === 'applied') return;
            current = outcome?.kind === 'refused' ? outcome.current : base;
          }
          throw new Error('no attempt was applied');
        };
        await Promise.all(
          Array.from({ length: 8 }, async () => {
            for (let i = 0; i < 5; i++) await increment();
          }),
        );
        const [record] = await store.read([key]);
        expect(record).toMatchObject({ version: 40, next: 40 });
      }),
    );

    it(
      'removes records, absent ones too, and refuses writes afterwards',
      run(async (store) => {
        const [a, b] = [freshKey(0), freshKey(1)];
        await store.create([a], EMPTY);
        await store.remove([a, b]);
        await store.remove([a]);
        expect(await store.read([a])).toEqual([undefined]);
        expect((await store.write([{ key: a, expected: 0, record: { ...EMPTY, version: 1 } }]))[0]?.kind).toBe('refused');
      }),
    );

    it(
      'holds a record as large as its capacity says',
      run(async (store) => {
        const key = freshKey();
        await store.create([key], EMPTY);
        const { tailEntriesMax, producersMax } = store.capacity;
        const producer = fullRecord(1).producers[1];
        const record: LeaseRecord = {
          ...fullRecord(1),
          tail: Array.from({ length: tailEntriesMax }, () => entryOf(1_000)),
          producers: Array.from({ length: producersMax }, (_, i) => ({
            ...producer,
            producerId: i,
            epoch: 1,
            lastUsedMs: 1_700_000_000_000,
            batches: Array.from({ length: 5 }, (_, n) => ({
              firstSequence: 2 ** 30 + n * 100,
              lastSequence: 2 ** 30 + n * 100 + 99,
              baseOffset: 2 ** 40 + n * 100_000,
              timestamp: 1_700_000_000_000 - n,
            })),
          })),
        };
        expect(await store.write([{ key, expected: 0, record }])).toEqual([{ kind: 'applied' }]);
        expect(await store.read([key])).toEqual([record]);
      }),
    );
  });
}
