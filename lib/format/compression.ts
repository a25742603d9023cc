/**
 * The five codecs of Kafka's record batches, with bounded output.
 *
 * What a batch inflates to is decided by whoever made it, so every decoder checks before or while it grows, and stops at
 * the caller's bound: gzip and zstd grow in chunks and are cut off by zlib, snappy and lz4 state sizes which are checked
 * before anything is allocated. All calls are synchronous; a batch of the usual size takes well under a millisecond.
 */
import {
  constants,
  gunzipSync,
  gzipSync,
  type InputType,
  type ZlibOptions,
  type ZstdOptions,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { type CompressionType, corruptStream, inflatesTooFar } from './compression-codec.ts';
import { compressLz4, decompressLz4 } from './lz4-frame.ts';
import { compressSnappy, decompressSnappy } from './snappy-framing.ts';

/** Output grows by pieces of at least this size; zlib's own 16 KiB makes large batches needlessly slow. */
const CHUNK_BYTES_MIN = 64 * 1024;
/** And of at most this size, so that a tiny input never makes a large allocation. */
const CHUNK_BYTES_MAX = 1024 * 1024;

/**
 * Compresses bytes. `level` counts for gzip (1 to 9, default 6) and zstd (1 to 22, default 3), Kafka's
 * `compression.gzip.level` and `compression.zstd.level` (KIP-390); snappy and lz4 have none here.
 */
export function compress(codec: CompressionType, bytes: Uint8Array, level?: number): Uint8Array {
  switch (codec) {
    case 'none':
      return bytes;
    case 'gzip':
      return gzipSync(bytes, level === undefined ? {} : { level });
    case 'snappy':
      return compressSnappy(bytes);
    case 'lz4':
      return compressLz4(bytes);
    case 'zstd':
      return zstdCompressSync(bytes, level === undefined ? {} : { params: { [constants.ZSTD_c_compressionLevel]: level } });
  }
}

/**
 * Decompresses at most `maxBytes` bytes. MESSAGE_TOO_LARGE when there would be more, without having held more than that
 * and a piece of output; CORRUPT_MESSAGE when the input is not of the codec's format.
 */
export function decompress(codec: CompressionType, bytes: Uint8Array, maxBytes: number): Uint8Array {
  switch (codec) {
    case 'none':
      if (bytes.length > maxBytes) throw inflatesTooFar(codec, maxBytes);
      return bytes;
    case 'gzip':
      return inflate(codec, gunzipSync, bytes, maxBytes);
    case 'snappy':
      return decompressSnappy(bytes, maxBytes);
    case 'lz4':
      return decompressLz4(bytes, maxBytes);
    case 'zstd':
      return inflate(codec, zstdDecompressSync, bytes, maxBytes);
  }
}

type Inflater = (input: InputType, options: ZlibOptions & ZstdOptions) => Uint8Array;

function inflate(codec: CompressionType, inflater: Inflater, bytes: Uint8Array, maxBytes: number): Uint8Array {
  const chunkSize = Math.min(CHUNK_BYTES_MAX, Math.max(CHUNK_BYTES_MIN, bytes.length * 4));
  try {
    return inflater(bytes, { maxOutputLength: Math.max(1, maxBytes), chunkSize });
  } catch (error) {
    if (hasCode(error, 'ERR_BUFFER_TOO_LARGE')) throw inflatesTooFar(codec, maxBytes);
    throw corruptStream(codec, error instanceof Error ? error.message : String(error), error);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
