/** The options of a consumer, their defaults and bounds. Names in brackets are Kafka's. */
import { StratalogError } from '../core/errors.ts';
import type { BackoffSettings } from './backoff.ts';
import { CONNECTION_OPTION_NAMES, type ConnectionOptions } from './connection.ts';
import { GROUP_OPTION_NAMES, type GroupOptions } from './group-settings.ts';
import { oneOf, onlyKnown, shown, wholeNumber } from './option-check.ts';
import { bytesSerde, type Deserializer } from './serializers.ts';
import type { Isolation } from './transport.ts';

const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;

export interface ConsumerOptions<Key, Value> extends ConnectionOptions, GroupOptions {
  /** How keys are read; default: bytes as they are. */
  readonly keyDeserializer?: Deserializer<Key> | undefined;
  /** How values are read; default: bytes as they are. */
  readonly valueDeserializer?: Deserializer<Value> | undefined;
  /**
   * Where a partition without a position begins, and where one goes on whose position is no longer in the log
   * [auto.offset.reset]: 'earliest', 'latest', or 'error' OFFSET_OUT_OF_RANGE. Default 'latest'.
   */
  readonly offsetReset?: 'earliest' | 'latest' | 'error' | undefined;
  /** Whether records of transactions that are open or aborted are seen [isolation.level]; default 'read_uncommitted'. */
  readonly isolation?: Isolation | undefined;
  /** Bytes of one partition asked for at once [max.partition.fetch.bytes]; 1 to 104,857,600, default 1,048,576. */
  readonly maxPartitionFetchBytes?: number | undefined;
  /**
   * Bytes fetched and not yet handed out at which nothing more is fetched; 1 to 8 GiB, default 64 MiB. Each partition
   * holds two answers at most, and one answer a partition may still arrive after the bound is reached.
   */
  readonly maxBufferedBytes?: number | undefined;
  /** How long the server may hold a request when there is nothing to read, ms [fetch.max.wait.ms]; 0 to 300,000, default 5,000. */
  readonly maxWaitMs?: number | undefined;
  /** Bytes that end such a wait [fetch.min.bytes]; 0 to 104,857,600, default 1. */
  readonly minBytes?: number | undefined;
  /** Upper end of the first wait before a failed request is made again, ms [retry.backoff.ms]; 1 to 60,000, default 100. */
  readonly retryBackoffMs?: number | undefined;
  /** Upper end of every such wait, ms [retry.backoff.max.ms]; 1 to 10 minutes, default 1,000. */
  readonly retryBackoffMaxMs?: number | undefined;
  /**
   * How long a partition may fail with retriable errors before reading ends with the last of them, ms; 0 to 24 hours,
   * default 0: for ever, as Kafka's consumer does.
   */
  readonly giveUpAfterMs?: number | undefined;
}

export interface ConsumerSettings<Key, Value> {
  readonly keyDeserializer: Deserializer<Key>;
  readonly valueDeserializer: Deserializer<Value>;
  readonly offsetReset: 'earliest' | 'latest' | 'error';
  readonly isolation: Isolation;
  readonly maxPartitionFetchBytes: number;
  readonly maxBufferedBytes: number;
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly backoff: BackoffSettings;
  readonly giveUpAfterMs: number;
}

const CONSUMER_OPTION_NAMES = [
  ...CONNECTION_OPTION_NAMES,
  ...GROUP_OPTION_NAMES,
  'keyDeserializer',
  'valueDeserializer',
  'offsetReset',
  'isolation',
  'maxPartitionFetchBytes',
  'maxBufferedBytes',
  'maxWaitMs',
  'minBytes',
  'retryBackoffMs',
  'retryBackoffMaxMs',
  'giveUpAfterMs',
] as const satisfies readonly (keyof ConsumerOptions<unknown, unknown>)[];

/** The options with defaults; INVALID_REQUEST names an unknown option or a value out of bounds. */
export function consumerSettings<Key, Value>(options: ConsumerOptions<Key, Value>): ConsumerSettings<Key, Value> {
  onlyKnown('a consumer', options, CONSUMER_OPTION_NAMES);
  const retryBackoffMs = wholeNumber('retryBackoffMs', options.retryBackoffMs, 100, { min: 1, max: 60_000 });
  return {
    keyDeserializer: deserializer('keyDeserializer', options.keyDeserializer),
    valueDeserializer: deserializer('valueDeserializer', options.valueDeserializer),
    offsetReset: oneOf('offsetReset', options.offsetReset, 'latest', ['earliest', 'latest', 'error']),
    isolation: oneOf('isolation', options.isolation, 'read_uncommitted', ['read_uncommitted', 'read_committed']),
    maxPartitionFetchBytes: wholeNumber('maxPartitionFetchBytes', options.maxPartitionFetchBytes, MIB, { min: 1, max: 100 * MIB }),
    maxBufferedBytes: wholeNumber('maxBufferedBytes', options.maxBufferedBytes, 64 * MIB, { min: 1, max: 8192 * MIB }),
    maxWaitMs: wholeNumber('maxWaitMs', options.maxWaitMs, 5_000, { min: 0, max: 300_000 }),
    minBytes: wholeNumber('minBytes', options.minBytes, 1, { min: 0, max: 100 * MIB }),
    backoff: {
      firstMs: retryBackoffMs,
      maxMs: wholeNumber('retryBackoffMaxMs', options.retryBackoffMaxMs, Math.max(1_000, retryBackoffMs), { min: 1, max: 600_000 }),
    },
    giveUpAfterMs: wholeNumber('giveUpAfterMs', options.giveUpAfterMs, 0, { min: 0, max: 24 * HOUR_MS }),
  };
}

function deserializer<Value>(name: string, given: Deserializer<Value> | undefined): Deserializer<Value> {
  if (given === undefined) return bytesSerde.deserialize as unknown as Deserializer<Value>;
  if (typeof given === 'function') return given;
  throw new StratalogError('INVALID_REQUEST', `${name} is ${shown(given)}, it must be a function`, { field: name, value: shown(given) });
}
