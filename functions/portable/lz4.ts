import { compressBlock, compressBound, decompressBlock } from 'lz4js';

/** Magic; version 01 with independent blocks and no checksums; blocks of 64 KiB; the checksum of the two bytes before. */
const FRAME_HEADER = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]);
const BLOCK_BYTES = 64 * 1024;
const HASH_ENTRIES = 1 << 16;
const SIZE_BYTES = 4;
/** Set in the size of a block that is stored as it is. */
const STORED = 0x8000_0000;

/**
 * One frame of independent blocks. The package's own frames let blocks refer to earlier ones, which Kafka does not
 * allow, so each block is compressed by itself with an empty table.
 */
export function compressFrameSync(bytes: Uint8Array): Buffer {
  const pieces: Uint8Array[] = [FRAME_HEADER];
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = bytes.subarray(at, at + BLOCK_BYTES);
    const target = Buffer.allocUnsafe(compressBound(block.length));
    const length = compressBlock(block, target, 0, block.length, new Uint32Array(HASH_ENTRIES));
    // 0 says that nothing in it repeats.
    if (length === 0 || length >= block.length) pieces.push(sizeOf(block.length + STORED), block);
    else pieces.push(sizeOf(length), target.subarray(0, length));
  }
  return Buffer.concat([...pieces, sizeOf(0)]);
}

/** Inflates one block that follows the bound of its output, four bytes little-endian. Throws when it does not fit or is cut off. */
export function uncompressSync(sized: Buffer): Buffer {
  const room = sized.readUInt32LE(0);
  const output = Buffer.allocUnsafe(room);
  const length = decompressBlock(sized, output, SIZE_BYTES, sized.length - SIZE_BYTES, 0);
  if (!Number.isInteger(length) || length > room) throw new Error(`the block inflates to more than ${room} bytes or is cut off`);
  return output.subarray(0, length);
}

function sizeOf(value: number): Buffer {
  const bytes = Buffer.alloc(SIZE_BYTES);
  bytes.writeUInt32LE(value);
  return bytes;
}
