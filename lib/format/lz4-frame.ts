/**
 * LZ4 frames as Kafka uses them with magic 2 (KafkaLZ4BlockOutputStream.java; the LZ4 frame format, version 01).
 *
 *     | 04 22 4d 18 | FLG | BD | [content size 8] | [dictionary id 4] | HC | blocks ... | 00 00 00 00 | [checksum 4] |
 *     a block: | size uint32 little-endian, top bit: stored as it is | data | [checksum 4] |
 *
 * The library writes frames (independent blocks, correct header checksum). Reading goes block by block here, because
 * the library inflates a whole frame at once and has no bound. Each block is at most as large as BD states. The frame's
 * own checksums are passed over: the CRC-32C of the batch covers the same bytes and is checked before.
 */
import { compressFrameSync, uncompressSync } from 'lz4-napi';
import type { StratalogError } from '../core/errors.ts';
import { corruptStream, inflatesTooFar } from './compression-codec.ts';

const MAGIC = 0x184d2204;
const HEADER_BYTES_MIN = 7;
const FLG_AT = 4;
const BD_AT = 5;
const FLG_VERSION_MASK = 0xc0;
const FLG_VERSION_1 = 0x40;
const FLG_INDEPENDENT = 0x20;
const FLG_BLOCK_CHECKSUM = 0x10;
const FLG_CONTENT_SIZE = 0x08;
const FLG_CONTENT_CHECKSUM = 0x04;
const FLG_DICTIONARY = 0x01;
const CHECKSUM_BYTES = 4;
const SIZE_BYTES = 4;
const STORED = 0x8000_0000;
/** BD's codes 4 to 7 stand for 64 KiB, 256 KiB, 1 MiB and 4 MiB. */
const BLOCK_CODE_MIN = 4;
/** LZ4's best is a length byte of 255; a block never inflates further, so no more is allocated for it. */
const RATIO_MAX = 255;
const RATIO_SLACK = 64;

interface FrameHeader {
  readonly blockBytesMax: number;
  readonly blockChecksum: boolean;
  readonly contentChecksum: boolean;
  readonly bytes: number;
}

/** Compresses bytes into one frame. */
export function compressLz4(bytes: Uint8Array): Uint8Array {
  return compressFrameSync(asBuffer(bytes));
}

/** Decompresses one frame. MESSAGE_TOO_LARGE above `maxBytes`, CORRUPT_MESSAGE on anything else. */
export function decompressLz4(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const input = asBuffer(bytes);
  const header = readFrameHeader(input);
  const pieces: Uint8Array[] = [];
  let total = 0;
  let at = header.bytes;
  for (;;) {
    if (at + SIZE_BYTES > input.length) throw corrupt(`a block's size is cut off at byte ${at}`);
    const word = input.readUInt32LE(at);
    at += SIZE_BYTES;
    if (word === 0) break;
    const size = word % STORED;
    const end = at + size + (header.blockChecksum ? CHECKSUM_BYTES : 0);
    if (end > input.length || size > header.blockBytesMax) {
      throw corrupt(`the block at byte ${at} states ${size} bytes, ${input.length - at} are there`);
    }
    const block = input.subarray(at, at + size);
    const piece = word >= STORED ? block : inflateBlock(block, header.blockBytesMax);
    total += piece.length;
    if (total > maxBytes) throw inflatesTooFar('lz4', maxBytes);
    pieces.push(piece);
    at = end;
  }
  if (at + (header.contentChecksum ? CHECKSUM_BYTES : 0) !== input.length) {
    throw corrupt(`the frame ends at byte ${at} of ${input.length}`);
  }
  const only = pieces[0];
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, total);
}

function readFrameHeader(input: Buffer): FrameHeader {
  if (input.length < HEADER_BYTES_MIN || input.readUInt32LE(0) !== MAGIC) throw corrupt('no LZ4 frame begins here');
  const flg = input.readUInt8(FLG_AT);
  const blockCode = (input.readUInt8(BD_AT) >> 4) & 0x07;
  if ((flg & FLG_VERSION_MASK) !== FLG_VERSION_1) throw corrupt('the frame version is not 01');
  if ((flg & FLG_INDEPENDENT) === 0) throw corrupt('its blocks depend on one another, which Kafka does not allow');
  if ((flg & FLG_DICTIONARY) !== 0) throw corrupt('the frame wants a dictionary');
  if (blockCode < BLOCK_CODE_MIN) throw corrupt(`block size code ${blockCode} is below ${BLOCK_CODE_MIN}`);
  return {
    blockBytesMax: 1 << (8 + 2 * blockCode),
    blockChecksum: (flg & FLG_BLOCK_CHECKSUM) !== 0,
    contentChecksum: (flg & FLG_CONTENT_CHECKSUM) !== 0,
    bytes: HEADER_BYTES_MIN + ((flg & FLG_CONTENT_SIZE) === 0 ? 0 : 8),
  };
}

/** Inflates one block. The library wants the output's size before the data and takes a larger one as room. */
function inflateBlock(block: Buffer, blockBytesMax: number): Uint8Array {
  const room = Math.min(blockBytesMax, block.length * RATIO_MAX + RATIO_SLACK);
  const sized = Buffer.allocUnsafe(SIZE_BYTES + block.length);
  sized.writeUInt32LE(room, 0);
  sized.set(block, SIZE_BYTES);
  try {
    return uncompressSync(sized);
  } catch (error) {
    throw corrupt(error instanceof Error ? error.message : String(error), error);
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function corrupt(why: string, cause?: unknown): StratalogError {
  return corruptStream('lz4', why, cause);
}
