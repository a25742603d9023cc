/** An engine over a DynamoDB table and S3 buckets: in a function, or in any process with credentials. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { BlockCache } from '../adapters/decorators/block-cache.ts';
import { HedgedStore } from '../adapters/decorators/hedge.ts';
import { meter } from '../adapters/decorators/metering.ts';
import { type RetryPolicy, type RetryPorts, retrying, retryingWrites } from '../adapters/decorators/retry.ts';
import { DynamoGroupStore } from '../adapters/dynamodb/group-store.ts';
import { DynamoInlineStore } from '../adapters/dynamodb/inline-store.ts';
import { DynamoLeaseStore } from '../adapters/dynamodb/lease-store.ts';
import { DynamoPageStore } from '../adapters/dynamodb/page-store.ts';
import { DynamoProducerStore } from '../adapters/dynamodb/producer-store.ts';
import { DynamoTable } from '../adapters/dynamodb/table.ts';
import { DynamoTopicStore } from '../adapters/dynamodb/topic-store.ts';
import { DynamoWorkStore } from '../adapters/dynamodb/work-store.ts';
import { S3ObjectStore } from '../adapters/s3/object-store.ts';
import type { ZoneBucket } from '../config/aws-environment.ts';
import { FLUSHES_IN_FLIGHT_S3 } from '../core/limits.ts';
import { Engine, type EngineDeps } from '../engine/engine.ts';
import type { EngineSettings } from '../engine/settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { Zone } from '../ports/object-store.ts';
import type { Random } from '../ports/random.ts';
import { SILENT, type Telemetry } from '../ports/telemetry.ts';
import { SYSTEM_CLOCK } from './clock.ts';
import { systemRandom } from './random.ts';

/** Credentials as AWS's clients take them: keys, or a function that answers keys. */
export type AwsCredentials = NonNullable<ConstructorParameters<typeof S3Client>[0]>['credentials'];

