import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCrcValid } from '../../../lib/format/record-batch.ts';
import { emptiedBatch, filterBatch } from '../../../lib/format/record-batch-filter.ts';
import { parseBatchHeader } from '../../../lib/format/record-batch-header.ts';
import { readRecords } from '../../../lib/format/record-batch-reader.ts';
import { RecordBatchBuilder } from '../../../lib/format/record-batch-writer.ts';

const record = fc.record({
  timestamp: fc.integer({ min: 0, max: 2_000_000_000_000 }),
  key: fc.uint8Array({ maxLength: 12 }),
  value: fc.option(fc.uint8Array({ maxLength: 40 })),
  headers: fc.array(fc.record({ key: fc.string({ maxLength: 5 }), value: fc.option(fc.uint8Array({ maxLength: 5 })) }), { maxLength: 2 }),
  keep: fc.boolean(),
});

describe('filtering a batch', () => {
  it('keeps the records that are wanted as they were, and the offsets, codec and producer of the batch', () => {
    const codec = fc.constantFrom('none', 'gzip', 'snappy', 'lz4', 'zstd');
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 30 }), codec, fc.boolean(), (records, compression, withHorizon) => {
        const builder = new RecordBatchBuilder({
          compression,
          baseOffset: 500,
          partitionLeaderEpoch: 0,
          producerId: 7,
          producerEpoch: 1,
          baseSequence: 3,
        });
        for (const { keep: _, ...given } of records) builder.tryAppend(given);
        const bytes = builder.build();
        const before = [...readRecords(bytes, 0)];
        const wanted = before.filter((_, i) => records[i]?.keep);
        const outcome = filterBatch(bytes, 0, {
          keeps: ({ offsetDelta }) => records[offsetDelta]?.keep === true,
          deleteHorizonMs: withHorizon ? 123_456 : undefined,
        });
        if (wanted.length === 0) return void expect(outcome.kind).toBe('emptied');
        const marked = withHorizon && wanted.some(({ value }) => value === null);
        if (wanted.length === before.length && !marked) return void expect(outcome.kind).toBe('kept');
        if (outcome.kind !== 'rewritten') throw new Error(`it was ${outcome.kind}`);
        const header = parseBatchHeader(outcome.batch, 0);
        expect(isCrcValid(outcome.batch, 0, outcome.batch.length)).toBe(true);
        expect(header).toMatchObject({
          baseOffset: 500,
          lastOffset: 500 + records.length - 1,
          compression,
          producerId: 7,
          baseSequence: 3,
        });
        expect(header.hasDeleteHorizon).toBe(marked);
        if (marked) expect(header.baseTimestamp).toBe(123_456);
        expect(header.maxTimestamp).toBe(Math.max(...wanted.map(({ timestamp }) => timestamp)));
        expect([...readRecords(outcome.batch, 0)]).toEqual(wanted);
      }),
    );
  });

  it('empties a batch so that it still stands for its offsets', () => {
    const builder = new RecordBatchBuilder({ baseOffset: 10, compression: 'gzip', producerId: 4, producerEpoch: 0, baseSequence: 9 });
    for (const timestamp of [5, 7]) builder.tryAppend({ timestamp, key: 'k', value: 'v' });
    const empty = emptiedBatch(builder.build(), 0);
    expect(parseBatchHeader(empty, 0)).toMatchObject({
      baseOffset: 10,
      lastOffset: 11,
      recordsCount: 0,
      maxTimestamp: 7,
      producerId: 4,
      baseSequence: 9,
    });
    expect(filterBatch(empty, 0, { keeps: () => true })).toEqual({ kind: 'emptied' });
  });
});
