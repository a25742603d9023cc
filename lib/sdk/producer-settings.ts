/** The options of a producer, their defaults and bounds. Names in brackets are Kafka's. */
import { StratalogError } from '../core/errors.ts';
import { COMPRESSION_TYPES, type CompressionType } from '../format/compression-codec.ts';
import type { BackoffSettings } from './backoff.ts';
import type { ConnectionOptions } from './connection.ts';
import { CONNECTION_OPTION_NAMES } from './connection.ts';
import { oneOf, onlyKnown, shown, wholeNumber, yesOrNo } from './option-check.ts';
import { defaultPartitioner, type PartitionerFactory } from './partitioner.ts';
import { type Serializer, textOrBytes } from './serializers.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const HOUR_MS = 3_600_000;

/** 'all' (or -1): every in-sync zone has it; 1: one zone has it; 0: nobody says whether it arrived. */
export type Acks = 0 | 1 | -1 | 'all';

export interface ProducerOptions<Key, Value> extends ConnectionOptions {
  /** How keys become bytes; default: strings as UTF-8, bytes as they are. */
  readonly keySerializer?: Serializer<Key> | undefined;
  /** How values become bytes; default: strings as UTF-8, bytes as they are. */
  readonly valueSerializer?: Serializer<Value> | undefined;
  /** How many zones must have a record before its promise resolves [acks]; default 'all'. */
  readonly acks?: Acks | undefined;
  /**
   * Whether retries can never store a record twice or out of order [enable.idempotence]; default true with acks 'all',
   * else false. INVALID_REQUEST when true with other acks.
   */
  readonly idempotence?: boolean | undefined;
  /** Codec of record batches [compression.type]: none, gzip, snappy, lz4, zstd; default none. */
  readonly compression?: CompressionType | undefined;
  /** Level of gzip (1 to 9) or zstd (1 to 22) [compression.gzip.level, compression.zstd.level]; default the codec's own. */
  readonly compressionLevel?: number | undefined;
  /**
   * How long a batch that is not full waits for more records, ms [linger.ms]; 0 to 60,000, default 5. More means fewer,
   * larger requests and a later answer; a batch never waits when it is full or flush() was called.
   */
  readonly lingerMs?: number | undefined;
  /** Bytes after which a batch is full, before compression [batch.size]; 1 to 104,857,600, default 16,384. */
  readonly batchSize?: number | undefined;
  /**
   * Batches of one partition sent and not yet answered [max.in.flight.requests.per.connection]; 1 to 5, default 5. Without idempotence
   * all of them go in one request: of two under way the second might arrive first.
   */
  readonly maxInFlight?: number | undefined;
  /** Largest request and largest record, bytes [max.request.size]; 1 to 104,857,600, default 1,048,576. */
  readonly maxRequestBytes?: number | undefined;
  /** Bytes of records not yet answered that are held at most [buffer.memory]; 1 KiB to 8 GiB, default 32 MiB. */
  readonly bufferMemory?: number | undefined;
  /**
   * What `send` does when the buffer is full: 'wait' for room up to `maxBlockMs`; 'drop' the record, counted in
   * `stats.dropped`, its promise resolving with `dropped: true`; 'error' THROTTLED. Default 'wait'.
   */
  readonly onFull?: 'wait' | 'drop' | 'error' | undefined;
  /** How long `send` waits for room and for the topic's partitions, ms [max.block.ms]; 0 to 1 hour, default 60,000. */
  readonly maxBlockMs?: number | undefined;
  /** How long one request may take, ms [request.timeout.ms]; 1 to 1 hour, default 30,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** From `send` to the answer at most, retries included, ms [delivery.timeout.ms]; 1 to 24 hours, default 120,000. */
  readonly deliveryTimeoutMs?: number | undefined;
  /** Upper end of the first wait before a retry, ms [retry.backoff.ms]; 1 to 60,000, default 100. The wait is drawn at random. */
  readonly retryBackoffMs?: number | undefined;
  /** Upper end of every wait before a retry, ms [retry.backoff.max.ms]; 1 to 10 minutes, default 1,000. */
  readonly retryBackoffMaxMs?: number | undefined;
  /** How records without a partition of their own get one [partitioner.class]; default {@link defaultPartitioner}. */
  readonly partitioner?: PartitionerFactory | undefined;
  /** After how long a topic's partition count is looked up again, ms [metadata.max.age.ms]; 1,000 to 24 hours, default 300,000. */
  readonly metadataMaxAgeMs?: number | undefined;
}

export interface ProducerSettings {
  readonly keySerializer: Serializer<never>;
  readonly valueSerializer: Serializer<never>;
  readonly acks: 0 | 1 | -1;
  readonly idempotence: boolean;
  readonly compression: CompressionType;
  readonly compressionLevel: number | undefined;
  readonly lingerMs: number;
  readonly batchSize: number;
  readonly maxInFlight: number;
  readonly maxRequestBytes: number;
  readonly bufferMemory: number;
  readonly onFull: 'wait' | 'drop' | 'error';
  readonly maxBlockMs: number;
  readonly requestTimeoutMs: number;
  readonly deliveryTimeoutMs: number;
  readonly backoff: BackoffSettings;
  readonly partitioner: PartitionerFactory;
  readonly metadataMaxAgeMs: number;
}

