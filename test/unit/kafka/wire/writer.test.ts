import { describe, expect, it } from 'vitest';
import { Reader } from '../../../../lib/kafka/wire/reader.ts';
import { Writer, writeInt32 } from '../../../../lib/kafka/wire/writer.ts';

const hex = (write: (writer: Writer) => void, capacity = 4) => {
  const writer = new Writer(capacity);
  write(writer);
  return Buffer.concat(writer.finish()).toString('hex');
};

describe('a writer of the wire protocol', () => {
  it('writes integers big endian, growing as it goes', () => {
    expect(
      hex((w) => {
        w.int8(-1);
        w.int16(-2);
        w.int32(-3);
        w.int64(-4);
        w.int64(2 ** 40 + 1);
      }),
    ).toBe('fffffefffffffdfffffffffffffffc0000010000000001');
  });

  it('writes unsigned varints, strings and ids', () => {
    expect(hex((w) => w.uvarint(300))).toBe('ac02');
    expect(hex((w) => w.uvarint(2 ** 32 - 1))).toBe('ffffffff0f');
    expect(hex((w) => w.string('é', true))).toBe('03c3a9');
    expect(hex((w) => w.string(null, false))).toBe('ffff');
    expect(hex((w) => w.uuid('0a1b2c3d-0000-4000-8000-0123456789ab'))).toBe('0a1b2c3d0000400080000123456789ab');
    expect(() => hex((w) => w.uuid('no id'))).toThrow('canonical');
    expect(() => hex((w) => w.string('x'.repeat(40_000), false))).toThrow('limit 32767');
  });

  it('carries record batches by reference, in their place among the copied bytes', () => {
    const first = Buffer.alloc(5_000, 1);
    const second = Buffer.alloc(6_000, 2);
    const writer = new Writer(8);
    writer.int32(0);
    writer.records([first, Buffer.alloc(3, 9), second], false);
    writer.int8(7);
    const chunks = writer.finish(true);
    expect(chunks).toContain(first);
    expect(chunks).toContain(second);
    const all = Buffer.concat(chunks);
    expect(all.readInt32BE(0)).toBe(all.length - 4);
    expect(all.readInt32BE(4)).toBe(11_003);
    expect(all.equals(Buffer.concat([all.subarray(0, 8), first, Buffer.alloc(3, 9), second, Buffer.from([7])]))).toBe(true);
  });

  it('leaves one byte for the length of a tagged field and makes room when it is longer', () => {
    for (const count of [0, 31, 32, 5_000]) {
      const writer = new Writer(8);
      writer.records(Buffer.alloc(600), true);
      const at = writer.openTag(3);
      writer.array(new Array(count).fill(5), true, 0, writeInt32);
      writer.closeTag(at);
      writer.int8(-7);
      const reader = new Reader(Buffer.concat(writer.finish()));
      reader.bytes(true);
      expect(reader.uvarint()).toBe(3);
      reader.position = reader.tagEnd();
      expect([reader.int8(), reader.remaining]).toEqual([-7, 0]);
    }
  });
});
