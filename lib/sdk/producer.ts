/** Writes records to topics. */
import { StratalogError } from '../core/errors.ts';
import { recordSizeMax } from '../format/record-batch-writer.ts';
import { orAborted } from './backoff.ts';
import { BufferMemory } from './buffer-memory.ts';
import { type Connection, connect } from './connection.ts';
import { FlushBarrier } from './flush-barrier.ts';
import { onlyKnown } from './option-check.ts';
import type { SenderContext } from './partition-sender.ts';
import { IdentitySource } from './producer-identity.ts';
import { headersOf, type PendingRecord, type ProducerRecord, type RecordMetadata, timestampOf, topicOf } from './producer-record.ts';
import { type ProducerOptions, type ProducerSettings, producerSettings } from './producer-settings.ts';
import type { Serializer } from './serializers.ts';
import { TopicRoute } from './topic-route.ts';
import type { CallOptions } from './transport.ts';

/** Counters since the producer was made. */
export interface ProducerStats {
  /** Records given to `send`, dropped ones included. */
  readonly sent: number;
  /** Records whose promise resolved with their place. */
  readonly acknowledged: number;
  /** Records whose promise rejected. */
  readonly failed: number;
  /** Records dropped because the buffer was full (`onFull: 'drop'`). */
  readonly dropped: number;
  /** Times that requests of a partition failed and were made again. */
  readonly retries: number;
  /** Bytes held for records that are not answered yet. */
  readonly bufferedBytes: number;
}

export class Producer<Key = string | Uint8Array, Value = string | Uint8Array> {
  readonly #settings: ProducerSettings;
  readonly #connection: Connection;
  readonly #memory: BufferMemory;
  readonly #context: SenderContext;
  readonly #routes = new Map<string, TopicRoute>();
  readonly #barrier = new FlushBarrier();
  readonly #abort = new AbortController();
  #flushing = 0;
  #closed = false;
  #sent = 0;
  #acknowledged = 0;
  #failed = 0;
  #dropped = 0;
  #retries = 0;

  /** Nothing is connected before the first record. INVALID_REQUEST names an option that is wrong. */
  constructor(options: ProducerOptions<Key, Value> = {}) {
    const settings = producerSettings(options);
    this.#connection = connect(options);
    this.#settings = withinTransport(settings, this.#connection.transport.requestBytesMax);
    this.#memory = new BufferMemory(this.#settings.bufferMemory);
    const { transport } = this.#connection;
    const { signal } = this.#abort;
    this.#context = {
      settings: this.#settings,
      transport,
      identities: new IdentitySource(transport, this.#settings.backoff, signal),
      signal,
      hurried: () => this.#flushing > 0,
      onRetry: () => {
        this.#retries++;
      },
      onStale: (topic) => this.#routes.get(topic)?.forget(),
    };
  }

  get stats(): ProducerStats {
    return {
      sent: this.#sent,
      acknowledged: this.#acknowledged,
      failed: this.#failed,
      dropped: this.#dropped,
      retries: this.#retries,
      bufferedBytes: this.#memory.used,
    };
  }

