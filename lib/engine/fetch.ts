import { isStratalogError, StratalogError } from '../core/errors.ts';
import type { LeaseId, Offset, PartitionKey } from '../core/ids.ts';
import { type LeaseRecord, lastStableOffset, type PlacedEntry } from '../core/lease-record.ts';
import { unknownPartition } from '../core/topic.ts';
import { baseOffsetAt, batchSizeAt, lastOffsetDeltaAt } from '../format/record-batch-header.ts';
import { RecordBatchBuilder } from '../format/record-batch-writer.ts';
import type { Clock } from '../ports/clock.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { IndexReader } from './index-reader.ts';
import type { ReadBatches, SegmentReader } from './segment-reader.ts';
import type { EngineSettings } from './settings.ts';
import type { TopicCatalog } from './topics.ts';
import type { Watch } from './watch.ts';

export type Isolation = 'read_uncommitted' | 'read_committed';

export interface FetchPartition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: Offset;
  /** Bytes wanted of this partition; the first batch of an answer may exceed it. */
  readonly maxBytes: number;
}

export interface FetchManyRequest {
  readonly partitions: readonly FetchPartition[];
  readonly maxBytes: number;
  /** The answer waits until there are as many bytes, or `maxWaitMs` is over. */
  readonly minBytes: number;
  readonly maxWaitMs: number;
  readonly isolation?: Isolation | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface FetchRequest {
  readonly topic: string;
  readonly partition: number;
  readonly offset: Offset;
  /** Default: the deployment's `fetchBytes`. */
  readonly maxBytes?: number | undefined;
  /** Default 0: answer at once. */
  readonly maxWaitMs?: number | undefined;
  readonly minBytes?: number | undefined;
  readonly isolation?: Isolation | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface FetchAnswer {
  /** Whole batches with their real base offsets, several to a buffer. The first may begin before the offset asked for. */
  readonly batches: readonly Buffer[];
  readonly bytes: number;
  /** Where the next fetch goes on. */
  readonly nextOffset: Offset;
  readonly highWatermark: Offset;
  readonly lastStableOffset: Offset;
  readonly logStartOffset: Offset;
  /** Set where this process does not wait: ask again after as many ms. */
  readonly retryAfterMs?: number;
}

interface FetchPorts {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly topics: TopicCatalog;
  readonly index: IndexReader;
  readonly segments: SegmentReader;
  readonly watch: Watch;
  readonly settings: EngineSettings;
}

/** A partition of a request, resolved, with its record as it was read for this look. */
interface Target {
  readonly request: FetchPartition;
  readonly key: PartitionKey;
}

const VANISHED_TRIES = 50;
const VANISHED_WAIT_MS = 10;

/** Reads whole batches from any offset, of one partition or of many at once, and waits at the end of the log. */
export class FetchUseCase {
  readonly #ports: FetchPorts;

  constructor(ports: FetchPorts) {
    this.#ports = ports;
  }

  /** OFFSET_OUT_OF_RANGE below the log start or above the end. Cost: 1 read for the record, 1 GET an object read. */
  async fetch(request: FetchRequest): Promise<FetchAnswer> {
    const maxBytes = request.maxBytes ?? this.#ports.settings.fetchBytes;
    const [answer] = await this.fetchMany({
      partitions: [{ topic: request.topic, partition: request.partition, offset: request.offset, maxBytes }],
      maxBytes,
      minBytes: request.minBytes ?? 1,
      maxWaitMs: request.maxWaitMs ?? 0,
      isolation: request.isolation,
      signal: request.signal,
    });
    if (answer === undefined || answer instanceof StratalogError) throw answer ?? new StratalogError('INTERNAL', 'a fetch had no answer');
    return answer;
  }

  /** One answer or error for each partition, in order. An error of one is no error of the others. */
  async fetchMany(request: FetchManyRequest): Promise<readonly (FetchAnswer | StratalogError)[]> {
    const { clock, settings, watch } = this.#ports;
    const deadline = clock.monotonic() + request.maxWaitMs;
    for (;;) {
      request.signal?.throwIfAborted();
      const answers = await this.#look(request);
      const bytes = answers.reduce((sum, answer) => sum + (answer instanceof StratalogError ? 0 : answer.bytes), 0);
      const moved = answers.some(
        (answer, i) => answer instanceof StratalogError || answer.nextOffset > (request.partitions[i]?.offset ?? 0),
      );
      const leftMs = deadline - clock.monotonic();
      const enough =
        bytes >= request.minBytes || (moved && request.minBytes <= 1) || answers.some((answer) => answer instanceof StratalogError);
      if (enough || leftMs <= 0) return answers;
      if (settings.neverWait)
        return answers.map((answer) => (answer instanceof StratalogError ? answer : { ...answer, retryAfterMs: settings.pollMinMs }));
      const watched = [];
      for (const [i, answer] of answers.entries()) {
        if (answer instanceof StratalogError) continue;
        const { topic, partition } = request.partitions[i] as FetchPartition;
        watched.push({ key: { topicId: (await this.#ports.topics.get(topic)).id, partition }, seenEnd: answer.highWatermark });
      }
      await watch.any(watched, leftMs, request.signal);
    }
  }

  async #look(request: FetchManyRequest): Promise<readonly (FetchAnswer | StratalogError)[]> {
    const targets = await Promise.all(request.partitions.map((partition) => this.#resolve(partition)));
    const known = targets.filter((target): target is Target => !(target instanceof StratalogError));
    const records = await this.#ports.index.records(known.map(({ key }) => key));
    let at = 0;
    let left = request.maxBytes;
    let first = true;
    const answers: Promise<FetchAnswer | StratalogError>[] = [];
    for (const target of targets) {
      if (target instanceof StratalogError) {
        answers.push(Promise.resolve(target));
        continue;
      }
      const record = records[at++];
      const end = record === undefined ? 0 : readableEnd(record, request.isolation);
      const hasData = record !== undefined && target.request.offset >= record.start && target.request.offset < end;
      const budget = hasData && (first || left > 0) ? Math.min(target.request.maxBytes, Math.max(left, first ? 1 : 0)) : 0;
      answers.push(this.#one(target, record, end, hasData ? budget : 0, first));
      if (hasData) {
        first = false;
        left -= record === undefined ? 0 : estimatedBytes(record, target.request.offset, budget);
      }
    }
    return Promise.all(answers);
  }

  async #resolve(request: FetchPartition): Promise<Target | StratalogError> {
    try {
      const topic = this.#ports.topics.peek(request.topic) ?? (await this.#ports.topics.get(request.topic));
      if (!Number.isInteger(request.partition) || request.partition < 0 || request.partition >= topic.partitions) {
        return unknownPartition(request.topic, request.partition);
      }
      return { request, key: { topicId: topic.id, partition: request.partition } };
    } catch (error) {
      return asError(error);
    }
  }

  async #one(
    { request, key }: Target,
    record: LeaseRecord | undefined,
    end: Offset,
    maxBytes: number,
    mustHaveOne: boolean,
  ): Promise<FetchAnswer | StratalogError> {
    if (record === undefined) {
      this.#ports.topics.invalidate();
      return unknownPartition(request.topic, request.partition);
    }
    const { offset } = request;
    if (!Number.isSafeInteger(offset) || offset < record.start || offset > record.next) return outOfRange(request, record);
    const nothing: FetchAnswer = {
      batches: [],
      bytes: 0,
      nextOffset: offset,
      highWatermark: record.next,
      lastStableOffset: lastStableOffset(record),
      logStartOffset: record.start,
    };
    if (offset >= end || (maxBytes <= 0 && !mustHaveOne)) return nothing;
    try {
      const read = await this.#read(key, record, offset, end, maxBytes);
      if (read === 'below-start') return outOfRange(request, { start: offset + 1, next: record.next });
      this.#ports.telemetry.count('fetch_bytes_total', read.bytes, { topic: request.topic });
      return { ...nothing, ...read };
    } catch (error) {
      return asError(error);
    }
  }

  /** Reads entries until `maxBytes`; an object that vanished was merged, so the index is read again. */
  async #read(key: PartitionKey, record: LeaseRecord, offset: Offset, end: Offset, maxBytes: number) {
    let missing: LeaseId | undefined;
    for (let tries = 0, current = record; ; tries++) {
      const entries = await this.#ports.index.entriesFrom(key, current, offset, maxBytes);
      if (entries.length === 0) return 'below-start' as const;
      const read = await this.#readEntries(key, entries, offset, end, maxBytes);
      if (!('vanished' in read)) return read;
      if (read.vanished.entry.lease === missing || tries >= VANISHED_TRIES) throw lost(key, read.vanished);
      missing = read.vanished.entry.lease;
      await this.#ports.clock.sleep(VANISHED_WAIT_MS * Math.min(tries, 10));
      const [again] = await this.#ports.index.records([key]);
      if (again === undefined || offset < again.start) return 'below-start' as const;
      current = again;
    }
  }

  async #readEntries(key: PartitionKey, entries: readonly PlacedEntry[], offset: Offset, end: Offset, maxBytes: number) {
    const pending = entries.map((placed) => this.#ports.segments.read(key, placed, offset, maxBytes));
    const batches: Buffer[] = [];
    let bytes = 0;
    let nextOffset = offset;
    let failure: unknown;
    const settled = await Promise.allSettled(pending);
    for (const [i, result] of settled.entries()) {
      if (result.status === 'rejected') {
        failure = result.reason;
        break;
      }
      const placed = entries[i] as PlacedEntry;
      if (result.value === undefined) {
        if (nextOffset === offset) return { vanished: placed };
        break;
      }
      const found = result.value.end > end ? takeBelow(result.value, end) : result.value;
      if (bytes > 0 && bytes + found.bytes > maxBytes) {
        // The budget ends within this entry: take what still fits, batch by batch, from what was read.
        const fitting = takeFitting(found.buffers, maxBytes - bytes);
        batches.push(...fitting.buffers);
        bytes += fitting.bytes;
        nextOffset = fitting.end ?? nextOffset;
        break;
      }
      batches.push(...found.buffers);
      bytes += found.bytes;
      nextOffset = found.end;
      if (nextOffset < placed.baseOffset + placed.entry.span || nextOffset >= end) break;
    }
    if (failure !== undefined && nextOffset === offset) throw failure;
    if (bytes === 0 && nextOffset > offset) {
      // Everything here was compacted away: an empty batch lets a client that counts by batches move on.
      const empty = emptyBatch(offset, nextOffset);
      return { batches: [empty], bytes: empty.length, nextOffset };
    }
    return { batches, bytes, nextOffset };
  }
}

function readableEnd(record: LeaseRecord, isolation: Isolation | undefined): Offset {
  return isolation === 'read_committed' ? lastStableOffset(record) : record.next;
}

/** What a partition will add to an answer at most, as far as its tail tells. */
function estimatedBytes(record: LeaseRecord, offset: Offset, budget: number): number {
  let base = record.next;
  let bytes = 0;
  for (let i = record.tail.length - 1; i >= 0; i--) {
    const entry = record.tail[i];
    if (entry === undefined) break;
    base -= entry.span;
    bytes += entry.length;
    if (base <= offset) return Math.min(bytes, budget);
  }
  return budget;
}

/**
 * The batches below an end. The record of a fetch may be hours older than the page it goes by, when its process slept in
 * between, and a page that was merged since names more than the record knew of.
 */
function takeBelow(read: ReadBatches, end: Offset): ReadBatches {
  const buffers: Buffer[] = [];
  let bytes = 0;
  for (const buffer of read.buffers) {
    let at = 0;
    while (at < buffer.length && baseOffsetAt(buffer, at) < end) at += batchSizeAt(buffer, at);
    if (at > 0) buffers.push(buffer.subarray(0, at));
    bytes += at;
    if (at < buffer.length) break;
  }
  return { buffers, bytes, end };
}

/** Whole batches of `buffers` that fit `maxBytes`, and the offset after the last. */
function takeFitting(buffers: readonly Buffer[], maxBytes: number): { buffers: readonly Buffer[]; bytes: number; end?: Offset } {
  const taken: Buffer[] = [];
  let bytes = 0;
  let end: Offset | undefined;
  for (const buffer of buffers) {
    let at = 0;
    while (at < buffer.length) {
      const size = batchSizeAt(buffer, at);
      if (bytes + size > maxBytes) {
        if (at > 0) taken.push(buffer.subarray(0, at));
        return end === undefined ? { buffers: taken, bytes } : { buffers: taken, bytes, end };
      }
      end = baseOffsetAt(buffer, at) + lastOffsetDeltaAt(buffer, at) + 1;
      bytes += size;
      at += size;
    }
    taken.push(buffer);
  }
  return end === undefined ? { buffers: taken, bytes } : { buffers: taken, bytes, end };
}

function emptyBatch(from: Offset, end: Offset): Buffer {
  return new RecordBatchBuilder({ baseOffset: from, partitionLeaderEpoch: 0 }).build({
    lastOffsetDelta: Math.min(end - from - 1, 0x7fff_fffe),
  });
}

function outOfRange({ topic, partition, offset }: FetchPartition, { start, next }: Pick<LeaseRecord, 'start' | 'next'>): StratalogError {
  return new StratalogError(
    'OFFSET_OUT_OF_RANGE',
    `offset ${offset} of '${topic}' partition ${partition} is not within ${start} to ${next}`,
    {
      field: 'offset',
      value: offset,
      limit: `${start}..${next}`,
      topic,
      partition,
    },
  );
}

function lost(key: PartitionKey, { entry, baseOffset }: PlacedEntry): StratalogError {
  return new StratalogError(
    'CORRUPT_OBJECT',
    `the ${entry.kind} segment ${entry.lease} with offsets ${baseOffset} to ${baseOffset + entry.span - 1} of partition ${key.topicId}/${key.partition} is missing`,
    { field: entry.lease, value: baseOffset, partition: key.partition },
  );
}

function asError(error: unknown): StratalogError {
  return isStratalogError(error) ? error : new StratalogError('STORAGE_ERROR', `the read failed: ${String(error)}`, {}, error);
}
