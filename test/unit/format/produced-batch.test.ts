import { describe, expect, it } from 'vitest';
import { writeInt32 } from '../../../lib/format/big-endian.ts';
import { crc32c } from '../../../lib/format/crc32c.ts';
import { checkProducedBatch, checkRecords, recordsWhere } from '../../../lib/format/produced-batch.ts';
import { toLogAppendTime } from '../../../lib/format/record-batch.ts';
import { RecordBatchBuilder, type RecordBatchOptions } from '../../../lib/format/record-batch-writer.ts';

const limits = { maxMessageBytes: 1000 };
const codeOf = (code: string) => expect.objectContaining({ code });

function batch(options: RecordBatchOptions = {}, offsets: readonly number[] = [0, 1]): Buffer {
  const builder = new RecordBatchBuilder(options);
  for (const offsetDelta of offsets) builder.tryAppend({ timestamp: 100 - offsetDelta, key: 'k', value: 'v', offsetDelta });
  return builder.build();
}

/** A batch with one change under a right CRC, as a wrong client would send it. */
function resealed(bytes: Buffer, change: (bytes: Buffer) => void): Buffer {
  change(bytes);
  writeInt32(bytes, 17, crc32c(bytes.subarray(21)));
  return bytes;
}

describe('a produced batch', () => {
  it('is taken by its header, whatever its base offset and leader epoch', () => {
    const bytes = batch({ baseOffset: 77, partitionLeaderEpoch: 3, producerId: 1, producerEpoch: 0, baseSequence: 0 });
    expect(checkProducedBatch(bytes, 0, limits)).toMatchObject({ recordsCount: 2, producerId: 1 });
    expect(checkProducedBatch(bytes, 0, { maxMessageBytes: bytes.length }).sizeBytes).toBe(bytes.length);
  });

  it.each([
    [
      'one byte more than allowed',
      'MESSAGE_TOO_LARGE',
      () =>
        batch(
          {},
          Array.from({ length: 200 }, (_, i) => i),
        ),
    ],
    ['a byte missing', 'CORRUPT_MESSAGE', () => batch().subarray(0, -1)],
    [
      'a wrong CRC',
      'CORRUPT_MESSAGE',
      () => {
        const bytes = batch();
        bytes.writeInt8(1, 70);
        return bytes;
      },
    ],
    ['no records', 'INVALID_RECORD', () => new RecordBatchBuilder().build({ lastOffsetDelta: 0 })],
    ['gaps in its offsets', 'INVALID_RECORD', () => batch({}, [0, 2])],
    ['a count above its offsets', 'INVALID_RECORD', () => resealed(batch(), (bytes) => bytes.writeInt32BE(3, 57))],
    ['the control bit', 'INVALID_RECORD', () => batch({ isControl: true })],
    ['a delete horizon', 'INVALID_RECORD', () => batch({ deleteHorizonMs: 5 })],
    ['a producer id without a sequence', 'INVALID_RECORD', () => batch({ producerId: 9, producerEpoch: 0 })],
    [
      'log append time',
      'INVALID_TIMESTAMP',
      () => {
        const bytes = batch();
        toLogAppendTime(bytes, 0, 5);
        return bytes;
      },
    ],
  ])('with %s is refused as %s', (_, code, make) => {
    expect(() => checkProducedBatch(make(), 0, limits)).toThrow(codeOf(code));
  });

  it('is refused with the size, the limit and the name of the setting', () => {
    const bytes = batch();
    const details = { field: 'max.message.bytes', value: bytes.length, limit: 10 };
    expect(() => checkProducedBatch(bytes, 0, { maxMessageBytes: 10 })).toThrow(expect.objectContaining({ details }));
  });
});

describe('a walk over the records', () => {
  it('finds the timestamps, where the largest is first, and missing keys', () => {
    expect(checkRecords(batch(), 0)).toEqual({
      recordsCount: 2,
      minTimestamp: 99,
      maxTimestamp: 100,
      maxTimestampOffsetDelta: 0,
      hasNullKey: false,
    });
    const builder = new RecordBatchBuilder({ compression: 'lz4' });
    for (const timestamp of [1, 7, 7]) builder.tryAppend({ timestamp, key: null, value: 'v' });
    expect(checkRecords(builder.build(), 0)).toMatchObject({ maxTimestamp: 7, maxTimestampOffsetDelta: 1, hasNullKey: true });
  });

  it('picks records by what they hold', () => {
    const builder = new RecordBatchBuilder({ compression: 'zstd' });
    for (const key of ['a', null, 'b', null]) builder.tryAppend({ timestamp: 1, key, value: 'v' });
    const bytes = builder.build();
    expect(recordsWhere(bytes, 0, ({ keyLength }) => keyLength < 0)).toEqual([1, 3]);
    expect(recordsWhere(bytes, 0, ({ timestamp }) => timestamp > 1)).toEqual([]);
  });

  it('refuses offset deltas that do not run 0, 1, 2', () => {
    const bytes = batch();
    const swapped = resealed(batch(), (copy) => copy.writeInt8(2, 64));
    expect(bytes.readInt8(64)).toBe(0);
    expect(() => checkRecords(swapped, 0)).toThrow(codeOf('INVALID_RECORD'));
  });
});
