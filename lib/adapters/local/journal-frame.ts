/**
 * A frame of the journal: what one commit wrote, as bytes that prove that they are whole.
 *
 * | at | bytes | what |
 * |---|---|---|
 * | 0 | 4 | "SLJ1" |
 * | 4 | 4 | CRC-32 of all that follows |
 * | 8 | 8 | key of the folder: no record of a producer's can pass for a frame |
 * | 16 | 8 | sequence, one more than the frame before |
 * | 24 | 8 | number of the volume that it lies in |
 * | 32 | 4 | position in it: a volume that is written again holds frames of its old number |
 * | 36 | 4 | bytes of the frame |
 * | 40 | 4 | segments |
 * | 44 | 4 | lease records |
 * | 48 | | the segments' rows, the lease records, the bytes of small segments |
 *
 * Numbers are big-endian, those of 8 bytes doubles. A row of a segment: its lease's name, when it was put, its size, the volume (0 for this frame), the
 * position, 1 and its CRC-32 where it is not known to be on disk, else 0. A lease record: name, version, size, bytes.
 */
import { crc32 } from '../../format/crc32.ts';
import type { InlineSegment, LeaseRows, VolumePlace } from './database-commands.ts';

const KEY_BYTES = 8;
/** What a frame begins with, as far as its reader needs it to find the rest. */
export const PREFIX_BYTES = 48;
const MAGIC = 0x53_4c_4a_31;
const CRC_FROM = 8;
const KEY_AT = 8;
const SEQUENCE_AT = 16;
const VOLUME_AT = 24;
const POSITION_AT = 32;
const SIZE_AT = 36;
const SEGMENTS_AT = 40;
const LEASES_AT = 44;
/** Bytes of a segment's row and of a lease record's, without their names and what is in it. */
const SEGMENT_ROW_BYTES = 2 + 8 + 4 + 8 + 4 + 1 + 4;
const LEASE_ROW_BYTES = 2 + 8 + 4;

/** Where a frame lies, and which one it is. */
export interface FramePlace {
  readonly key: Uint8Array;
  readonly sequence: number;
  readonly volume: number;
  readonly position: number;
}

/** A segment as a frame names it. */
export interface FrameSegment {
  readonly lease: string;
  readonly putAtMs: number;
  readonly place: VolumePlace;
  /** Its checksum where the frame's own sync puts it on disk; undefined where it lies in the frame, or was on disk before. */
  readonly crc: number | undefined;
}

export interface FrameLease {
  readonly key: string;
  readonly version: number;
  readonly record: Uint8Array;
}

/** What was read from a frame that is whole. */
export interface Frame {
  readonly sequence: number;
  readonly bytes: number;
  readonly segments: readonly FrameSegment[];
  readonly leases: readonly FrameLease[];
}

/** A frame before it has its place. */
export interface FrameDraft {
  /** Bytes of the whole frame. */
  readonly bytes: number;
  /** Its chunks at a place; they are to be written before the next draft is made. */
  chunksAt(place: FramePlace): readonly Uint8Array[];
  /** Its rows at that place. */
  rowsAt(volume: number, position: number): readonly FrameSegment[];
}

/** Makes frames in memory that is used again. */
export class FrameWriter {
  #head: Buffer = Buffer.allocUnsafeSlow(64 * 1024);