  /**
   * Sends a record; resolves with its place when it is stored as `acks` asks. Records of one partition are stored in the
   * order of these calls. It need not be awaited one by one: batches form from records that wait together.
   *
   * Rejects with INVALID_RECORD, MESSAGE_TOO_LARGE, UNKNOWN_TOPIC_OR_PARTITION, THROTTLED (buffer full and `onFull`
   * 'error'), REQUEST_TIMED_OUT after `deliveryTimeoutMs` (it may or may not be stored), CLOSED, or the signal's reason;
   * a record that is already in a batch may still be stored then.
   */
  async send(record: ProducerRecord<Key, Value>, options: CallOptions = {}): Promise<RecordMetadata> {
    const { signal } = options;
    signal?.throwIfAborted();
    if (this.#closed) throw closedError();
    const encoded = this.#encode(record);
    this.#sent++;
    const { promise, resolve, reject } = Promise.withResolvers<RecordMetadata>();
    const left = this.#barrier.enter();
    const pending = this.#track(encoded, left, resolve, reject);
    const dispatch = (): void => this.#routeOf(pending.topic).add(pending);
    if (this.#memory.tryTake(pending.bytes)) dispatch();
    else if (this.#settings.onFull === 'wait') {
      this.#memory.take(pending.bytes, this.#settings.maxBlockMs, signal, dispatch, (error) => {
        left();
        this.#failed++;
        reject(error);
      });
    } else {
      left();
      return this.#turnAway(pending);
    }
    if (signal === undefined) return promise;
    const removed = (): void => {
      if (this.#routes.get(pending.topic)?.remove(pending)) pending.reject(signal.reason);
    };
    signal.addEventListener('abort', removed, { once: true });
    return orAborted(promise, signal).finally(() => signal.removeEventListener('abort', removed));
  }

  /** Sends what has gathered without lingering; resolves when every record sent before is answered, well or not. */
  async flush(options: CallOptions = {}): Promise<void> {
    this.#flushing++;
    try {
      for (const route of this.#routes.values()) route.hurry();
      await orAborted(this.#barrier.wait(), options.signal);
    } finally {
      this.#flushing--;
    }
  }

  /**
   * Refuses new records, flushes, and closes connections. When the signal aborts, what is not answered yet is given up:
   * its promises reject with CLOSED. May be called again.
   */
  async close(options: CallOptions = {}): Promise<void> {
    this.#closed = true;
    await this.flush(options).catch(() => undefined);
    const error = closedError();
    this.#memory.refuseWaiters(error);
    this.#abort.abort(error);
    for (const route of this.#routes.values()) route.abandon(error);
    await this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #encode(record: ProducerRecord<Key, Value>): Omit<PendingRecord, 'resolve' | 'reject'> {
    onlyKnown('a record', typeof record === 'object' && record !== null ? record : {}, RECORD_FIELDS);
    const topic = topicOf(record);
    const key = serialize(this.#settings.keySerializer as Serializer<unknown>, record.key, topic, 'key');
    const value = serialize(this.#settings.valueSerializer as Serializer<unknown>, record.value, topic, 'value');
    const headers = headersOf(record.headers);
    const timestamp = timestampOf(record.timestamp);
    const bytes = recordSizeMax({ key, value, headers, timestamp });
    const { maxRequestBytes, deliveryTimeoutMs } = this.#settings;
    if (bytes > maxRequestBytes) {
      const { requestBytesMax } = this.#connection.transport;
      const rule = maxRequestBytes === requestBytesMax ? 'a function takes at most' : 'maxRequestBytes is';
      throw new StratalogError('MESSAGE_TOO_LARGE', `the record has up to ${bytes} bytes, ${rule} ${maxRequestBytes}`, {
        field: 'maxRequestBytes',
        value: bytes,
        limit: maxRequestBytes,
        topic,
      });
    }
    return { topic, key, value, headers, timestamp, partition: record.partition, bytes, deadline: performance.now() + deliveryTimeoutMs };
  }

  /** The record with its outcome: whoever settles it first counts, gives its bytes back and leaves the barrier. */
  #track(
    encoded: Omit<PendingRecord, 'resolve' | 'reject'>,
    left: () => void,
    resolve: (metadata: RecordMetadata) => void,
    reject: (error: unknown) => void,
  ): PendingRecord {
    let settled = false;
    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      left();
      this.#memory.give(encoded.bytes);
      return true;
    };
    return {
      ...encoded,
      resolve: (metadata) => {
        if (!settle()) return;
        this.#acknowledged++;
        resolve(metadata);
      },
      reject: (error) => {
        if (!settle()) return;
        this.#failed++;
        reject(error);
      },
    };
  }

  #turnAway(record: PendingRecord): RecordMetadata {
    if (this.#settings.onFull === 'drop') {
      this.#dropped++;
      return { topic: record.topic, partition: -1, offset: -1, timestamp: record.timestamp, dropped: true };
    }
    this.#failed++;
    const limit = this.#settings.bufferMemory;
    throw new StratalogError('THROTTLED', `bufferMemory is full: ${this.#memory.used} of ${limit} bytes wait for their answer`, {
      field: 'bufferMemory',
      value: this.#memory.used,
      limit,
    });
  }

  #routeOf(topic: string): TopicRoute {
    let route = this.#routes.get(topic);
    if (route === undefined) {
      route = new TopicRoute(topic, this.#context);
      this.#routes.set(topic, route);
    }
    return route;
  }
}

/** Batches and requests are cut so that the transport carries them. */
function withinTransport(settings: ProducerSettings, requestBytesMax = Number.POSITIVE_INFINITY): ProducerSettings {
  const { batchSize, maxRequestBytes } = settings;
  return { ...settings, batchSize: Math.min(batchSize, requestBytesMax), maxRequestBytes: Math.min(maxRequestBytes, requestBytesMax) };
}

const RECORD_FIELDS = ['topic', 'key', 'value', 'headers', 'partition', 'timestamp'] as const;

function serialize(serializer: Serializer<unknown>, value: unknown, topic: string, part: 'key' | 'value'): Uint8Array | null {
  if (value === null || value === undefined) return null;
  const bytes: unknown = serializer(value, { topic, part });
  if (bytes instanceof Uint8Array) return bytes;
  throw new StratalogError('INVALID_RECORD', `the ${part} serializer for '${topic}' answered no bytes but ${typeof bytes}`, {
    field: part,
    topic,
  });
}

function closedError(): StratalogError {
  return new StratalogError('CLOSED', 'the producer is closed');
}
