declare module 'snappyjs' {
  export function compress(bytes: Uint8Array): Uint8Array;
  export function uncompress(bytes: Uint8Array, maxLength?: number): Uint8Array;
}

declare module 'lz4js' {
  export function compressBound(length: number): number;
  /** Answers the bytes written, 0 when nothing in the block repeats. */
  export function compressBlock(source: Uint8Array, target: Uint8Array, from: number, length: number, table: Uint32Array): number;
  /** Answers the index behind the last byte it wrote; writes nothing outside of `target`. */
  export function decompressBlock(source: Uint8Array, target: Uint8Array, from: number, length: number, to: number): number;
}