  /** The frame of these segments and of the lease records that name them. */
  draft(segments: readonly InlineSegment[], writes: readonly LeaseRows[]): FrameDraft {
    const headBytes = headBytesOf(segments, writes);
    if (this.#head.length < headBytes) this.#head = Buffer.allocUnsafeSlow(2 * headBytes);
    const head = this.#head.subarray(0, headBytes);
    const inside: Uint8Array[] = [];
    let at = PREFIX_BYTES;
    let end = headBytes;
    for (const { lease, putAtMs, content, crc } of segments) {
      at = writeName(head, at, lease);
      at = head.writeDoubleBE(putAtMs, at);
      if (content instanceof Uint8Array) {
        at = head.writeUInt32BE(content.byteLength, at);
        at = head.writeDoubleBE(0, at);
        at = head.writeUInt32BE(end, at);
        inside.push(content);
        end += content.byteLength;
      } else {
        at = head.writeUInt32BE(content.size, at);
        at = head.writeDoubleBE(content.volume, at);
        at = head.writeUInt32BE(content.position, at);
      }
      at = head.writeUInt8(crc === undefined ? 0 : 1, at);
      at = head.writeUInt32BE(crc ?? 0, at);
    }
    let leases = 0;
    for (const { keys, expected, records } of writes) {
      for (const [i, key] of keys.entries()) {
        const record = records[i] as Uint8Array;
        at = writeName(head, at, key);
        at = head.writeDoubleBE((expected[i] as number) + 1, at);
        at = head.writeUInt32BE(record.byteLength, at);
        head.set(record, at);
        at += record.byteLength;
        leases++;
      }
    }
    head.writeUInt32BE(MAGIC, 0);
    head.writeUInt32BE(end, SIZE_AT);
    head.writeUInt32BE(segments.length, SEGMENTS_AT);
    head.writeUInt32BE(leases, LEASES_AT);
    return {
      bytes: end,
      chunksAt({ key, sequence, volume, position }) {
        head.set(key, KEY_AT);
        head.writeDoubleBE(sequence, SEQUENCE_AT);
        head.writeDoubleBE(volume, VOLUME_AT);
        head.writeUInt32BE(position, POSITION_AT);
        let crc = crc32(head.subarray(CRC_FROM));
        for (const bytes of inside) crc = crc32(bytes, crc);
        head.writeUInt32BE(crc, 4);
        return [head, ...inside];
      },
      rowsAt(volume, position) {
        let insideAt = position + headBytes;
        return segments.map(({ lease, putAtMs, content, crc }) => {
          if (!(content instanceof Uint8Array)) return { lease, putAtMs, place: content, crc };
          const place = { volume, position: insideAt, size: content.byteLength };
          insideAt += content.byteLength;
          return { lease, putAtMs, place, crc: undefined };
        });
      },
    };
  }
}

/** Bytes of the frame that may begin here; undefined where none of this folder does. `prefix` has {@link PREFIX_BYTES}. */
export function frameBytesAt(prefix: Buffer, key: Uint8Array): number | undefined {
  if (prefix.readUInt32BE(0) !== MAGIC || prefix.compare(key, 0, KEY_BYTES, KEY_AT, KEY_AT + KEY_BYTES) !== 0) return undefined;
  return prefix.readUInt32BE(SIZE_AT);
}

/** A whole frame; undefined where it is none, was cut off, or was written at another place. */
export function readFrame(bytes: Buffer, { key, volume, position }: Omit<FramePlace, 'sequence'>): Frame | undefined {
  if (bytes.length < PREFIX_BYTES || frameBytesAt(bytes, key) !== bytes.length) return undefined;
  if (bytes.readDoubleBE(VOLUME_AT) !== volume || bytes.readUInt32BE(POSITION_AT) !== position) return undefined;
  if (crc32(bytes.subarray(CRC_FROM)) !== bytes.readUInt32BE(4)) return undefined;
  let at = PREFIX_BYTES;
  const name = (): string => {
    const size = bytes.readUInt16BE(at);
    at += 2 + size;
    return bytes.toString('utf8', at - size, at);
  };
  const segments = Array.from({ length: bytes.readUInt32BE(SEGMENTS_AT) }, (): FrameSegment => {
    const lease = name();
    const putAtMs = bytes.readDoubleBE(at);
    const size = bytes.readUInt32BE(at + 8);
    const own = bytes.readDoubleBE(at + 12);
    const where = bytes.readUInt32BE(at + 20);
    const crc = bytes.readUInt8(at + 24) === 1 ? bytes.readUInt32BE(at + 25) : undefined;
    at += SEGMENT_ROW_BYTES - 2;
    const place = own === 0 ? { volume, position: position + where, size } : { volume: own, position: where, size };
    return { lease, putAtMs, place, crc };
  });
  const leases = Array.from({ length: bytes.readUInt32BE(LEASES_AT) }, (): FrameLease => {
    const leaseKey = name();
    const version = bytes.readDoubleBE(at);
    const size = bytes.readUInt32BE(at + 8);
    at += LEASE_ROW_BYTES - 2 + size;
    return { key: leaseKey, version, record: new Uint8Array(bytes.subarray(at - size, at)) };
  });
  return { sequence: bytes.readDoubleBE(SEQUENCE_AT), bytes: bytes.length, segments, leases };
}

function headBytesOf(segments: readonly InlineSegment[], writes: readonly LeaseRows[]): number {
  let bytes = PREFIX_BYTES;
  for (const { lease } of segments) bytes += SEGMENT_ROW_BYTES + Buffer.byteLength(lease);
  for (const { keys, records } of writes) {
    for (const key of keys) bytes += LEASE_ROW_BYTES + Buffer.byteLength(key);
    for (const { byteLength } of records) bytes += byteLength;
  }
  return bytes;
}

function writeName(head: Buffer, at: number, name: string): number {
  const size = head.write(name, at + 2);
  head.writeUInt16BE(size, at);
  return at + 2 + size;
}
