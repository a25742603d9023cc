import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMPRESSION_TYPES } from '../../../lib/format/compression-codec.ts';
import { checkProducedBatch, checkRecords } from '../../../lib/format/produced-batch.ts';
import { isCrcValid } from '../../../lib/format/record-batch.ts';
import { parseBatchHeader } from '../../../lib/format/record-batch-header.ts';
import { readRecords } from '../../../lib/format/record-batch-reader.ts';
import { type NewRecord, RecordBatchBuilder, type RecordBatchOptions, recordSizeMax } from '../../../lib/format/record-batch-writer.ts';
import { goldenBatches, goldenMadeBy } from './golden-batches.ts';

const T0 = 1_700_000_000_000;
const sample: readonly NewRecord[] = [
  { timestamp: T0, key: 'key-1', value: 'value-1' },
  { timestamp: T0 + 300, key: null, value: 'no key' },
  { timestamp: T0 - 70_000, key: Buffer.from('tombstone'), value: null },
  {
    timestamp: T0 + 5,
    key: '',
    value: new Uint8Array(0),
    headers: [
      { key: 'trace', value: Buffer.from('abc') },
      { key: 'none', value: null },
      { key: 'ключ', value: new Uint8Array(0) },
    ],
  },
  { timestamp: T0 + 6, key: 'long', value: 'stratalog '.repeat(40) },
];

function built(options: RecordBatchOptions, records: readonly NewRecord[] = sample): Buffer {
  const builder = new RecordBatchBuilder(options, 0);
  for (const record of records) builder.tryAppend(record);
  return builder.build();
}

function golden(name: string): Buffer {
  const found = goldenBatches().find((batch) => batch.name === name);
  if (found === undefined) throw new Error(`no golden batch ${name}`);
  return found.bytes;
}

describe(`a built batch, byte for byte as ${goldenMadeBy}`, () => {
  it('equals the plain one', () => {
    expect(built({}).equals(golden('none: plain'))).toBe(true);
  });

  it('equals the one of an idempotent producer in a transaction', () => {
    const batch = built({
      baseOffset: 2 ** 40,
      partitionLeaderEpoch: 42,
      producerId: 123_456_789_012,
      producerEpoch: 7,
      baseSequence: 0x7fff_fffd,
      isTransactional: true,
    });
    expect(batch.equals(golden('none: idempotent, transactional, offset 2^40'))).toBe(true);
  });

  it('equals the compacted one with gaps and a delete horizon', () => {
    const builder = new RecordBatchBuilder({
      baseOffset: 100,
      partitionLeaderEpoch: 5,
      deleteHorizonMs: T0 + 86_400_000,
    });
    builder.tryAppend({ timestamp: T0 + 1, key: 'a', value: null, offsetDelta: 3 });
    builder.tryAppend({ timestamp: T0 + 2, key: 'b', value: '2', offsetDelta: 70 });
    const batch = builder.build({ lastOffsetDelta: 99 });
    expect(batch.equals(golden('compacted: gaps, delete horizon, last offset 199'))).toBe(true);
  });

  it('equals the empty one', () => {
    const options = { baseOffset: 500, partitionLeaderEpoch: 6, producerId: 99, producerEpoch: 1, baseSequence: 20 };
    const batch = new RecordBatchBuilder(options).build({ lastOffsetDelta: 19, maxTimestamp: T0 });
    expect(batch.equals(golden('compacted: empty, offsets 500 to 519'))).toBe(true);
  });
});

const bytesOrNull = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null });
const record = fc.record({
  timestamp: fc.maxSafeNat().map((value) => Math.floor(value / 2)),
  key: bytesOrNull,
  value: bytesOrNull,
  headers: fc.array(fc.record({ key: fc.string({ unit: 'grapheme', maxLength: 8 }), value: bytesOrNull }), {
    maxLength: 3,
  }),
});

