/** What the log changes in a stored batch, in place. Whoever shares the bytes sees the change. */
import { readUint16, writeInt16, writeInt32, writeInt64 } from './big-endian.ts';
import { crcOf } from './record-batch.ts';
import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  batchSizeAt,
  CRC_AT,
  LEADER_EPOCH_AT,
  LOG_APPEND_TIME_BIT,
  MAX_TIMESTAMP_AT,
} from './record-batch-header.ts';

/** Gives the batch at a position its offset, in place: 12 bytes, both outside the CRC. */
export function patchBatch(bytes: Uint8Array, at: number, baseOffset: number, leaderEpoch: number): void {
  writeInt64(bytes, at + BASE_OFFSET_AT, baseOffset);
  writeInt32(bytes, at + LEADER_EPOCH_AT, leaderEpoch);
}

/** Corrects the maximum timestamp of the batch at a position, in place, with a new CRC: reads all its bytes. */
export function setMaxTimestamp(bytes: Uint8Array, at: number, timestamp: number): void {
  writeInt64(bytes, at + MAX_TIMESTAMP_AT, timestamp);
  writeCrc(bytes, at, batchSizeAt(bytes, at));
}

/** Makes `timestamp` the time of all records (`message.timestamp.type=LogAppendTime`), in place, with a new CRC. */
export function toLogAppendTime(bytes: Uint8Array, at: number, timestamp: number): void {
  writeInt16(bytes, at + ATTRIBUTES_AT, readUint16(bytes, at + ATTRIBUTES_AT) | LOG_APPEND_TIME_BIT);
  setMaxTimestamp(bytes, at, timestamp);
}

/** Computes and writes the CRC of the whole batch at a position. */
export function writeCrc(bytes: Uint8Array, at: number, sizeBytes: number): void {
  writeInt32(bytes, at + CRC_AT, crcOf(bytes, at, sizeBytes));
}
