import { compress, uncompress } from 'snappyjs';

export function compressSync(bytes: Uint8Array): Buffer {
  return asBuffer(compress(bytes));
}

/** Throws on anything but a whole raw block; the caller has checked the size that the block states. */
export function uncompressSync(bytes: Uint8Array): Buffer {
  return asBuffer(uncompress(bytes));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
