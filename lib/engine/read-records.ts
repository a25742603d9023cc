import { decompressedBytesMax } from '../core/limits.ts';
import { iterateBatches } from '../format/record-batch.ts';
import { openRecords, type RecordHeader } from '../format/record-batch-reader.ts';
import type { FetchRequest, FetchUseCase } from './fetch.ts';
import type { TopicCatalog } from './topics.ts';

export interface ReadRecordsRequest extends FetchRequest {
  /** Records wanted at most; default no limit but `maxBytes`. */
  readonly maxRecords?: number | undefined;
}

/** A record with views of its bytes. */
export interface ReadRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

export interface ReadRecordsAnswer {
  readonly records: readonly ReadRecord[];
  readonly nextOffset: number;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly retryAfterMs?: number;
}

/** Fetches and decodes records from exactly `offset` on; control records are left out. Same errors and cost as a fetch. */
export async function readRecords(
  ports: { readonly fetch: FetchUseCase; readonly topics: TopicCatalog },
  request: ReadRecordsRequest,
): Promise<ReadRecordsAnswer> {
  const answer = await ports.fetch.fetch(request);
  const rules = ports.topics.rulesOf(await ports.topics.get(request.topic));
  const options = { maxDecompressedBytes: decompressedBytesMax(rules.maxMessageBytes) };
  const maxRecords = request.maxRecords ?? Number.POSITIVE_INFINITY;
  const records: ReadRecord[] = [];
  const { highWatermark, logStartOffset } = answer;
  for (const buffer of answer.batches) {
    for (const { position, header } of iterateBatches(buffer)) {
      if (header.isControl) continue;
      const cursor = openRecords(buffer, position, options);
      while (cursor.next()) {
        const { offset } = cursor;
        if (offset < request.offset) continue;
        if (records.length >= maxRecords) return { records, nextOffset: offset, highWatermark, logStartOffset };
        records.push({ offset, timestamp: cursor.timestamp, key: cursor.key, value: cursor.value, headers: cursor.headers() });
      }
    }
  }
  const { retryAfterMs } = answer;
  return { records, nextOffset: answer.nextOffset, highWatermark, logStartOffset, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
