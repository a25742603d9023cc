/** A record batch on its way to one partition, with the records' promises. */
import { isStratalogError } from '../core/errors.ts';
import { writeInt16, writeInt32, writeInt64 } from '../format/big-endian.ts';
import { writeCrc } from '../format/record-batch.ts';
import { BASE_SEQUENCE_AT, PRODUCER_EPOCH_AT, PRODUCER_ID_AT } from '../format/record-batch-header.ts';
import { RecordBatchBuilder } from '../format/record-batch-writer.ts';
import type { PendingRecord } from './producer-record.ts';
import type { ProducerSettings } from './producer-settings.ts';

/** Sequences are counted to 2^31 - 1 and begin again at 0. */
const SEQUENCES = 0x8000_0000;

/** What an idempotent batch says of its sender. */
export interface SequenceStamp {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

export class OutgoingBatch {
  readonly records: readonly PendingRecord[];
  /** The whole batch as it is sent. */
  readonly bytes: Uint8Array;
  /** Counts the batches of a partition in the order of their records; halves share the room up to the next number. */
  readonly order: number;
  readonly #orderRoom: number;
  /** The earliest deadline of its records, ms of the monotonic clock. */
  readonly deadline: number;
  stamp: SequenceStamp | undefined;
  /** True while every batch before it was settled when it was last sent: a refusal of its sequence is then about itself. */
  sentAsHead = false;
  /** Set when a request of several batches was refused as a whole: which of them was at fault shows when each goes alone. */
  alone = false;
  /** Its records' promises have their outcome. */
  settled = false;
  /** Why its last attempt failed. */
  lastError: unknown;

  private constructor(records: readonly PendingRecord[], bytes: Uint8Array, order: number, orderRoom: number) {
    this.records = records;
    this.bytes = bytes;
    this.order = order;
    this.#orderRoom = orderRoom;
    this.deadline = records.reduce((least, record) => Math.min(least, record.deadline), Number.POSITIVE_INFINITY);
  }

  /** Encodes and compresses the records. */
  static of(records: readonly PendingRecord[], order: number, settings: ProducerSettings, orderRoom = 1): OutgoingBatch {
    const { compression, compressionLevel } = settings;
    const builder = new RecordBatchBuilder(
      { compression, ...(compressionLevel === undefined ? {} : { level: compressionLevel }) },
      records.reduce((sum, record) => sum + record.bytes, 0),
    );
    for (const record of records) builder.tryAppend(record);
    return new OutgoingBatch(records, builder.build(), order, orderRoom);
  }

  /** Two batches of half the records each, for a topic that takes no batch as large; their sequences follow on. */
  halves(settings: ProducerSettings): readonly OutgoingBatch[] {
    const middle = Math.ceil(this.records.length / 2);
    const parts = [this.records.slice(0, middle), this.records.slice(middle)];
    const room = this.#orderRoom / 2;
    const halves = parts.map((records, index) => OutgoingBatch.of(records, this.order + index * room, settings, room));
    if (this.stamp !== undefined) {
      let { baseSequence } = this.stamp;
      for (const half of halves) {
        half.stampWith({ ...this.stamp, baseSequence });
        baseSequence = half.nextSequence;
      }
    }
    return halves;
  }

  /** Writes sender and sequence into the header, in place: done again only when the epoch was raised. */
  stampWith(stamp: SequenceStamp): void {
    this.stamp = stamp;
    writeInt64(this.bytes, PRODUCER_ID_AT, stamp.producerId);
    writeInt16(this.bytes, PRODUCER_EPOCH_AT, stamp.producerEpoch);
    writeInt32(this.bytes, BASE_SEQUENCE_AT, stamp.baseSequence);
    writeCrc(this.bytes, 0, this.bytes.length);
  }

  /** The sequence that the batch after this one begins at. */
  get nextSequence(): number {
    return ((this.stamp?.baseSequence ?? 0) + this.records.length) % SEQUENCES;
  }

  get outOfOrder(): boolean {
    return isStratalogError(this.lastError, 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  }

  /** Resolves every record's promise. `baseOffset` -1: nobody said where they are. */
  succeed(partition: number, baseOffset: number, appendTime: number): void {
    this.settled = true;
    this.records.forEach((record, index) => {
      record.resolve({
        topic: record.topic,
        partition,
        offset: baseOffset < 0 ? -1 : baseOffset + index,
        timestamp: appendTime >= 0 ? appendTime : record.timestamp,
      });
    });
  }

  fail(error: unknown): void {
    this.settled = true;
    for (const record of this.records) record.reject(error);
  }
}
