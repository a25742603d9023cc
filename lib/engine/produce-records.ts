/** Produces single records: chooses partitions, builds batches, and tells each record where it went. */
import { isStratalogError, StratalogError } from '../core/errors.ts';
import { partitionOfKey } from '../core/murmur2.ts';
import { type Topic, unknownPartition } from '../core/topic.ts';
import type { CompressionType } from '../format/compression-codec.ts';
import { BATCH_HEADER_BYTES } from '../format/record-batch-header.ts';
import type { RecordHeader } from '../format/record-batch-reader.ts';
import { RecordBatchBuilder, recordSizeMax } from '../format/record-batch-writer.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { AppendUseCase, BatchResult } from './append.ts';
import type { TopicCatalog } from './topics.ts';

export interface ProduceRecord {
  /** Text is UTF-8. */
  readonly key: Uint8Array | string | null;
  readonly value: Uint8Array | string | null;
  readonly headers?: readonly RecordHeader[] | undefined;
  /** Default: by the key's murmur2 hash as Kafka's clients do; without a key one partition a request. */
  readonly partition?: number | undefined;
  /** Ms since the epoch; default now. */
  readonly timestamp?: number | undefined;
}

export interface ProduceRecordsRequest {
  readonly topic: string;
  readonly records: readonly ProduceRecord[];
  /** Default -1 (all). */
  readonly acks?: 0 | 1 | -1 | undefined;
  /** Default `none`. */
  readonly compression?: CompressionType | undefined;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onFull?: 'refuse' | 'wait' | undefined;
}

/** `offset` is -1 with acks=0. */
export type RecordResult =
  | { readonly partition: number; readonly offset: number; readonly timestamp: number }
  | { readonly error: StratalogError };

interface ProducePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly topics: TopicCatalog;
  readonly append: AppendUseCase;
}

/** Batches of one partition that are being filled. */
interface Open {
  readonly partition: number;
  builder: RecordBatchBuilder;
  /** Indexes of the request's records in the batch that is being filled. */
  members: number[];
}

interface Built {
  readonly partition: number;
  readonly batch: Buffer;
  readonly members: readonly number[];
}

/** A batch is closed at this size, so that a large request is spread over several. */
const BATCH_TARGET_BYTES = 256 * 1024;
const encoder = new TextEncoder();

export class ProduceRecordsUseCase {
  readonly #ports: ProducePorts;

  constructor(ports: ProducePorts) {
    this.#ports = ports;
  }

  /** One result for each record, in the order given. Rejects only when the request as a whole is wrong. */
  async produce(request: ProduceRecordsRequest): Promise<readonly RecordResult[]> {
    const topic = await this.#ports.topics.get(request.topic);
    const results: RecordResult[] = new Array(request.records.length);
    const built = this.#build(topic, request, results);
    await Promise.all(built.map((batch) => this.#append(request, batch, results)));
    return results;
  }

  #build(topic: Topic, request: ProduceRecordsRequest, results: RecordResult[]): readonly Built[] {
    const rules = this.#ports.topics.rulesOf(topic);
    const target = Math.min(BATCH_TARGET_BYTES, rules.maxMessageBytes);
    const now = this.#ports.clock.now();
    const open = new Map<number, Open>();
    const built: Built[] = [];
    const close = (one: Open): void => {
      built.push({ partition: one.partition, batch: one.builder.build(), members: one.members });
      one.members = [];
    };
    let keyless = -1;
    for (const [index, record] of request.records.entries()) {
      const error = checkRecord(record, topic, rules.compacted, rules.maxMessageBytes, index);
      if (error !== undefined) {
        results[index] = { error };
        continue;
      }
      if (record.partition === undefined && record.key === null && keyless < 0)
        keyless = Math.floor(this.#ports.random.fraction() * topic.partitions);
      const partition = record.partition ?? (record.key === null ? keyless : partitionOfKey(bytesOf(record.key), topic.partitions));
      let one = open.get(partition);
      if (one === undefined) {
        one = { partition, builder: new RecordBatchBuilder({ compression: request.compression ?? 'none' }), members: [] };
        open.set(partition, one);
      }
      const timestamp = record.timestamp ?? now;
      const added = {
        timestamp,
        key: record.key,
        value: record.value,
        ...(record.headers === undefined ? {} : { headers: record.headers }),
      };
      if (!one.builder.tryAppend(added, target)) {
        close(one);
        one.builder.tryAppend(added, target);
      }
      one.members.push(index);
      results[index] = { partition, offset: -1, timestamp };
    }
    for (const one of open.values()) if (one.members.length > 0) close(one);
    return built;
  }

  async #append(request: ProduceRecordsRequest, { partition, batch, members }: Built, results: RecordResult[]): Promise<void> {
    try {
      const answer = await this.#ports.append.append({
        topic: request.topic,
        partition,
        batches: batch,
        acks: request.acks ?? -1,
        timeoutMs: request.timeoutMs,
        signal: request.signal,
        onFull: request.onFull,
      });
      const [result] = answer.batches;
      if (result !== undefined) fill(members, result, results);
    } catch (error) {
      if (!isStratalogError(error)) throw error;
      for (const index of members) results[index] = { error };
    }
  }
}

function fill(members: readonly number[], result: BatchResult, results: RecordResult[]): void {
  for (const [i, index] of members.entries()) {
    const placed = results[index];
    if (result.kind === 'refused') results[index] = { error: result.error };
    else if (placed !== undefined && !('error' in placed)) {
      results[index] = { ...placed, offset: result.baseOffset + i, timestamp: result.timestamp >= 0 ? result.timestamp : placed.timestamp };
    }
  }
}

function checkRecord(
  record: ProduceRecord,
  topic: Topic,
  compacted: boolean,
  maxMessageBytes: number,
  recordIndex: number,
): StratalogError | undefined {
  const { partition, timestamp } = record;
  if (partition !== undefined && (!Number.isInteger(partition) || partition < 0 || partition >= topic.partitions)) {
    return unknownPartition(topic.name, partition);
  }
  if (timestamp !== undefined && (!Number.isSafeInteger(timestamp) || timestamp < 0)) {
    return new StratalogError('INVALID_TIMESTAMP', `timestamp is ${timestamp}, it must be a whole number of ms from 0`, {
      field: 'timestamp',
      value: timestamp,
      recordIndex,
    });
  }
  if (compacted && record.key === null) {
    return new StratalogError('INVALID_RECORD', `a record of compacted topic '${topic.name}' needs a key`, {
      field: 'key',
      value: null,
      recordIndex,
    });
  }
  const size = BATCH_HEADER_BYTES + recordSizeMax(record as Parameters<typeof recordSizeMax>[0]);
  if (size <= maxMessageBytes) return undefined;
  return new StratalogError(
    'MESSAGE_TOO_LARGE',
    `the record takes up to ${size} bytes, max.message.bytes of '${topic.name}' is ${maxMessageBytes}`,
    {
      field: 'max.message.bytes',
      value: size,
      limit: maxMessageBytes,
      recordIndex,
    },
  );
}

function bytesOf(key: Uint8Array | string): Uint8Array {
  return typeof key === 'string' ? encoder.encode(key) : key;
}
