/**
 * Kafka's rules for idempotent producers, as one decision on values.
 *
 * Source of the rules: `ProducerAppendInfo` and `ProducerStateEntry` of Apache Kafka: five batches remembered, a
 * repeated batch is answered with its first offset, a gap is OUT_OF_ORDER_SEQUENCE_NUMBER, an older epoch
 * INVALID_PRODUCER_EPOCH, a new epoch begins at sequence 0, and a producer nobody knows may begin anywhere.
 */
import type { ErrorCode } from './errors.ts';
import type { ProducerBatch, ProducerState } from './lease-record.ts';
import { PRODUCER_BATCHES_KEPT } from './limits.ts';

const SEQUENCE_MAX = 0x7fff_ffff;

/** The facts of a batch that its producer's rules look at. */
export interface SequencedBatch {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  /** Records in the batch, at least 1. */
  readonly records: number;
}

export type SequenceDecision =
  | { readonly kind: 'append' }
  | { readonly kind: 'duplicate'; readonly batch: ProducerBatch }
  | { readonly kind: 'refuse'; readonly code: ErrorCode; readonly message: string };

/** The sequence that lies `count` after `sequence`; sequences wrap from 2^31 - 1 to 0. */
export function sequenceAfter(sequence: number, count: number): number {
  const sum = sequence + count;
  return sum > SEQUENCE_MAX ? sum - SEQUENCE_MAX - 1 : sum;
}

/** Decides one batch of an idempotent producer against what the partition knows of it. */
export function decideSequence(known: ProducerState | undefined, batch: SequencedBatch): SequenceDecision {
  if (known === undefined) return { kind: 'append' };
  if (batch.producerEpoch < known.epoch) {
    return refuse(
      'INVALID_PRODUCER_EPOCH',
      `producer ${batch.producerId} sent epoch ${batch.producerEpoch}, the partition has seen epoch ${known.epoch}`,
    );
  }
  if (batch.producerEpoch > known.epoch) {
    if (batch.baseSequence === 0 || known.batches.length === 0) return { kind: 'append' };
    return outOfOrder(batch, 0);
  }
  const lastSequence = sequenceAfter(batch.baseSequence, batch.records - 1);
  for (const kept of known.batches) {
    if (kept.firstSequence === batch.baseSequence && kept.lastSequence === lastSequence) {
      return { kind: 'duplicate', batch: kept };
    }
  }
  const newest = known.batches.at(-1);
  if (newest === undefined) return { kind: 'append' };
  const expected = sequenceAfter(newest.lastSequence, 1);
  return batch.baseSequence === expected ? { kind: 'append' } : outOfOrder(batch, expected);
}

/** What the partition knows of the producer after the batch was appended at `baseOffset`. */
export function afterAppend(
  known: ProducerState | undefined,
  batch: SequencedBatch,
  baseOffset: number,
  timestamp: number,
  nowMs: number,
): ProducerState {
  const appended: ProducerBatch = {
    firstSequence: batch.baseSequence,
    lastSequence: sequenceAfter(batch.baseSequence, batch.records - 1),
    baseOffset,
    timestamp,
  };
  const kept = known === undefined || known.epoch !== batch.producerEpoch ? [] : known.batches;
  return {
    producerId: batch.producerId,
    epoch: batch.producerEpoch,
    batches: [...kept.slice(-(PRODUCER_BATCHES_KEPT - 1)), appended],
    lastUsedMs: nowMs,
  };
}

function outOfOrder(batch: SequencedBatch, expected: number): SequenceDecision {
  return refuse(
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    `producer ${batch.producerId} sent sequence ${batch.baseSequence}, the partition expects ${expected}`,
  );
}

function refuse(code: ErrorCode, message: string): SequenceDecision {
  return { kind: 'refuse', code, message };
}
