/** The names and numbers of Kafka's compression codecs, and how their failures are told. */
import { StratalogError } from '../core/errors.ts';

/** How the records of a batch are compressed, by Kafka's names (`compression.type`). */
export type CompressionType = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** Codecs by the number that a batch's attributes carry. */
export const COMPRESSION_TYPES: readonly CompressionType[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** The number of a codec in a batch's attributes. */
export function compressionId(codec: CompressionType): number {
  return COMPRESSION_TYPES.indexOf(codec);
}

/** The codec of a number in a batch's attributes; UNSUPPORTED_COMPRESSION_TYPE for 5 to 7. */
export function compressionOf(id: number): CompressionType {
  const codec = COMPRESSION_TYPES[id];
  if (codec === undefined) {
    throw new StratalogError('UNSUPPORTED_COMPRESSION_TYPE', `compression type ${id} is unknown; 0 to 4 are known`, {
      field: 'compression',
      value: id,
      limit: 4,
    });
  }
  return codec;
}

/** Whether a text names a codec. */
export function isCompressionType(text: string): text is CompressionType {
  return (COMPRESSION_TYPES as readonly string[]).includes(text);
}

/** The refusal of records that inflate past their bound. */
export function inflatesTooFar(codec: CompressionType, maxBytes: number): StratalogError {
  return new StratalogError('MESSAGE_TOO_LARGE', `${codec} records inflate to more than ${maxBytes} bytes`, {
    field: 'records',
    limit: maxBytes,
  });
}

/** The refusal of bytes that are not of their codec's format. */
export function corruptStream(codec: CompressionType, why: string, cause?: unknown): StratalogError {
  return new StratalogError('CORRUPT_MESSAGE', `${codec} records cannot be decompressed: ${why}`, { field: 'records' }, cause);
}
