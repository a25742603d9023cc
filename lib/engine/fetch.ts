import { isStratalogError, StratalogError } from '../core/errors.ts';
import type { Offset, PartitionKey } from '../core/ids.ts';
import { type LeaseRecord, lastStableOffset } from '../core/lease-record.ts';
import { unknownPartition } from '../core/topic.ts';
import type { MemoryPool } from '../format/memory-pool.ts';
import type { Clock } from '../ports/clock.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { IndexReader } from './index-reader.ts';
import type { PartitionReader } from './partition-reader.ts';
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
  /**
   * Whole batches with their real base offsets, several to a buffer. The first may begin before the offset asked for. Whoever knows when
   * they have left for good gives them to `engine.memory.releaseAll`, once; else they are garbage like any other.
   */
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
  readonly reader: PartitionReader;
  readonly watch: Watch;
  readonly memory: MemoryPool;
  readonly settings: EngineSettings;
}

/** A partition of a request, resolved, with its record as it was read for this look. */
interface Target {
  readonly request: FetchPartition;
  readonly key: PartitionKey;
}

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
      // They are read again after the wait.
      for (const answer of answers) if (!(answer instanceof StratalogError)) this.#ports.memory.releaseAll(answer.batches);
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
      const read = await this.#ports.reader.read({ key, record, offset, end, maxBytes });
      if (read === 'below-start') return outOfRange(request, { start: offset + 1, next: record.next });
      this.#ports.telemetry.count('fetch_bytes_total', read.bytes, { topic: request.topic });
      return { ...nothing, ...read };
    } catch (error) {
      return asError(error);
    }
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

function asError(error: unknown): StratalogError {
  return isStratalogError(error) ? error : new StratalogError('STORAGE_ERROR', `the read failed: ${String(error)}`, {}, error);
}
