import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStratalogError, StratalogError } from '../../../lib/core/errors.ts';
import { compress } from '../../../lib/format/compression.ts';
import { COMPRESSION_TYPES, compressionId } from '../../../lib/format/compression-codec.ts';
import { checkRecords } from '../../../lib/format/produced-batch.ts';
import { isCrcValid, iterateWholeBatches } from '../../../lib/format/record-batch.ts';
import { parseBatchHeader } from '../../../lib/format/record-batch-header.ts';
import { openRecords, readRecords } from '../../../lib/format/record-batch-reader.ts';
import { RecordBatchBuilder } from '../../../lib/format/record-batch-writer.ts';
import { goldenBatches, goldenMadeBy, goldenText } from './golden-batches.ts';

describe(`batches made by ${goldenMadeBy}`, () => {
  it.each(goldenBatches())('read with the same header and records: $name', ({ bytes, header, records }) => {
    expect(parseBatchHeader(bytes, 0)).toEqual({
      ...header,
      lastOffsetDelta: (header.lastOffset as number) - (header.baseOffset as number),
    });
    expect(isCrcValid(bytes, 0, bytes.length)).toBe(true);
    const read = [...readRecords(bytes, 0)].map((record) => ({
      offset: record.offset,
      timestamp: record.timestamp,
      sequence: record.sequence,
      key: goldenText(record.key),
      value: goldenText(record.value),
      headers: record.headers.map(({ key, value }) => [key, goldenText(value)]),
    }));
    expect(read).toEqual(records);
  });

  it('are all there', () => {
    expect(goldenBatches()).toHaveLength(14);
  });
});

describe('records', () => {
  const batchOf = (records: Uint8Array, count: number) => {
    const builder = new RecordBatchBuilder();
    const empty = builder.build({ lastOffsetDelta: Math.max(0, count - 1) });
    empty.writeInt32BE(count, 57);
    empty.writeInt32BE(49 + records.length, 8);
    return Buffer.concat([empty, records]);
  };

  it('that are fewer than the header counts are corrupt', () => {
    const one = Buffer.from([12, 0, 0, 0, 1, 1, 0]);
    expect([...readRecords(batchOf(one, 1), 0)]).toHaveLength(1);
    expect(() => [...readRecords(batchOf(one, 2), 0)]).toThrow(/2 records do not fit 7 bytes/);
    expect(() => [...readRecords(batchOf(Buffer.concat([one, one]), 1), 0)]).toThrow(/7 bytes follow the last of 1/);
  });

  it.each([
    ['a key past its record', [12, 0, 0, 0, 20, 1, 0]],
    ['a value length of -2', [12, 0, 0, 0, 1, 3, 0]],
    ['a negative header count', [12, 0, 0, 0, 1, 1, 1]],
    ['more headers than fit', [12, 0, 0, 0, 1, 1, 20]],
    ['a header without a key', [16, 0, 0, 0, 1, 1, 2, 1, 1]],
    ['bytes left over', [14, 0, 0, 0, 1, 1, 0, 0]],
    ['an offset outside the batch', [12, 0, 0, 2, 1, 1, 0]],
    ['a negative length', [11, 0, 0, 0, 1, 1, 0]],
  ])('with %s are corrupt', (_, bytes) => {
    expect(() => [...readRecords(batchOf(Buffer.from(bytes), 1), 0)]).toThrow(StratalogError);
  });

  it('of a batch without an idempotent producer have no sequence, and sequences wrap to 0 at 2^31', () => {
    const builder = new RecordBatchBuilder({ producerId: 1, producerEpoch: 0, baseSequence: 0x7fff_ffff });
    builder.tryAppend({ timestamp: 1, key: null, value: 'a' });
    builder.tryAppend({ timestamp: 1, key: null, value: 'b' });
    expect([...readRecords(builder.build(), 0)].map((record) => record.sequence)).toEqual([0x7fff_ffff, 0]);
  });

  it('are views of an uncompressed batch', () => {
    const builder = new RecordBatchBuilder();
    builder.tryAppend({ timestamp: 1, key: 'k', value: 'value' });
    const batch = builder.build();
    const [record] = [...readRecords(batch, 0)];
    expect(record?.value?.buffer).toBe(batch.buffer);
  });

  it('that inflate past the bound are refused', () => {
    const builder = new RecordBatchBuilder({ compression: 'zstd' });
    builder.tryAppend({ timestamp: 1, key: null, value: Buffer.alloc(100_000) });
    const batch = builder.build();
    expect(() => openRecords(batch, 0, { maxDecompressedBytes: 50_000 })).toThrow(expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' }));
    expect([...readRecords(batch, 0, { maxDecompressedBytes: 200_000 })]).toHaveLength(1);
  });
});

/** Runs a reader on hostile bytes that end where the buffer's memory goes on: nothing but our own errors may come out. */
function readsOrRefuses(bytes: Uint8Array): void {
  const memory = new Uint8Array(bytes.length + 64).fill(0x55);
  memory.set(bytes, 32);
  const window = memory.subarray(32, 32 + bytes.length);
  try {
    for (const { position } of iterateWholeBatches(window)) {
      for (const record of readRecords(window, position, { maxDecompressedBytes: 1 << 20 })) {
        const end = (record.value?.byteOffset ?? 0) + (record.value?.length ?? 0);
        if (record.value?.buffer === window.buffer) expect(end).toBeLessThanOrEqual(32 + bytes.length);
      }
      checkRecords(window, position, { maxDecompressedBytes: 1 << 20 });
    }
  } catch (error) {
    if (!isStratalogError(error)) throw error;
  }
}

describe('any bytes', () => {
  it('read or are refused with our own error', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), readsOrRefuses));
  });

  it('that are valid batches with some bytes changed read or are refused with our own error', () => {
    const golden = goldenBatches().map(({ bytes }) => bytes);
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.constantFrom(...golden), edits, fc.nat(), (original, changes, cut) => {
        const bytes = Uint8Array.from(original);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        readsOrRefuses(bytes);
        readsOrRefuses(bytes.subarray(0, cut % bytes.length));
      }),
      { numRuns: 2000 },
    );
  });

  it('as the records of a sound header, in every codec, read or are refused with our own error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.constantFrom(...COMPRESSION_TYPES), (raw, codec) => {
        const records = compress(codec, raw);
        const header = Buffer.from(new RecordBatchBuilder().build({ lastOffsetDelta: 3 }));
        header[22] = compressionId(codec);
        header.writeInt32BE(4, 57);
        header.writeInt32BE(49 + records.length, 8);
        readsOrRefuses(Buffer.concat([header, records]));
      }),
      { numRuns: 500 },
    );
  });
});
