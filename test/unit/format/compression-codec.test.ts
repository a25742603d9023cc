import { describe, expect, it } from 'vitest';
import { COMPRESSION_TYPES, compressionId, compressionOf, isCompressionType } from '../../../lib/format/compression-codec.ts';

describe('codecs', () => {
  it('have the numbers of a batch attribute, and others are unsupported', () => {
    expect(COMPRESSION_TYPES.map(compressionId)).toEqual([0, 1, 2, 3, 4]);
    expect([0, 1, 2, 3, 4].map(compressionOf)).toEqual(COMPRESSION_TYPES);
    for (const id of [5, 6, 7]) {
      expect(() => compressionOf(id)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_COMPRESSION_TYPE' }));
    }
    expect([isCompressionType('zstd'), isCompressionType('brotli')]).toEqual([true, false]);
  });
});