describe('a builder', () => {
  it('writes what the reader reads, in every codec', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), fc.constantFrom(...COMPRESSION_TYPES), (records, compression) => {
        const batch = built({ compression, producerId: 5, producerEpoch: 1, baseSequence: 9 }, records);
        const header = checkProducedBatch(batch, 0, { maxMessageBytes: batch.length });
        expect(header).toMatchObject({ compression, recordsCount: records.length, baseSequence: 9 });
        expect(header.maxTimestamp).toBe(Math.max(...records.map(({ timestamp }) => timestamp)));
        expect(checkRecords(batch, 0).recordsCount).toBe(records.length);
        const read = [...readRecords(batch, 0)];
        expect(
          read.map(({ timestamp, key, value, headers }) => ({
            timestamp,
            key: key && Uint8Array.from(key),
            value: value && Uint8Array.from(value),
            headers: headers.map((one) => ({ key: one.key, value: one.value && Uint8Array.from(one.value) })),
          })),
        ).toEqual(records);
        expect(read.map(({ offset }) => offset)).toEqual(records.map((_, index) => index));
      }),
    );
  });

  it('refuses a record past the limit, takes the first whatever its size, and states sizes exactly', () => {
    const builder = new RecordBatchBuilder();
    const big = { timestamp: 1, key: null, value: Buffer.alloc(1000) };
    expect(builder.tryAppend(big, 100)).toBe(true);
    const size = builder.estimatedSizeBytes;
    expect(builder.tryAppend(big, size + 1000)).toBe(false);
    expect(builder.estimatedSizeBytes).toBe(size);
    expect(builder.recordsCount).toBe(1);
    expect(builder.build()).toHaveLength(size);
  });

  it('never needs more for a record than its stated upper bound', () => {
    fc.assert(
      fc.property(record, (one) => {
        const builder = new RecordBatchBuilder();
        builder.tryAppend({ timestamp: 0, key: null, value: null });
        const before = builder.estimatedSizeBytes;
        builder.tryAppend(one);
        expect(builder.estimatedSizeBytes - before).toBeLessThanOrEqual(recordSizeMax(one));
      }),
    );
  });

  it('starts anew after each batch, and leaves built batches alone', () => {
    const builder = new RecordBatchBuilder();
    builder.tryAppend({ timestamp: 5, key: null, value: 'first' });
    const first = builder.build();
    const copy = Buffer.from(first);
    builder.tryAppend({ timestamp: 9, key: null, value: 'other' });
    const second = builder.build();
    expect(first.equals(copy)).toBe(true);
    expect(parseBatchHeader(second, 0)).toMatchObject({ baseTimestamp: 9, recordsCount: 1, lastOffsetDelta: 0 });
  });

  it('marks a control batch and log append time, and reads every record with the latter', () => {
    const batch = built({ isControl: true, timestampType: 'LogAppendTime' });
    expect(parseBatchHeader(batch, 0)).toMatchObject({ isControl: true, timestampType: 'LogAppendTime' });
    expect(new Set([...readRecords(batch, 0)].map(({ timestamp }) => timestamp))).toEqual(new Set([T0 + 300]));
    expect(isCrcValid(batch, 0, batch.length)).toBe(true);
  });

  it('refuses offsets that do not grow, and a batch of nothing', () => {
    const builder = new RecordBatchBuilder();
    const refusal = expect.objectContaining({ code: 'INVALID_RECORD' });
    expect(() => builder.build()).toThrow(refusal);
    builder.tryAppend({ timestamp: 1, key: null, value: null, offsetDelta: 4 });
    expect(() => builder.tryAppend({ timestamp: 1, key: null, value: null, offsetDelta: 4 })).toThrow(refusal);
    expect(() => builder.build({ lastOffsetDelta: 3 })).toThrow(refusal);
    expect(parseBatchHeader(builder.build({ lastOffsetDelta: 4 }), 0).lastOffsetDelta).toBe(4);
  });
});
