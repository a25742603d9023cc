/** What one fetch brought from one partition, decoded when somebody looks at it. */
import { type ConsumerRecord, decodeRecords, type RecordDecoding } from './consumer-record.ts';
import type { FetchBatchesAnswer } from './transport.ts';

export interface ConsumerBatch<Key, Value> extends Iterable<ConsumerRecord<Key, Value>> {
  readonly topic: string;
  readonly partition: number;
  /**
   * In offset order; never empty. Decoded as a whole when it is first asked for, and kept. Iterating over the batch itself
   * decodes one record after the other and keeps none.
   */
  readonly records: readonly ConsumerRecord<Key, Value>[];
  /** Where reading goes on after this batch. */
  readonly nextOffset: number;
  /** The partition's end as of this fetch: `highWatermark - nextOffset` is the lag. */
  readonly highWatermark: number;
}

/** The records of an answer in `from` (inclusive) to `until` (exclusive); undefined when there are none. */
export function lazyBatch<Key, Value>(
  answer: FetchBatchesAnswer,
  from: number,
  until: number,
  decoding: RecordDecoding<Key, Value>,
): ConsumerBatch<Key, Value> | undefined {
  // Whether there is a record at all shows only when one is looked at: compaction leaves batches whose records are gone.
  let begun: Generator<ConsumerRecord<Key, Value>, void, undefined> | undefined = decodeRecords(answer.batches, from, until, decoding);
  const first = begun.next();
  if (first.done) return undefined;
  // The first who reads goes on where that look ended, as a batch may be large to unpack.
  function* decoded(): Generator<ConsumerRecord<Key, Value>, void, undefined> {
    const rest = begun;
    begun = undefined;
    if (rest === undefined || first.done) return yield* decodeRecords(answer.batches, from, until, decoding);
    yield first.value;
    yield* rest;
  }
  let kept: readonly ConsumerRecord<Key, Value>[] | undefined;
  return {
    topic: decoding.topic,
    partition: decoding.partition,
    nextOffset: Math.min(Math.max(answer.nextOffset, from), until),
    highWatermark: answer.highWatermark,
    get records() {
      kept ??= [...decoded()];
      return kept;
    },
    [Symbol.iterator]: () => (kept === undefined ? decoded() : kept[Symbol.iterator]()),
  };
}
