import { type ApiName, CODECS } from './messages/registry.ts';

/** One row of what the gateway advertises: versions from `min` to `max`, both inclusive. */
export interface AdvertisedApi {
  readonly name: ApiName;
  readonly apiKey: number;
  readonly min: number;
  readonly max: number;
}

/**
 * The versions of each API that the gateway answers. Kafka 4 ranges, held back where a version promises what is not
 * there: Produce 12 and 13 (transactions of KIP-890, topic ids), Fetch 17 (followers), ListOffsets 9 (tiered storage),
 * OffsetCommit and OffsetFetch 10 (topic ids), FindCoordinator 6 (share groups). An API without a handler is not
 * advertised, whatever stands here.
 *
 * Produce is advertised from 0 although no version below 3 is answered (KAFKA-18659): librdkafka up to 2.11.0 asks for
 * Produce 0 before it compresses. The same clients look for single versions, among them FindCoordinator, JoinGroup,
 * SyncGroup, Heartbeat, LeaveGroup and InitProducerId 0, OffsetCommit 2, OffsetFetch 1 and ListOffsets 1.
 */
const VERSIONS: { readonly [N in ApiName]?: readonly [min: number, max: number] } = {
  Produce: [0, 11],
  Fetch: [4, 16],
  ListOffsets: [1, 8],
  Metadata: [0, 13],
  OffsetCommit: [2, 9],
  OffsetFetch: [1, 9],
  FindCoordinator: [0, 5],
  JoinGroup: [0, 9],
  Heartbeat: [0, 4],
  LeaveGroup: [0, 5],
  SyncGroup: [0, 5],
  DescribeGroups: [0, 6],
  ListGroups: [0, 5],
  ApiVersions: [0, 4],
  CreateTopics: [2, 7],
  DeleteTopics: [1, 6],
  DeleteRecords: [0, 2],
  InitProducerId: [0, 5],
  OffsetForLeaderEpoch: [2, 4],
  DescribeConfigs: [1, 4],
  AlterConfigs: [0, 2],
  DescribeLogDirs: [1, 5],
  CreatePartitions: [0, 3],
  DeleteGroups: [0, 2],
  ElectLeaders: [0, 2],
  IncrementalAlterConfigs: [0, 1],
  ListPartitionReassignments: [0, 0],
  OffsetDelete: [0, 0],
  DescribeCluster: [0, 2],
  ConsumerGroupHeartbeat: [0, 1],
  ConsumerGroupDescribe: [0, 1],
  ListConfigResources: [0, 1],
  DescribeTopicPartitions: [0, 0],
};

/** Every API the gateway can advertise, in the order of their keys. */
export const ADVERTISED_APIS: readonly AdvertisedApi[] = Object.entries(VERSIONS)
  .map(([name, [min, max]]) => ({ name: name as ApiName, apiKey: CODECS[name as ApiName].apiKey, min, max }))
  .sort((a, b) => a.apiKey - b.apiKey);

/** The row of an API, or undefined for one that is not advertised. */
export function advertisedApi(apiKey: number): AdvertisedApi | undefined {
  return BY_KEY.get(apiKey);
}

const BY_KEY = new Map(ADVERTISED_APIS.map((api) => [api.apiKey, api]));

/** Whether a request of this version is answered: advertised, and one that its codec reads. */
export function isAnswered(api: AdvertisedApi, version: number): boolean {
  return version >= Math.max(api.min, CODECS[api.name].versions[0]) && version <= api.max;
}

/** Version of the request's header: 2, with tagged fields, where the request is flexible, else 1. */
export function requestHeaderVersion(name: ApiName, version: number): 1 | 2 {
  return version >= CODECS[name].flexibleFrom ? 2 : 1;
}

/**
 * Version of the response's header. An ApiVersions response always has the old one: a client that asked in a version
 * the server does not know must be able to read the answer (KIP-511).
 */
export function responseHeaderVersion(name: ApiName, version: number): 0 | 1 {
  return name !== 'ApiVersions' && version >= CODECS[name].flexibleFrom ? 1 : 0;
}
