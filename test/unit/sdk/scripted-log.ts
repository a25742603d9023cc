/** A log in memory behind the transport's interface, with Kafka's sequence rules and a place for faults. */
import { StratalogError } from '../../../lib/core/errors.ts';
import { partitionOfKey } from '../../../lib/core/murmur2.ts';
import { unknownPartition } from '../../../lib/core/topic.ts';
import { iterateBatches, patchBatch, validateCrc } from '../../../lib/format/record-batch.ts';
import { type LogRecord, readRecords } from '../../../lib/format/record-batch-reader.ts';
import type {
  BatchOutcome,
  CallOptions,
  FetchBatchesAnswer,
  FetchBatchesRequest,
  OffsetAnswer,
  OffsetAt,
  ProduceBatchesAnswer,
  ProduceBatchesRequest,
  TopicCreation,
  TopicDescription,
  TopicPage,
  TopicSummary,
  Transport,
} from '../../../lib/sdk/transport.ts';

interface ProducerEntry {
  epoch: number;
  nextSequence: number;
  readonly last: { readonly baseSequence: number; readonly baseOffset: number }[];
}

interface PartitionLog {
  start: number;
  next: number;
  batches: { readonly base: number; readonly last: number; readonly bytes: Buffer }[];
  producers: Map<number, ProducerEntry>;
}

type Produce = (request: ProduceBatchesRequest) => Promise<ProduceBatchesAnswer>;
type Fetch = (request: FetchBatchesRequest) => Promise<FetchBatchesAnswer>;

export class ScriptedLog implements Transport {
  readonly topics = new Map<string, PartitionLog[]>();
  readonly produced: ProduceBatchesRequest[] = [];
  readonly fetched: FetchBatchesRequest[] = [];
  /** Stands between the client and the log; answers, delays or fails. */
  onProduce: (request: ProduceBatchesRequest, proceed: Produce) => Promise<ProduceBatchesAnswer> = (request, proceed) => proceed(request);
  onFetch: (request: FetchBatchesRequest, proceed: Fetch) => Promise<FetchBatchesAnswer> = (request, proceed) => proceed(request);
  maxMessageBytes = Number.POSITIVE_INFINITY;
  producerIds = 0;
  closed = false;
  #arrived = Promise.withResolvers<void>();

  constructor(topics: Readonly<Record<string, number>> = {}) {
    for (const [name, partitions] of Object.entries(topics)) this.#add(name, partitions);
  }

  /** What is stored, decoded. */
  records(topic: string, partition: number): LogRecord[] {
    return this.partition(topic, partition).batches.flatMap(({ bytes }) => [...readRecords(bytes, 0)]);
  }

  /** The values that are stored, as text. */
  values(topic: string, partition = 0): string[] {
    return this.records(topic, partition).map((record) => Buffer.from(record.value ?? []).toString());
  }

  partition(topic: string, partition: number): PartitionLog {
    const log = this.topics.get(topic)?.[partition];
    if (log === undefined) throw unknownPartition(topic, partition);
    return log;
  }

