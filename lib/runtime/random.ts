import { randomFillSync } from 'node:crypto';
import type { Random } from '../ports/random.ts';

/** Bytes drawn from the system at once: a draw costs a microsecond whatever its size. */
const POOL_BYTES = 4_096;

/** The system's randomness, drawn ahead in blocks because a lease id needs only six bytes. */
export function systemRandom(): Random {
  const pool = new Uint8Array(POOL_BYTES);
  let at = POOL_BYTES;
  return {
    bytes(length) {
      if (length > POOL_BYTES) return randomFillSync(new Uint8Array(length));
      if (at + length > POOL_BYTES) {
        randomFillSync(pool);
        at = 0;
      }
      at += length;
      return pool.slice(at - length, at);
    },
    fraction: () => Math.random(),
  };
}
