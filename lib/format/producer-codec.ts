/**
 * A producer's state, packed: by itself, and within lease records.
 *
 * ```
 * producer id  varlong
 * epoch        varlong
 * last used    varlong, ms
 * count        u-varint, then for each batch, oldest first
 *   first sequence   u-varint
 *   last sequence    u-varint, as the distance from the first; sequences wrap from 2^31 - 1 to 0
 *   base offset      varlong, as the difference to the batch before (the first: to 0)
 *   timestamp        varlong, as the difference to "last used"
 * ```
 */
import type { ProducerBatch, ProducerState } from '../core/lease-record.ts';
import { PackedReader, PackedWriter } from './packed.ts';

/** "Q", and the layout's version. */
const MAGIC = 0x51;
const VERSION = 1;

/** Three numbers, a count and five batches of at most 26 bytes. */
export const PRODUCER_BYTES_MAX = 30 + 5 * 26;
/** No producer takes less. */
export const PRODUCER_BYTES_MIN = 4;
const BATCH_BYTES_MIN = 4;
/** Sequences are the numbers below this. */
const SEQUENCES = 0x8000_0000;

export function encodeProducer(state: ProducerState): Uint8Array<ArrayBuffer> {
  const writer = new PackedWriter(2 + PRODUCER_BYTES_MAX, MAGIC, VERSION);
  writeProducer(writer, state);
  return writer.finish();
}

/** CORRUPT_OBJECT when the bytes are anything but a producer's state. */
export function decodeProducer(bytes: Uint8Array): ProducerState {
  return PackedReader.read(bytes, 'producer state', MAGIC, VERSION, readProducer);
}

export function writeProducer(writer: PackedWriter, state: ProducerState): void {
  writer.long(state.producerId);
  writer.long(state.epoch);
  writer.long(state.lastUsedMs);
  writer.count(state.batches.length);
  let base = 0;
  for (const batch of state.batches) {
    writer.count(batch.firstSequence);
    writer.count((batch.lastSequence - batch.firstSequence + SEQUENCES) % SEQUENCES);
    writer.long(batch.baseOffset - base);
    writer.long(batch.timestamp - state.lastUsedMs);
    base = batch.baseOffset;
  }
}

export function readProducer(reader: PackedReader): ProducerState {
  const producerId = reader.size();
  const epoch = reader.long();
  const lastUsedMs = reader.long();
  let base = 0;
  const batches = reader.list(BATCH_BYTES_MIN, (): ProducerBatch => {
    const firstSequence = reader.count();
    const distance = reader.count();
    if (firstSequence >= SEQUENCES || distance >= SEQUENCES) throw reader.corrupt(`a sequence is ${firstSequence} + ${distance}`);
    base += reader.long();
    const timestamp = lastUsedMs + reader.long();
    if (!Number.isSafeInteger(base) || !Number.isSafeInteger(timestamp)) throw reader.corrupt('a batch is out of range');
    return { firstSequence, lastSequence: (firstSequence + distance) % SEQUENCES, baseOffset: base, timestamp };
  });
  return { producerId, epoch, batches, lastUsedMs };
}
