import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../../lib/runtime/random.ts';

describe('the system randomness', () => {
  it('never gives the same bytes twice, across its pool and beyond', () => {
    const random = systemRandom();
    const seen = new Set(Array.from({ length: 2_000 }, () => Buffer.from(random.bytes(16)).toString('hex')));
    expect(seen.size).toBe(2_000);
    expect(random.bytes(10_000)).toHaveLength(10_000);
    expect(random.bytes(0)).toHaveLength(0);
  });

  it('gives memory of its own', () => {
    const random = systemRandom();
    const first = random.bytes(8);
    const copy = Uint8Array.from(first);
    random.bytes(8).fill(0);
    expect(first).toEqual(copy);
  });

  it('draws fractions from 0 up to 1', () => {
    const random = systemRandom();
    for (let i = 0; i < 1_000; i++) {
      const fraction = random.fraction();
      expect(fraction >= 0 && fraction < 1).toBe(true);
    }
  });
});
