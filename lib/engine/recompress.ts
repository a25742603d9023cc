import { decompressedBytesMax } from '../core/limits.ts';
import type { WriteRules } from '../core/topic-config.ts';
import type { CompressionType } from '../format/compression-codec.ts';
import { checkProducedBatch } from '../format/produced-batch.ts';
import { openRecords } from '../format/record-batch-reader.ts';
import { RecordBatchBuilder } from '../format/record-batch-writer.ts';

/**
 * The same batches with another codec, where the topic's `compression.type` is not the producer's. Batches that have the
 * codec already stay as they are. This is the one case in which the log reads records it was sent.
 */
export function recompress(given: Buffer, codec: CompressionType, rules: WriteRules): Buffer {
  const out: Buffer[] = [];
  for (let position = 0; position < given.length; ) {
    const header = checkProducedBatch(given, position, rules);
    const end = position + header.sizeBytes;
    if (header.compression === codec) {
      out.push(Buffer.from(given.subarray(position, end)));
    } else {
      const records = openRecords(given, position, { maxDecompressedBytes: decompressedBytesMax(rules.maxMessageBytes) });
      const builder = new RecordBatchBuilder(
        {
          compression: codec,
          producerId: header.producerId,
          producerEpoch: header.producerEpoch,
          baseSequence: header.baseSequence,
          isTransactional: header.isTransactional,
        },
        records.bytes.length + 128,
      );
      while (records.next()) {
        builder.tryAppend({ timestamp: records.timestamp, key: records.key, value: records.value, headers: records.headers() });
      }
      out.push(builder.build());
    }
    position = end;
  }
  return out.length === 1 ? (out[0] as Buffer) : Buffer.concat(out);
}
