import { describe, expect, it } from 'vitest';
import { murmur2, partitionOfKey } from '../../../lib/core/murmur2.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('murmur2', () => {
  it('gives the hashes that the tests of Apache Kafka state (UtilsTest.testMurmur2)', () => {
    const known = {
      '21': -973932308,
      foobar: -790332482,
      'a-little-bit-long-string': -985981536,
      'a-little-bit-longer-string': -1486304829,
      lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
      abc: 479470107,
    };
    for (const [text, hash] of Object.entries(known)) expect(murmur2(bytes(text)), text).toBe(hash);
  });

  it('sends a key to a partition by the positive part of the hash', () => {
    expect(partitionOfKey(bytes('foobar'), 6)).toBe((-790332482 & 0x7fffffff) % 6);
  });
});
