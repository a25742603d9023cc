/** Randomness, for everything that may not draw it itself. */
export interface Random {
  /** `length` unpredictable bytes. */
  bytes(length: number): Uint8Array;
  /** A number from 0 (inclusive) to 1 (exclusive); for jitter. */
  fraction(): number;
}
