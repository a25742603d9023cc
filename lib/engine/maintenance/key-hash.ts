/**
 * SipHash-2-4 with 128 bits (Aumasson and Bernstein), keyed with bytes that nobody outside knows.
 *
 * Two keys with one hash would make compaction take one for the other and lose it. With 128 bits that does not happen by
 * chance, and without the secret nobody can look for such keys; an unkeyed hash would let a producer do just that.
 *
 * A 64-bit word is two 32-bit halves here: `a` the low one and `b` the high one.
 */
export class KeyHash {
  readonly #k: Int32Array;
  /** The four parts of the newest hash. */
  readonly out = new Int32Array(4);

  /** `secret`: 16 bytes. */
  constructor(secret: Uint8Array) {
    const view = new DataView(secret.buffer, secret.byteOffset, 16);
    this.#k = Int32Array.from({ length: 4 }, (_, i) => view.getInt32(i * 4, true));
  }

  /** Hashes `bytes[start, end)` into {@link out}. */
  update(bytes: Uint8Array, start: number, end: number): void {
    // Taken one by one: destructuring a typed array goes through its iterator.
    const k = this.#k;
    const k0a = k[0] as number;
    const k0b = k[1] as number;
    const k1a = k[2] as number;
    const k1b = k[3] as number;
    let v0a = k0a ^ 0x70736575;
    let v0b = k0b ^ 0x736f6d65;
    let v1a = k1a ^ 0x6e646f6d ^ 0xee;
    let v1b = k1b ^ 0x646f7261;
    let v2a = k0a ^ 0x6e657261;
    let v2b = k0b ^ 0x6c796765;
    let v3a = k1a ^ 0x79746573;
    let v3b = k1b ^ 0x74656462;
    const length = end - start;
    // Words of eight bytes, the last one padded with zeros and the length; then 4 rounds for each half of the result.
    const words = (length >>> 3) + 1;
    const steps = words * 2 + 8;
    let at = start;
    let ma = 0;
    let mb = 0;
    for (let step = 0; step < steps; step++) {
      const inWords = step < words * 2;
      if (inWords && (step & 1) === 0) {
        if (step < words * 2 - 2) {
          ma =
            (bytes[at] as number) |
            ((bytes[at + 1] as number) << 8) |
            ((bytes[at + 2] as number) << 16) |
            ((bytes[at + 3] as number) << 24);
          mb =
            (bytes[at + 4] as number) |
            ((bytes[at + 5] as number) << 8) |
            ((bytes[at + 6] as number) << 16) |
            ((bytes[at + 7] as number) << 24);
          at += 8;
        } else {
          ma = 0;
          mb = (length & 0xff) << 24;
          for (let i = 0; at + i < end; i++) {
            if (i < 4) ma |= (bytes[at + i] as number) << (8 * i);
            else mb |= (bytes[at + i] as number) << (8 * (i - 4));
          }
        }
        v3a ^= ma;
        v3b ^= mb;
      } else if (step === words * 2) v2a ^= 0xee;
      else if (step === words * 2 + 4) {
        this.out[0] = v0a ^ v1a ^ v2a ^ v3a;
        this.out[1] = v0b ^ v1b ^ v2b ^ v3b;
        v1a ^= 0xdd;
      }

      let sum = (v0a >>> 0) + (v1a >>> 0);
      v0b = (v0b + v1b + (sum > 0xffff_ffff ? 1 : 0)) | 0;
      v0a = sum | 0;
      let high = (v1b << 13) | (v1a >>> 19);
      v1a = ((v1a << 13) | (v1b >>> 19)) ^ v0a;
      v1b = high ^ v0b;
      high = v0b;
      v0b = v0a;
      v0a = high;

      sum = (v2a >>> 0) + (v3a >>> 0);
      v2b = (v2b + v3b + (sum > 0xffff_ffff ? 1 : 0)) | 0;
      v2a = sum | 0;
      high = (v3b << 16) | (v3a >>> 16);
      v3a = ((v3a << 16) | (v3b >>> 16)) ^ v2a;
      v3b = high ^ v2b;

      sum = (v0a >>> 0) + (v3a >>> 0);
      v0b = (v0b + v3b + (sum > 0xffff_ffff ? 1 : 0)) | 0;
      v0a = sum | 0;
      high = (v3b << 21) | (v3a >>> 11);
      v3a = ((v3a << 21) | (v3b >>> 11)) ^ v0a;
      v3b = high ^ v0b;

      sum = (v2a >>> 0) + (v1a >>> 0);
      v2b = (v2b + v1b + (sum > 0xffff_ffff ? 1 : 0)) | 0;
      v2a = sum | 0;
      high = (v1b << 17) | (v1a >>> 15);
      v1a = ((v1a << 17) | (v1b >>> 15)) ^ v2a;
      v1b = high ^ v2b;
      high = v2b;
      v2b = v2a;
      v2a = high;

      if (inWords && (step & 1) === 1) {
        v0a ^= ma;
        v0b ^= mb;
      }
    }
    this.out[2] = v0a ^ v1a ^ v2a ^ v3a;
    this.out[3] = v0b ^ v1b ^ v2b ^ v3b;
  }
}
