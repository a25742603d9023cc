import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStratalogError } from '../../../lib/core/errors.ts';
import { utf8Of } from '../../../lib/http/utf8.ts';

describe('text', () => {
  it('is what TextDecoder takes for UTF-8, and nothing else', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.string().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          let expected: string | undefined;
          try {
            expected = decoder.decode(bytes);
          } catch {
            expected = undefined;
          }
          try {
            expect(utf8Of(Buffer.from(bytes)).toString()).toBe(expected);
          } catch (error) {
            if (!isStratalogError(error, 'INVALID_REQUEST')) throw error;
            expect(expected).toBeUndefined();
            const at = error.details.position as number;
            // Everything before the named byte is text, and with it nothing is.
            expect(() => decoder.decode(bytes.subarray(0, at))).not.toThrow();
            expect(() => decoder.decode(bytes)).toThrow();
          }
        },
      ),
    );
  });

  it.each([
    [[0x61, 0xc3, 0x28], 1],
    [[0x61, 0xff], 1],
    [[0xe2, 0x82], 0],
    [[0x61, 0x62, 0xf0, 0x9f, 0x98], 2],
    [[0xed, 0xa0, 0x80], 0],
  ])('names the first byte of what is wrong in %j', (bytes, position) => {
    expect(() => utf8Of(Buffer.from(bytes))).toThrowError(expect.objectContaining({ details: expect.objectContaining({ position }) }));
  });

  it('may begin with a byte order mark', () => {
    expect(utf8Of(Buffer.from('\ufeff{}')).toString()).toBe('{}');
  });
});
