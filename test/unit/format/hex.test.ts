import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { writeHex } from '../../../lib/format/hex.ts';

describe('hex digits as bytes', () => {
  it('are what Buffer makes of them, in their place alone', () => {
    for (let i = 0; i < 200; i++) {
      const digits = randomBytes(12).toString('hex');
      const bytes = Buffer.alloc(16, 0xee);
      writeHex(bytes, 2, digits, 12);
      expect(bytes.toString('hex')).toBe(`eeee${digits}eeee`);
    }
  });

  it('pass over the dashes of a UUID', () => {
    for (let i = 0; i < 200; i++) {
      const id = randomUUID();
      const bytes = Buffer.alloc(16);
      writeHex(bytes, 0, id, 16);
      expect(bytes.toString('hex')).toBe(id.replaceAll('-', ''));
    }
  });
});