export interface AwsOptions {
  /** The table's name. */
  readonly table: string;
  /** The zones in order of preference; their number and order are the deployment's. */
  readonly zones: readonly ZoneBucket[];
  /** Default: from the usual chain (`AWS_REGION`, the profile). */
  readonly region?: string | undefined;
  /** Default: from the usual chain (environment, profile, single sign-on, container, instance). */
  readonly credentials?: AwsCredentials | undefined;
  /** Address of an emulator, for both services or for each; default AWS's own, or `AWS_ENDPOINT_URL`. */
  readonly endpoint?: string | { readonly dynamodb: string; readonly s3: string } | undefined;
  readonly telemetry?: Telemetry | undefined;
  /** Told of both clients before their first request, so that it can trace what they do. */
  readonly instrument?: ((client: DynamoDBClient | S3Client) => void) | undefined;
  readonly settings?: Partial<EngineSettings> | undefined;
  /**
   * Default: `stateless`, since functions and clients come and go and nobody can reach one of them for a group. A gateway,
   * which stays and has an address, is a coordinator.
   */
  readonly groupSettings?: EngineDeps['groupSettings'];
  /** Bytes of other processes' segments and merged files kept in memory; 0 keeps none. Default 64 MiB. */
  readonly blockCacheBytes?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

export interface AwsEngine {
  readonly engine: Engine;
  readonly deps: EngineDeps;
  /** Finishes what is in flight and ends the connections. */
  close(): Promise<void>;
}

const MIB = 1024 * 1024;
const CONNECTIONS_MAX = 50;
const CONNECT_TIMEOUT_MS = 1_000;
/** DynamoDB answers in single-digit milliseconds; after three seconds nothing is coming any more. */
const TABLE_TIMEOUT_MS = 3_000;
/** S3 may take its time over 8 MiB; a whole upload that takes longer is begun again, or in the next zone. */
const OBJECT_TIMEOUT_MS = 15_000;

/** S3's own advice: come back soon, and spread out. A SlowDown lasts until the prefix has been split. */
const OBJECT_RETRY: RetryPolicy = {
  name: 's3',
  firstMs: 20,
  mostMs: 2_000,
  withinMs: 20_000,
  repeatable: ['put', 'replace', 'beginUpload', 'uploadPart', 'finishUpload', 'abandonUpload', 'get', 'head', 'delete', 'list'],
};
const TABLE_RETRY: RetryPolicy = { name: 'dynamodb', firstMs: 10, mostMs: 1_000, withinMs: 10_000, repeatable: [] };

/**
 * Builds an engine over a deployment's table and buckets. No request is made yet, and none is made twice by the clients:
 * every attempt is counted, and repeated by our own rule.
 */
export function openAwsEngine(options: AwsOptions): AwsEngine {
  const telemetry = options.telemetry ?? SILENT;
  const clock = options.clock ?? SYSTEM_CLOCK;
  const random = options.random ?? systemRandom();
  const { dynamodb, s3 } = clientsOf(options, telemetry);
  const ports: RetryPorts = { clock, random, telemetry };
  const deps: EngineDeps = {
    clock,
    random,
    telemetry,
    ...storesOf(new DynamoTable(dynamodb, options.table), clock, ports),
    zones: zonesOf(options, s3, ports),
    settings: { flushesInFlight: FLUSHES_IN_FLIGHT_S3, ...options.settings },
    groupSettings: { mode: 'stateless', ...options.groupSettings },
  };
  const engine = new Engine(markingRolls(deps));
  return {
    engine,
    deps: engine.deps,
    async close() {
      await engine.close();
      dynamodb.destroy();
      s3.destroy();
    },
  };
}

function clientsOf(options: AwsOptions, telemetry: Telemetry): { readonly dynamodb: DynamoDBClient; readonly s3: S3Client } {
  const { region, credentials, endpoint } = options;
  const shared = {
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
    // Retries are ours. The client still learns the clock's error from an answer.
    maxAttempts: 1,
  };
  const at = typeof endpoint === 'string' ? { dynamodb: endpoint, s3: endpoint } : endpoint;
  const dynamodb = new DynamoDBClient({ ...shared, ...(at && { endpoint: at.dynamodb }), requestHandler: handler(TABLE_TIMEOUT_MS) });
  const s3 = new S3Client({
    ...shared,
    ...(at && { endpoint: at.s3 }),
    requestHandler: handler(OBJECT_TIMEOUT_MS),
    // We send our own CRC-32C with every put, and check every batch's CRC after a get.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Emulators know no bucket by its host name.
    forcePathStyle: endpoint !== undefined || process.env.AWS_ENDPOINT_URL !== undefined || process.env.AWS_ENDPOINT_URL_S3 !== undefined,
  });
  meter(dynamodb, 'dynamodb', telemetry);
  meter(s3, 's3', telemetry);
  for (const client of [dynamodb, s3]) options.instrument?.(client);
  return { dynamodb, s3 };
}

function handler(requestTimeout: number): NodeHttpHandler {
  return new NodeHttpHandler({
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout,
    throwOnRequestTimeout: true,
    httpsAgent: { keepAlive: true, maxSockets: CONNECTIONS_MAX },
    httpAgent: { keepAlive: true, maxSockets: CONNECTIONS_MAX },
  });
}

/** Each store with the methods that may be repeated after a lost answer; for all others the engine resolves it. */
function storesOf(table: DynamoTable, clock: Clock, ports: RetryPorts) {
  const again = <Store extends object>(store: Store, ...repeatable: string[]): Store =>
    retrying(store, { ...TABLE_RETRY, repeatable }, ports);
  return {
    leases: retryingWrites(new DynamoLeaseStore(table), { ...TABLE_RETRY, repeatable: ['create', 'remove'] }, ports),
    pages: again(new DynamoPageStore(table), 'put', 'clear'),
    producers: again(new DynamoProducerStore(table), 'put', 'allocateIds'),
    topics: again(new DynamoTopicStore(table), 'create', 'update', 'remove'),
    inline: again(new DynamoInlineStore(table), 'put', 'delete'),
    groups: retryingWrites(new DynamoGroupStore(table, clock), TABLE_RETRY, ports),
    work: again(new DynamoWorkStore(table), 'acquire', 'renew', 'release', 'mark', 'unmark'),
  };
}

function zonesOf({ zones, blockCacheBytes = 64 * MIB }: AwsOptions, s3: S3Client, ports: RetryPorts): readonly Zone[] {
  return zones.map(({ id, bucket }) => {
    const store = retrying(new HedgedStore(new S3ObjectStore(s3, bucket), ports), OBJECT_RETRY, ports);
    const bytesMax = Math.floor(blockCacheBytes / zones.length);
    return { name: id, objects: bytesMax > 0 ? new BlockCache(store, { bytesMax }) : store };
  });
}

/** Every roll leaves a mark for the jobs. A lost mark is made up by their daily pass over everything. */
function markingRolls(deps: EngineDeps): EngineDeps {
  const { work, telemetry } = deps;
  if (work === undefined) return deps;
  return {
    ...deps,
    onRolled(key) {
      work.mark([key]).catch((error: unknown) => {
        telemetry.log('warn', 'a partition could not be marked for maintenance; the daily pass will find it', { error: String(error) });
      });
    },
  };
}