const OPTION_NAMES = [
  ...CONNECTION_OPTION_NAMES,
  'keySerializer',
  'valueSerializer',
  'acks',
  'idempotence',
  'compression',
  'compressionLevel',
  'lingerMs',
  'batchSize',
  'maxInFlight',
  'maxRequestBytes',
  'bufferMemory',
  'onFull',
  'maxBlockMs',
  'requestTimeoutMs',
  'deliveryTimeoutMs',
  'retryBackoffMs',
  'retryBackoffMaxMs',
  'partitioner',
  'metadataMaxAgeMs',
] as const satisfies readonly (keyof ProducerOptions<unknown, unknown>)[];

/** The options with defaults; INVALID_REQUEST names an unknown option or a value out of bounds. */
export function producerSettings<Key, Value>(options: ProducerOptions<Key, Value>): ProducerSettings {
  onlyKnown('a producer', options, OPTION_NAMES);
  const acksGiven = oneOf<Acks>('acks', options.acks, 'all', ['all', -1, 1, 0]);
  const acks = acksGiven === 'all' ? -1 : acksGiven;
  const compression = oneOf('compression', options.compression, 'none', COMPRESSION_TYPES);
  const retryBackoffMs = wholeNumber('retryBackoffMs', options.retryBackoffMs, 100, { min: 1, max: 60_000 });
  return {
    keySerializer: aFunction<unknown>('keySerializer', options.keySerializer, textOrBytes) as Serializer<never>,
    valueSerializer: aFunction<unknown>('valueSerializer', options.valueSerializer, textOrBytes) as Serializer<never>,
    acks,
    idempotence: idempotenceOf(options.idempotence, acks),
    compression,
    compressionLevel: levelOf(compression, options.compressionLevel),
    lingerMs: wholeNumber('lingerMs', options.lingerMs, 5, { min: 0, max: 60_000 }),
    batchSize: wholeNumber('batchSize', options.batchSize, 16 * KIB, { min: 1, max: 100 * MIB }),
    maxInFlight: wholeNumber('maxInFlight', options.maxInFlight, 5, { min: 1, max: 5 }),
    maxRequestBytes: wholeNumber('maxRequestBytes', options.maxRequestBytes, MIB, { min: 1, max: 100 * MIB }),
    bufferMemory: wholeNumber('bufferMemory', options.bufferMemory, 32 * MIB, { min: KIB, max: 8 * KIB * MIB }),
    onFull: oneOf('onFull', options.onFull, 'wait', ['wait', 'drop', 'error']),
    maxBlockMs: wholeNumber('maxBlockMs', options.maxBlockMs, 60_000, { min: 0, max: HOUR_MS }),
    requestTimeoutMs: wholeNumber('requestTimeoutMs', options.requestTimeoutMs, 30_000, { min: 1, max: HOUR_MS }),
    deliveryTimeoutMs: wholeNumber('deliveryTimeoutMs', options.deliveryTimeoutMs, 120_000, { min: 1, max: 24 * HOUR_MS }),
    backoff: {
      firstMs: retryBackoffMs,
      maxMs: wholeNumber('retryBackoffMaxMs', options.retryBackoffMaxMs, Math.max(1_000, retryBackoffMs), { min: 1, max: 600_000 }),
    },
    partitioner: aFunction('partitioner', options.partitioner, defaultPartitioner),
    metadataMaxAgeMs: wholeNumber('metadataMaxAgeMs', options.metadataMaxAgeMs, 300_000, { min: 1_000, max: 24 * HOUR_MS }),
  };
}

function idempotenceOf(given: boolean | undefined, acks: number): boolean {
  const idempotence = yesOrNo('idempotence', given, acks === -1);
  if (!idempotence || acks === -1) return idempotence;
  throw new StratalogError('INVALID_REQUEST', `idempotence needs acks 'all', acks is ${acks}`, {
    field: 'acks',
    value: acks,
    limit: 'all',
  });
}

function levelOf(compression: CompressionType, level: number | undefined): number | undefined {
  if (level === undefined) return undefined;
  if (compression === 'gzip') return wholeNumber('compressionLevel', level, 6, { min: 1, max: 9 });
  if (compression === 'zstd') return wholeNumber('compressionLevel', level, 3, { min: 1, max: 22 });
  throw new StratalogError('INVALID_REQUEST', `compressionLevel is ${shown(level)}, but compression '${compression}' has no levels`, {
    field: 'compressionLevel',
    value: shown(level),
  });
}

function aFunction<Given>(name: string, given: Given | undefined, fallback: Given): Given {
  if (given === undefined) return fallback;
  if (typeof given === 'function') return given;
  throw new StratalogError('INVALID_REQUEST', `${name} is ${shown(given)}, it must be a function`, { field: name, value: shown(given) });
}
