import type { Engine } from '../engine/engine.ts';
import type { Cluster } from './cluster.ts';
import type { ClassicCoordinator } from './groups/classic-coordinator.ts';
import type { MixedGroups } from './groups/mixed-groups.ts';
import type { KafkaHandlers, KafkaLog } from './handler.ts';
import { alterConfigsHandler } from './handlers/alter-configs.ts';
import { apiVersionsHandler } from './handlers/api-versions.ts';
import { consumerGroupDescribeHandler } from './handlers/consumer-group-describe.ts';
import { consumerGroupHeartbeatHandler } from './handlers/consumer-group-heartbeat.ts';
import { createPartitionsHandler } from './handlers/create-partitions.ts';
import { createTopicsHandler } from './handlers/create-topics.ts';
import { deleteGroupsHandler } from './handlers/delete-groups.ts';
import { deleteRecordsHandler } from './handlers/delete-records.ts';
import { deleteTopicsHandler } from './handlers/delete-topics.ts';
import { describeClusterHandler } from './handlers/describe-cluster.ts';
import { describeConfigsHandler } from './handlers/describe-configs.ts';
import { describeGroupsHandler } from './handlers/describe-groups.ts';
import { describeLogDirsHandler } from './handlers/describe-log-dirs.ts';
import { describeTopicPartitionsHandler } from './handlers/describe-topic-partitions.ts';
import { electLeadersHandler } from './handlers/elect-leaders.ts';
import { fetchHandler } from './handlers/fetch.ts';
import { findCoordinatorHandler } from './handlers/find-coordinator.ts';
import { heartbeatHandler } from './handlers/heartbeat.ts';
import { incrementalAlterConfigsHandler } from './handlers/incremental-alter-configs.ts';
import { initProducerIdHandler } from './handlers/init-producer-id.ts';
import { joinGroupHandler } from './handlers/join-group.ts';
import { leaveGroupHandler } from './handlers/leave-group.ts';
import { listConfigResourcesHandler } from './handlers/list-config-resources.ts';
import { listGroupsHandler } from './handlers/list-groups.ts';
import { listOffsetsHandler } from './handlers/list-offsets.ts';
import { listPartitionReassignmentsHandler } from './handlers/list-partition-reassignments.ts';
import { metadataHandler } from './handlers/metadata.ts';
import { offsetCommitHandler } from './handlers/offset-commit.ts';
import { offsetDeleteHandler } from './handlers/offset-delete.ts';
import { offsetFetchHandler } from './handlers/offset-fetch.ts';
import { offsetForLeaderEpochHandler } from './handlers/offset-for-leader-epoch.ts';
import { produceHandler } from './handlers/produce.ts';
import { syncGroupHandler } from './handlers/sync-group.ts';

/** What a deployment may tell its gateway. */
export interface GatewaySettings {
  /** `auto.create.topics.enable`: a Metadata request for an unknown topic creates it if the client allows that. */
  readonly autoCreateTopics: boolean;
  /** `group.initial.rebalance.delay.ms`: how long a new classic group waits for more members, ms. */
  readonly initialRebalanceDelayMs: number;
  /** `group.min.session.timeout.ms` of classic members. Shorter finds crashes sooner and takes a pause for one more often. */
  readonly sessionTimeoutMsMin: number;
}

export const GATEWAY_DEFAULTS: GatewaySettings = { autoCreateTopics: true, initialRebalanceDelayMs: 3_000, sessionTimeoutMsMin: 6_000 };

/** The finalized features: `group.version` 1 says that the consumer protocol of groups is there (KIP-848). */
const FEATURES = [{ name: 'group.version', level: 1 }];

/** What the handlers work with. */
export interface Gateway {
  readonly engine: Engine;
  readonly cluster: Cluster;
  readonly log: KafkaLog;
  readonly classicGroups: ClassicCoordinator;
  readonly mixedGroups: MixedGroups;
  readonly settings: GatewaySettings;
}

/** The handlers of every API that the gateway answers. */
export function gatewayHandlers(gateway: Gateway): KafkaHandlers {
  const handlers: KafkaHandlers = {
    ApiVersions: apiVersionsHandler(() => handlers, FEATURES),
    Produce: produceHandler(gateway),
    Fetch: fetchHandler(gateway),
    ListOffsets: listOffsetsHandler(gateway),
    Metadata: metadataHandler(gateway),
    FindCoordinator: findCoordinatorHandler(gateway),
    CreateTopics: createTopicsHandler(gateway),
    DeleteTopics: deleteTopicsHandler(gateway),
    DeleteRecords: deleteRecordsHandler(gateway),
    InitProducerId: initProducerIdHandler(gateway),
    OffsetForLeaderEpoch: offsetForLeaderEpochHandler(gateway),
    DescribeConfigs: describeConfigsHandler(gateway),
    AlterConfigs: alterConfigsHandler(gateway),
    IncrementalAlterConfigs: incrementalAlterConfigsHandler(gateway),
    DescribeLogDirs: describeLogDirsHandler(gateway),
    CreatePartitions: createPartitionsHandler(gateway),
    ElectLeaders: electLeadersHandler(gateway),
    ListPartitionReassignments: listPartitionReassignmentsHandler(gateway),
    DescribeCluster: describeClusterHandler(gateway),
    ListConfigResources: listConfigResourcesHandler(gateway),
    DescribeTopicPartitions: describeTopicPartitionsHandler(gateway),
    ConsumerGroupDescribe: consumerGroupDescribeHandler(gateway),
    ConsumerGroupHeartbeat: consumerGroupHeartbeatHandler(gateway),
    DeleteGroups: deleteGroupsHandler(gateway),
    DescribeGroups: describeGroupsHandler(gateway),
    Heartbeat: heartbeatHandler(gateway),
    JoinGroup: joinGroupHandler(gateway),
    LeaveGroup: leaveGroupHandler(gateway),
    ListGroups: listGroupsHandler(gateway),
    OffsetCommit: offsetCommitHandler(gateway),
    OffsetDelete: offsetDeleteHandler(gateway),
    OffsetFetch: offsetFetchHandler(gateway),
    SyncGroup: syncGroupHandler(gateway),
  };
  return handlers;
}
