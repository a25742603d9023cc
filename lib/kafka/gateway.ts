import type { Engine } from '../engine/engine.ts';
import type { Cluster } from './cluster.ts';
import type { KafkaHandlers, KafkaLog } from './handler.ts';
import { alterConfigsHandler } from './handlers/alter-configs.ts';
import { apiVersionsHandler } from './handlers/api-versions.ts';
import { createPartitionsHandler } from './handlers/create-partitions.ts';
import { createTopicsHandler } from './handlers/create-topics.ts';
import { deleteRecordsHandler } from './handlers/delete-records.ts';
import { deleteTopicsHandler } from './handlers/delete-topics.ts';
import { describeClusterHandler } from './handlers/describe-cluster.ts';
import { describeConfigsHandler } from './handlers/describe-configs.ts';
import { describeLogDirsHandler } from './handlers/describe-log-dirs.ts';
import { describeTopicPartitionsHandler } from './handlers/describe-topic-partitions.ts';
import { electLeadersHandler } from './handlers/elect-leaders.ts';
import { fetchHandler } from './handlers/fetch.ts';
import { findCoordinatorHandler } from './handlers/find-coordinator.ts';
import { incrementalAlterConfigsHandler } from './handlers/incremental-alter-configs.ts';
import { initProducerIdHandler } from './handlers/init-producer-id.ts';
import { listConfigResourcesHandler } from './handlers/list-config-resources.ts';
import { listOffsetsHandler } from './handlers/list-offsets.ts';
import { listPartitionReassignmentsHandler } from './handlers/list-partition-reassignments.ts';
import { metadataHandler } from './handlers/metadata.ts';
import { offsetForLeaderEpochHandler } from './handlers/offset-for-leader-epoch.ts';
import { produceHandler } from './handlers/produce.ts';

/** What a deployment may tell its gateway. */
export interface GatewaySettings {
  /** `auto.create.topics.enable`: a Metadata request for an unknown topic creates it if the client allows that. */
  readonly autoCreateTopics: boolean;
}

export const GATEWAY_DEFAULTS: GatewaySettings = { autoCreateTopics: true };

/** What the handlers work with. */
export interface Gateway {
  readonly engine: Engine;
  readonly cluster: Cluster;
  readonly log: KafkaLog;
  readonly settings: GatewaySettings;
}

/** The handlers of every API that the gateway answers. */
export function gatewayHandlers(gateway: Gateway): KafkaHandlers {
  const handlers: KafkaHandlers = {
    ApiVersions: apiVersionsHandler(() => handlers, []),
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
  };
  return handlers;
}
