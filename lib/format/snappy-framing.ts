/**
 * Snappy as Kafka frames it: the stream format of the Java library (org.xerial.snappy), not Google's framing format.
 *
 *     | 82 'SNAPPY' 00 | version int32 = 1 | compatible int32 = 1 | ( length int32 | raw snappy block )* |
 *
 * Some clients send one raw block without this frame; reading takes both, writing frames.
 * A raw block begins with its uncompressed size as a varint, so that every allocation is known and bounded beforehand.
 */
import { compressSync, uncompressSync } from 'snappy';
import type { StratalogError } from '../core/errors.ts';
import { readInt32, writeInt32 } from './big-endian.ts';
import { corruptStream, inflatesTooFar } from './compression-codec.ts';
import { readUnsignedVarint } from './varint.ts';

const MAGIC = Uint8Array.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const FRAME_HEADER_BYTES = 16;
const BLOCK_HEADER_BYTES = 4;
const VERSION = 1;
/** The Java library's block size, which readers of fixed buffers may expect. */
const BLOCK_BYTES = 32 * 1024;
/** Snappy's best is 64 bytes out of a three-byte copy; a stated size beyond that is a lie, and is not allocated. */
const RATIO_MAX = 22;

/** Compresses bytes into a framed stream. */
export function compressSnappy(bytes: Uint8Array): Uint8Array {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.set(MAGIC);
  writeInt32(header, 8, VERSION);
  writeInt32(header, 12, VERSION);
  const parts: Uint8Array[] = [header];
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = compressSync(bytes.subarray(at, at + BLOCK_BYTES));
    const length = Buffer.alloc(BLOCK_HEADER_BYTES);
    writeInt32(length, 0, block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

/** Decompresses a framed stream or one raw block. MESSAGE_TOO_LARGE above `maxBytes`, CORRUPT_MESSAGE on anything else. */
export function decompressSnappy(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const blocks = isFramed(bytes) ? blocksOf(bytes) : [bytes];
  let total = 0;
  for (const block of blocks) {
    total += statedSize(block);
    if (total > maxBytes) throw inflatesTooFar('snappy', maxBytes);
  }
  const only = blocks[0];
  if (blocks.length === 1 && only !== undefined) return uncompressBlock(only);
  const output = Buffer.allocUnsafe(total);
  let at = 0;
  for (const block of blocks) {
    const piece = uncompressBlock(block);
    output.set(piece, at);
    at += piece.length;
  }
  return output;
}

function isFramed(bytes: Uint8Array): boolean {
  return bytes.length >= FRAME_HEADER_BYTES && MAGIC.every((byte, index) => bytes[index] === byte);
}

function blocksOf(bytes: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  let at = FRAME_HEADER_BYTES;
  while (at < bytes.length) {
    const start = at + BLOCK_HEADER_BYTES;
    if (start > bytes.length) throw corrupt(`a block's length is cut off at byte ${at}`);
    const length = readInt32(bytes, at);
    if (length <= 0 || start + length > bytes.length) {
      throw corrupt(`the block at byte ${at} states ${length} bytes, ${bytes.length - start} are there`);
    }
    blocks.push(bytes.subarray(start, start + length));
    at = start + length;
  }
  return blocks;
}

/** The uncompressed size that a raw block states, checked against what its length can hold. */
function statedSize(block: Uint8Array): number {
  const size = readUnsignedVarint({ bytes: block, position: 0, end: block.length });
  if (size > block.length * RATIO_MAX) throw corrupt(`a block of ${block.length} bytes states ${size} bytes`);
  return size;
}

function uncompressBlock(block: Uint8Array): Uint8Array {
  try {
    return uncompressSync(block, { asBuffer: true }) as Buffer;
  } catch (error) {
    throw corrupt(error instanceof Error ? error.message : String(error), error);
  }
}

function corrupt(why: string, cause?: unknown): StratalogError {
  return corruptStream('snappy', why, cause);
}
