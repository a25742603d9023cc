/**
 * The base offset of a batch lies outside Kafka's CRC. In a file without holes a damaged one is noticed, since the batches
 * no longer follow on; in a compacted file it could pass for the edge of another hole. There the leader epoch, which lies
 * outside the CRC as well and means nothing here, holds a check of the base offset. Readers give it back as epoch 0.
 */
import { readInt32, writeInt32, writeInt64 } from './big-endian.ts';
import { crc32c } from './crc32c.ts';
import { baseOffsetAt, LEADER_EPOCH_AT } from './record-batch-header.ts';

const scratch = Buffer.alloc(8);

/** Writes the check of the batch at a position into its leader epoch. */
export function stampBaseOffset(bytes: Uint8Array, at: number): void {
  writeInt32(bytes, at + LEADER_EPOCH_AT, checkOf(baseOffsetAt(bytes, at)));
}

/** Whether the batch at a position has the base offset that it was written with. */
export function isBaseOffsetRight(bytes: Uint8Array, at: number): boolean {
  return readInt32(bytes, at + LEADER_EPOCH_AT) === checkOf(baseOffsetAt(bytes, at));
}

/** Not negative: a negative epoch says that there is none. */
function checkOf(baseOffset: number): number {
  writeInt64(scratch, 0, baseOffset);
  return crc32c(scratch) & 0x7fff_ffff;
}