  produceBatches(request: ProduceBatchesRequest): Promise<ProduceBatchesAnswer> {
    this.produced.push(request);
    return this.onProduce(request, (passed) => this.#append(passed));
  }

  fetchBatches(request: FetchBatchesRequest): Promise<FetchBatchesAnswer> {
    this.fetched.push(request);
    return this.onFetch(request, (passed) => this.#read(passed));
  }

  async listOffset(topic: string, partition: number, at: OffsetAt): Promise<OffsetAnswer> {
    const log = this.partition(topic, partition);
    if (at === 'earliest') return { offset: log.start, timestamp: -1 };
    if (at === 'latest' || at === 'max-timestamp') return { offset: log.next, timestamp: -1 };
    const found = this.records(topic, partition).find((record) => record.timestamp >= at);
    return { offset: found?.offset ?? -1, timestamp: found?.timestamp ?? -1 };
  }

  async deleteRecords(topic: string, partition: number, before: number): Promise<{ readonly logStartOffset: number }> {
    const log = this.partition(topic, partition);
    log.start = before < 0 ? log.next : before;
    log.batches = log.batches.filter((batch) => batch.last >= log.start);
    return { logStartOffset: log.start };
  }

  async initProducerId(): Promise<{ readonly producerId: number; readonly producerEpoch: number }> {
    return { producerId: this.producerIds++, producerEpoch: 0 };
  }

  async createTopic(creation: TopicCreation): Promise<TopicSummary> {
    this.#add(creation.name, creation.partitions ?? 1);
    return this.#summary(creation.name);
  }

  async listTopics(page: { readonly after?: string; readonly limit?: number }): Promise<TopicPage> {
    const names = [...this.topics.keys()].sort().filter((name) => page.after === undefined || name > page.after);
    const limit = page.limit ?? names.length;
    const topics = names.slice(0, limit).map((name) => this.#summary(name));
    const last = topics.at(-1);
    return { topics, ...(names.length > limit && last !== undefined ? { next: last.name } : {}) };
  }

  async describeTopic(topic: string, options: CallOptions = {}): Promise<TopicDescription> {
    options.signal?.throwIfAborted();
    const logs = this.topics.get(topic);
    if (logs === undefined) throw unknownPartition(topic);
    const offsets = logs.map(({ start, next }, partition) => ({ partition, startOffset: start, endOffset: next }));
    return { ...this.#summary(topic), offsets };
  }

  async alterTopic(topic: string): Promise<TopicSummary> {
    return this.#summary(topic);
  }

  async deleteTopic(topic: string): Promise<void> {
    this.topics.delete(topic);
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  async #append(request: ProduceBatchesRequest): Promise<ProduceBatchesAnswer> {
    await Promise.resolve();
    const log = this.partition(request.topic, request.partition);
    const bytes = Buffer.from(request.batches);
    for (const { position, sizeBytes } of iterateBatches(bytes)) validateCrc(bytes, position, sizeBytes);
    const batches = [...iterateBatches(bytes)].map(({ position, sizeBytes }) =>
      this.#appendOne(log, Buffer.from(bytes.subarray(position, position + sizeBytes))),
    );
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers<void>();
    return { logStartOffset: log.start, batches: request.acks === 0 ? [] : batches };
  }

  #appendOne(log: PartitionLog, batch: Buffer): BatchOutcome {
    const [found] = iterateBatches(batch);
    if (found === undefined) return { kind: 'refused', error: new StratalogError('INVALID_REQUEST', 'no batch') };
    const { header } = found;
    if (batch.length > this.maxMessageBytes) return { kind: 'refused', error: new StratalogError('MESSAGE_TOO_LARGE', 'too large') };
    if (header.producerId >= 0) {
      const known = log.producers.get(header.producerId);
      const duplicate = known?.last.find((one) => one.baseSequence === header.baseSequence && known.epoch === header.producerEpoch);
      if (duplicate !== undefined) return { kind: 'appended', baseOffset: duplicate.baseOffset, timestamp: -1, duplicate: true };
      if (known !== undefined && header.producerEpoch < known.epoch) {
        return { kind: 'refused', error: new StratalogError('INVALID_PRODUCER_EPOCH', 'older epoch') };
      }
      // Any sequence is the first one of a producer that is not known, as in Kafka.
      const following = known === undefined ? header.baseSequence : known.nextSequence;
      const expected = known !== undefined && header.producerEpoch > known.epoch ? 0 : following;
      if (header.baseSequence !== expected) {
        return { kind: 'refused', error: new StratalogError('OUT_OF_ORDER_SEQUENCE_NUMBER', `${header.baseSequence}, not ${expected}`) };
      }
      const last = known !== undefined && known.epoch === header.producerEpoch ? known.last : [];
      last.push({ baseSequence: header.baseSequence, baseOffset: log.next });
      log.producers.set(header.producerId, {
        epoch: header.producerEpoch,
        nextSequence: header.baseSequence + header.lastOffsetDelta + 1,
        last: last.slice(-5),
      });
    }
    const base = log.next;
    patchBatch(batch, 0, base, 0);
    log.next += header.lastOffsetDelta + 1;
    log.batches.push({ base, last: log.next - 1, bytes: batch });
    return { kind: 'appended', baseOffset: base, timestamp: -1, duplicate: false };
  }

  async #read(request: FetchBatchesRequest): Promise<FetchBatchesAnswer> {
    request.signal?.throwIfAborted();
    const log = this.partition(request.topic, request.partition);
    const { offset, maxBytes, signal } = request;
    if (offset < log.start || offset > log.next) throw new StratalogError('OFFSET_OUT_OF_RANGE', `offset ${offset} is not in the log`);
    const chosen: Buffer[] = [];
    let bytes = 0;
    let nextOffset = offset;
    for (const batch of log.batches) {
      if (batch.last < offset) continue;
      if (chosen.length > 0 && bytes + batch.bytes.length > maxBytes) break;
      chosen.push(batch.bytes);
      bytes += batch.bytes.length;
      nextOffset = batch.last + 1;
    }
    if (chosen.length === 0) await this.#wait(signal);
    return { batches: Buffer.concat(chosen), nextOffset, highWatermark: log.next, logStartOffset: log.start };
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      void this.#arrived.promise.then(resolve);
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  #add(name: string, partitions: number): void {
    this.topics.set(
      name,
      Array.from({ length: partitions }, () => ({ start: 0, next: 0, batches: [], producers: new Map() })),
    );
  }

  #summary(name: string): TopicSummary {
    return { id: `id-of-${name}`, name, partitions: this.topics.get(name)?.length ?? 0, configs: {}, createdAt: 0 };
  }
}

/** Where Kafka's own client puts a text key. */
export function partitionOfText(key: string, partitions: number): number {
  return partitionOfKey(Buffer.from(key), partitions);
}
