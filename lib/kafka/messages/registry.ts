// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';
import * as AddOffsetsToTxn from './add-offsets-to-txn.ts';
import * as AddPartitionsToTxn from './add-partitions-to-txn.ts';
import * as AlterConfigs from './alter-configs.ts';
import * as ApiVersions from './api-versions.ts';
import * as ConsumerGroupDescribe from './consumer-group-describe.ts';
import * as ConsumerGroupHeartbeat from './consumer-group-heartbeat.ts';
import * as CreatePartitions from './create-partitions.ts';
import * as CreateTopics from './create-topics.ts';
import * as DeleteGroups from './delete-groups.ts';
import * as DeleteRecords from './delete-records.ts';
import * as DeleteTopics from './delete-topics.ts';
import * as DescribeCluster from './describe-cluster.ts';
import * as DescribeConfigs from './describe-configs.ts';
import * as DescribeGroups from './describe-groups.ts';
import * as DescribeLogDirs from './describe-log-dirs.ts';
import * as DescribeProducers from './describe-producers.ts';
import * as DescribeTopicPartitions from './describe-topic-partitions.ts';
import * as DescribeTransactions from './describe-transactions.ts';
import * as ElectLeaders from './elect-leaders.ts';
import * as EndTxn from './end-txn.ts';
import * as Fetch from './fetch.ts';
import * as FindCoordinator from './find-coordinator.ts';
import * as Heartbeat from './heartbeat.ts';
import * as IncrementalAlterConfigs from './incremental-alter-configs.ts';
import * as InitProducerId from './init-producer-id.ts';
import * as JoinGroup from './join-group.ts';
import * as LeaveGroup from './leave-group.ts';
import * as ListConfigResources from './list-config-resources.ts';
import * as ListGroups from './list-groups.ts';
import * as ListOffsets from './list-offsets.ts';
import * as ListPartitionReassignments from './list-partition-reassignments.ts';
import * as ListTransactions from './list-transactions.ts';
import * as Metadata from './metadata.ts';
import * as OffsetCommit from './offset-commit.ts';
import * as OffsetDelete from './offset-delete.ts';
import * as OffsetFetch from './offset-fetch.ts';
import * as OffsetForLeaderEpoch from './offset-for-leader-epoch.ts';
import * as Produce from './produce.ts';
import * as SaslAuthenticate from './sasl-authenticate.ts';
import * as SaslHandshake from './sasl-handshake.ts';
import * as SyncGroup from './sync-group.ts';
import * as TxnOffsetCommit from './txn-offset-commit.ts';

/** The request and the response of every API that has a codec, by the name Kafka gives it. */
export interface Messages {
  Produce: { request: Produce.ProduceRequest; response: Produce.ProduceResponse };
  Fetch: { request: Fetch.FetchRequest; response: Fetch.FetchResponse };
  ListOffsets: { request: ListOffsets.ListOffsetsRequest; response: ListOffsets.ListOffsetsResponse };
  Metadata: { request: Metadata.MetadataRequest; response: Metadata.MetadataResponse };
  OffsetCommit: { request: OffsetCommit.OffsetCommitRequest; response: OffsetCommit.OffsetCommitResponse };
  OffsetFetch: { request: OffsetFetch.OffsetFetchRequest; response: OffsetFetch.OffsetFetchResponse };
  FindCoordinator: { request: FindCoordinator.FindCoordinatorRequest; response: FindCoordinator.FindCoordinatorResponse };
  JoinGroup: { request: JoinGroup.JoinGroupRequest; response: JoinGroup.JoinGroupResponse };
  Heartbeat: { request: Heartbeat.HeartbeatRequest; response: Heartbeat.HeartbeatResponse };
  LeaveGroup: { request: LeaveGroup.LeaveGroupRequest; response: LeaveGroup.LeaveGroupResponse };
  SyncGroup: { request: SyncGroup.SyncGroupRequest; response: SyncGroup.SyncGroupResponse };
  DescribeGroups: { request: DescribeGroups.DescribeGroupsRequest; response: DescribeGroups.DescribeGroupsResponse };
  ListGroups: { request: ListGroups.ListGroupsRequest; response: ListGroups.ListGroupsResponse };
  SaslHandshake: { request: SaslHandshake.SaslHandshakeRequest; response: SaslHandshake.SaslHandshakeResponse };
  ApiVersions: { request: ApiVersions.ApiVersionsRequest; response: ApiVersions.ApiVersionsResponse };
  CreateTopics: { request: CreateTopics.CreateTopicsRequest; response: CreateTopics.CreateTopicsResponse };
  DeleteTopics: { request: DeleteTopics.DeleteTopicsRequest; response: DeleteTopics.DeleteTopicsResponse };
  DeleteRecords: { request: DeleteRecords.DeleteRecordsRequest; response: DeleteRecords.DeleteRecordsResponse };
  InitProducerId: { request: InitProducerId.InitProducerIdRequest; response: InitProducerId.InitProducerIdResponse };
  OffsetForLeaderEpoch: {
    request: OffsetForLeaderEpoch.OffsetForLeaderEpochRequest;
    response: OffsetForLeaderEpoch.OffsetForLeaderEpochResponse;
  };
  AddPartitionsToTxn: { request: AddPartitionsToTxn.AddPartitionsToTxnRequest; response: AddPartitionsToTxn.AddPartitionsToTxnResponse };
  AddOffsetsToTxn: { request: AddOffsetsToTxn.AddOffsetsToTxnRequest; response: AddOffsetsToTxn.AddOffsetsToTxnResponse };
  EndTxn: { request: EndTxn.EndTxnRequest; response: EndTxn.EndTxnResponse };
  TxnOffsetCommit: { request: TxnOffsetCommit.TxnOffsetCommitRequest; response: TxnOffsetCommit.TxnOffsetCommitResponse };
  DescribeConfigs: { request: DescribeConfigs.DescribeConfigsRequest; response: DescribeConfigs.DescribeConfigsResponse };
  AlterConfigs: { request: AlterConfigs.AlterConfigsRequest; response: AlterConfigs.AlterConfigsResponse };
  DescribeLogDirs: { request: DescribeLogDirs.DescribeLogDirsRequest; response: DescribeLogDirs.DescribeLogDirsResponse };
  SaslAuthenticate: { request: SaslAuthenticate.SaslAuthenticateRequest; response: SaslAuthenticate.SaslAuthenticateResponse };
  CreatePartitions: { request: CreatePartitions.CreatePartitionsRequest; response: CreatePartitions.CreatePartitionsResponse };
  DeleteGroups: { request: DeleteGroups.DeleteGroupsRequest; response: DeleteGroups.DeleteGroupsResponse };
  ElectLeaders: { request: ElectLeaders.ElectLeadersRequest; response: ElectLeaders.ElectLeadersResponse };
  IncrementalAlterConfigs: {
    request: IncrementalAlterConfigs.IncrementalAlterConfigsRequest;
    response: IncrementalAlterConfigs.IncrementalAlterConfigsResponse;
  };
  OffsetDelete: { request: OffsetDelete.OffsetDeleteRequest; response: OffsetDelete.OffsetDeleteResponse };
  DescribeCluster: { request: DescribeCluster.DescribeClusterRequest; response: DescribeCluster.DescribeClusterResponse };
  DescribeProducers: { request: DescribeProducers.DescribeProducersRequest; response: DescribeProducers.DescribeProducersResponse };
  DescribeTransactions: {
    request: DescribeTransactions.DescribeTransactionsRequest;
    response: DescribeTransactions.DescribeTransactionsResponse;
  };
  ListTransactions: { request: ListTransactions.ListTransactionsRequest; response: ListTransactions.ListTransactionsResponse };
  ConsumerGroupHeartbeat: {
    request: ConsumerGroupHeartbeat.ConsumerGroupHeartbeatRequest;
    response: ConsumerGroupHeartbeat.ConsumerGroupHeartbeatResponse;
  };
  ConsumerGroupDescribe: {
    request: ConsumerGroupDescribe.ConsumerGroupDescribeRequest;
    response: ConsumerGroupDescribe.ConsumerGroupDescribeResponse;
  };
  ListConfigResources: {
    request: ListConfigResources.ListConfigResourcesRequest;
    response: ListConfigResources.ListConfigResourcesResponse;
  };
  DescribeTopicPartitions: {
    request: DescribeTopicPartitions.DescribeTopicPartitionsRequest;
    response: DescribeTopicPartitions.DescribeTopicPartitionsResponse;
  };
  ListPartitionReassignments: {
    request: ListPartitionReassignments.ListPartitionReassignmentsRequest;
    response: ListPartitionReassignments.ListPartitionReassignmentsResponse;
  };
}

export type ApiName = keyof Messages;

export interface Codec<N extends ApiName> {
  readonly name: N;
  readonly apiKey: number;
  /** First version in the compact encoding with tagged fields (KIP-482); Infinity where there is none. */
  readonly flexibleFrom: number;
  /** Versions that the codec understands; what the gateway advertises is a part of them. */
  readonly versions: readonly [from: number, to: number];
  readonly decodeRequest: (r: Reader, v: number) => Messages[N]['request'];
  readonly encodeRequest: (w: Writer, m: Draft<Messages[N]['request']>, v: number) => void;
  readonly decodeResponse: (r: Reader, v: number) => Messages[N]['response'];
  readonly encodeResponse: (w: Writer, m: Messages[N]['response'], v: number) => void;
}

export const CODECS: { readonly [N in ApiName]: Codec<N> } = {
  Produce: {
    name: 'Produce',
    apiKey: 0,
    flexibleFrom: 9,
    versions: [3, 13],
    decodeRequest: Produce.decodeProduceRequest,
    encodeRequest: Produce.encodeProduceRequest,
    decodeResponse: Produce.decodeProduceResponse,
    encodeResponse: Produce.encodeProduceResponse,
  },
  Fetch: {
    name: 'Fetch',
    apiKey: 1,
    flexibleFrom: 12,
    versions: [4, 18],
    decodeRequest: Fetch.decodeFetchRequest,
    encodeRequest: Fetch.encodeFetchRequest,
    decodeResponse: Fetch.decodeFetchResponse,
    encodeResponse: Fetch.encodeFetchResponse,
  },
  ListOffsets: {
    name: 'ListOffsets',
    apiKey: 2,
    flexibleFrom: 6,
    versions: [1, 11],
    decodeRequest: ListOffsets.decodeListOffsetsRequest,
    encodeRequest: ListOffsets.encodeListOffsetsRequest,
    decodeResponse: ListOffsets.decodeListOffsetsResponse,
    encodeResponse: ListOffsets.encodeListOffsetsResponse,
  },
  Metadata: {
    name: 'Metadata',
    apiKey: 3,
    flexibleFrom: 9,
    versions: [0, 13],
    decodeRequest: Metadata.decodeMetadataRequest,
    encodeRequest: Metadata.encodeMetadataRequest,
    decodeResponse: Metadata.decodeMetadataResponse,
    encodeResponse: Metadata.encodeMetadataResponse,
  },
  OffsetCommit: {
    name: 'OffsetCommit',
    apiKey: 8,
    flexibleFrom: 8,
    versions: [2, 10],
    decodeRequest: OffsetCommit.decodeOffsetCommitRequest,
    encodeRequest: OffsetCommit.encodeOffsetCommitRequest,
    decodeResponse: OffsetCommit.decodeOffsetCommitResponse,
    encodeResponse: OffsetCommit.encodeOffsetCommitResponse,
  },
  OffsetFetch: {
    name: 'OffsetFetch',
    apiKey: 9,
    flexibleFrom: 6,
    versions: [1, 10],
    decodeRequest: OffsetFetch.decodeOffsetFetchRequest,
    encodeRequest: OffsetFetch.encodeOffsetFetchRequest,
    decodeResponse: OffsetFetch.decodeOffsetFetchResponse,
    encodeResponse: OffsetFetch.encodeOffsetFetchResponse,
  },
  FindCoordinator: {
    name: 'FindCoordinator',
    apiKey: 10,
    flexibleFrom: 3,
    versions: [0, 6],
    decodeRequest: FindCoordinator.decodeFindCoordinatorRequest,
    encodeRequest: FindCoordinator.encodeFindCoordinatorRequest,
    decodeResponse: FindCoordinator.decodeFindCoordinatorResponse,
    encodeResponse: FindCoordinator.encodeFindCoordinatorResponse,
  },
  JoinGroup: {
    name: 'JoinGroup',
    apiKey: 11,
    flexibleFrom: 6,
    versions: [0, 9],
    decodeRequest: JoinGroup.decodeJoinGroupRequest,
    encodeRequest: JoinGroup.encodeJoinGroupRequest,
    decodeResponse: JoinGroup.decodeJoinGroupResponse,
    encodeResponse: JoinGroup.encodeJoinGroupResponse,
  },
  Heartbeat: {
    name: 'Heartbeat',
    apiKey: 12,
    flexibleFrom: 4,
    versions: [0, 4],
    decodeRequest: Heartbeat.decodeHeartbeatRequest,
    encodeRequest: Heartbeat.encodeHeartbeatRequest,
    decodeResponse: Heartbeat.decodeHeartbeatResponse,
    encodeResponse: Heartbeat.encodeHeartbeatResponse,
  },
  LeaveGroup: {
    name: 'LeaveGroup',
    apiKey: 13,
    flexibleFrom: 4,
    versions: [0, 5],
    decodeRequest: LeaveGroup.decodeLeaveGroupRequest,
    encodeRequest: LeaveGroup.encodeLeaveGroupRequest,
    decodeResponse: LeaveGroup.decodeLeaveGroupResponse,
    encodeResponse: LeaveGroup.encodeLeaveGroupResponse,
  },
  SyncGroup: {
    name: 'SyncGroup',
    apiKey: 14,
    flexibleFrom: 4,
    versions: [0, 5],
    decodeRequest: SyncGroup.decodeSyncGroupRequest,
    encodeRequest: SyncGroup.encodeSyncGroupRequest,
    decodeResponse: SyncGroup.decodeSyncGroupResponse,
    encodeResponse: SyncGroup.encodeSyncGroupResponse,
  },
  DescribeGroups: {
    name: 'DescribeGroups',
    apiKey: 15,
    flexibleFrom: 5,
    versions: [0, 6],
    decodeRequest: DescribeGroups.decodeDescribeGroupsRequest,
    encodeRequest: DescribeGroups.encodeDescribeGroupsRequest,
    decodeResponse: DescribeGroups.decodeDescribeGroupsResponse,
    encodeResponse: DescribeGroups.encodeDescribeGroupsResponse,
  },
  ListGroups: {
    name: 'ListGroups',
    apiKey: 16,
    flexibleFrom: 3,
    versions: [0, 5],
    decodeRequest: ListGroups.decodeListGroupsRequest,
    encodeRequest: ListGroups.encodeListGroupsRequest,
    decodeResponse: ListGroups.decodeListGroupsResponse,
    encodeResponse: ListGroups.encodeListGroupsResponse,
  },
  SaslHandshake: {
    name: 'SaslHandshake',
    apiKey: 17,
    flexibleFrom: Number.POSITIVE_INFINITY,
    versions: [0, 1],
    decodeRequest: SaslHandshake.decodeSaslHandshakeRequest,
    encodeRequest: SaslHandshake.encodeSaslHandshakeRequest,
    decodeResponse: SaslHandshake.decodeSaslHandshakeResponse,
    encodeResponse: SaslHandshake.encodeSaslHandshakeResponse,
  },
  ApiVersions: {
    name: 'ApiVersions',
    apiKey: 18,
    flexibleFrom: 3,
    versions: [0, 4],
    decodeRequest: ApiVersions.decodeApiVersionsRequest,
    encodeRequest: ApiVersions.encodeApiVersionsRequest,
    decodeResponse: ApiVersions.decodeApiVersionsResponse,
    encodeResponse: ApiVersions.encodeApiVersionsResponse,
  },
  CreateTopics: {
    name: 'CreateTopics',
    apiKey: 19,
    flexibleFrom: 5,
    versions: [2, 7],
    decodeRequest: CreateTopics.decodeCreateTopicsRequest,
    encodeRequest: CreateTopics.encodeCreateTopicsRequest,
    decodeResponse: CreateTopics.decodeCreateTopicsResponse,
    encodeResponse: CreateTopics.encodeCreateTopicsResponse,
  },
  DeleteTopics: {
    name: 'DeleteTopics',
    apiKey: 20,
    flexibleFrom: 4,
    versions: [1, 6],
    decodeRequest: DeleteTopics.decodeDeleteTopicsRequest,
    encodeRequest: DeleteTopics.encodeDeleteTopicsRequest,
    decodeResponse: DeleteTopics.decodeDeleteTopicsResponse,
    encodeResponse: DeleteTopics.encodeDeleteTopicsResponse,
  },
  DeleteRecords: {
    name: 'DeleteRecords',
    apiKey: 21,
    flexibleFrom: 2,
    versions: [0, 2],
    decodeRequest: DeleteRecords.decodeDeleteRecordsRequest,
    encodeRequest: DeleteRecords.encodeDeleteRecordsRequest,
    decodeResponse: DeleteRecords.decodeDeleteRecordsResponse,
    encodeResponse: DeleteRecords.encodeDeleteRecordsResponse,
  },
  InitProducerId: {
    name: 'InitProducerId',
    apiKey: 22,
    flexibleFrom: 2,
    versions: [0, 6],
    decodeRequest: InitProducerId.decodeInitProducerIdRequest,
    encodeRequest: InitProducerId.encodeInitProducerIdRequest,
    decodeResponse: InitProducerId.decodeInitProducerIdResponse,
    encodeResponse: InitProducerId.encodeInitProducerIdResponse,
  },
  OffsetForLeaderEpoch: {
    name: 'OffsetForLeaderEpoch',
    apiKey: 23,
    flexibleFrom: 4,
    versions: [2, 4],
    decodeRequest: OffsetForLeaderEpoch.decodeOffsetForLeaderEpochRequest,
    encodeRequest: OffsetForLeaderEpoch.encodeOffsetForLeaderEpochRequest,
    decodeResponse: OffsetForLeaderEpoch.decodeOffsetForLeaderEpochResponse,
    encodeResponse: OffsetForLeaderEpoch.encodeOffsetForLeaderEpochResponse,
  },
  AddPartitionsToTxn: {
    name: 'AddPartitionsToTxn',
    apiKey: 24,
    flexibleFrom: 3,
    versions: [0, 5],
    decodeRequest: AddPartitionsToTxn.decodeAddPartitionsToTxnRequest,
    encodeRequest: AddPartitionsToTxn.encodeAddPartitionsToTxnRequest,
    decodeResponse: AddPartitionsToTxn.decodeAddPartitionsToTxnResponse,
    encodeResponse: AddPartitionsToTxn.encodeAddPartitionsToTxnResponse,
  },
  AddOffsetsToTxn: {
    name: 'AddOffsetsToTxn',
    apiKey: 25,
    flexibleFrom: 3,
    versions: [0, 4],
    decodeRequest: AddOffsetsToTxn.decodeAddOffsetsToTxnRequest,
    encodeRequest: AddOffsetsToTxn.encodeAddOffsetsToTxnRequest,
    decodeResponse: AddOffsetsToTxn.decodeAddOffsetsToTxnResponse,
    encodeResponse: AddOffsetsToTxn.encodeAddOffsetsToTxnResponse,
  },
  EndTxn: {
    name: 'EndTxn',
    apiKey: 26,
    flexibleFrom: 3,
    versions: [0, 5],
    decodeRequest: EndTxn.decodeEndTxnRequest,
    encodeRequest: EndTxn.encodeEndTxnRequest,
    decodeResponse: EndTxn.decodeEndTxnResponse,
    encodeResponse: EndTxn.encodeEndTxnResponse,
  },
  TxnOffsetCommit: {
    name: 'TxnOffsetCommit',
    apiKey: 28,
    flexibleFrom: 3,
    versions: [0, 5],
    decodeRequest: TxnOffsetCommit.decodeTxnOffsetCommitRequest,
    encodeRequest: TxnOffsetCommit.encodeTxnOffsetCommitRequest,
    decodeResponse: TxnOffsetCommit.decodeTxnOffsetCommitResponse,
    encodeResponse: TxnOffsetCommit.encodeTxnOffsetCommitResponse,
  },
  DescribeConfigs: {
    name: 'DescribeConfigs',
    apiKey: 32,
    flexibleFrom: 4,
    versions: [1, 4],
    decodeRequest: DescribeConfigs.decodeDescribeConfigsRequest,
    encodeRequest: DescribeConfigs.encodeDescribeConfigsRequest,
    decodeResponse: DescribeConfigs.decodeDescribeConfigsResponse,
    encodeResponse: DescribeConfigs.encodeDescribeConfigsResponse,
  },
  AlterConfigs: {
    name: 'AlterConfigs',
    apiKey: 33,
    flexibleFrom: 2,
    versions: [0, 2],
    decodeRequest: AlterConfigs.decodeAlterConfigsRequest,
    encodeRequest: AlterConfigs.encodeAlterConfigsRequest,
    decodeResponse: AlterConfigs.decodeAlterConfigsResponse,
    encodeResponse: AlterConfigs.encodeAlterConfigsResponse,
  },
  DescribeLogDirs: {
    name: 'DescribeLogDirs',
    apiKey: 35,
    flexibleFrom: 2,
    versions: [1, 5],
    decodeRequest: DescribeLogDirs.decodeDescribeLogDirsRequest,
    encodeRequest: DescribeLogDirs.encodeDescribeLogDirsRequest,
    decodeResponse: DescribeLogDirs.decodeDescribeLogDirsResponse,
    encodeResponse: DescribeLogDirs.encodeDescribeLogDirsResponse,
  },
  SaslAuthenticate: {
    name: 'SaslAuthenticate',
    apiKey: 36,
    flexibleFrom: 2,
    versions: [0, 2],
    decodeRequest: SaslAuthenticate.decodeSaslAuthenticateRequest,
    encodeRequest: SaslAuthenticate.encodeSaslAuthenticateRequest,
    decodeResponse: SaslAuthenticate.decodeSaslAuthenticateResponse,
    encodeResponse: SaslAuthenticate.encodeSaslAuthenticateResponse,
  },
  CreatePartitions: {
    name: 'CreatePartitions',
    apiKey: 37,
    flexibleFrom: 2,
    versions: [0, 3],
    decodeRequest: CreatePartitions.decodeCreatePartitionsRequest,
    encodeRequest: CreatePartitions.encodeCreatePartitionsRequest,
    decodeResponse: CreatePartitions.decodeCreatePartitionsResponse,
    encodeResponse: CreatePartitions.encodeCreatePartitionsResponse,
  },
  DeleteGroups: {
    name: 'DeleteGroups',
    apiKey: 42,
    flexibleFrom: 2,
    versions: [0, 2],
    decodeRequest: DeleteGroups.decodeDeleteGroupsRequest,
    encodeRequest: DeleteGroups.encodeDeleteGroupsRequest,
    decodeResponse: DeleteGroups.decodeDeleteGroupsResponse,
    encodeResponse: DeleteGroups.encodeDeleteGroupsResponse,
  },
  ElectLeaders: {
    name: 'ElectLeaders',
    apiKey: 43,
    flexibleFrom: 2,
    versions: [0, 2],
    decodeRequest: ElectLeaders.decodeElectLeadersRequest,
    encodeRequest: ElectLeaders.encodeElectLeadersRequest,
    decodeResponse: ElectLeaders.decodeElectLeadersResponse,
    encodeResponse: ElectLeaders.encodeElectLeadersResponse,
  },
  IncrementalAlterConfigs: {
    name: 'IncrementalAlterConfigs',
    apiKey: 44,
    flexibleFrom: 1,
    versions: [0, 1],
    decodeRequest: IncrementalAlterConfigs.decodeIncrementalAlterConfigsRequest,
    encodeRequest: IncrementalAlterConfigs.encodeIncrementalAlterConfigsRequest,
    decodeResponse: IncrementalAlterConfigs.decodeIncrementalAlterConfigsResponse,
    encodeResponse: IncrementalAlterConfigs.encodeIncrementalAlterConfigsResponse,
  },
  OffsetDelete: {
    name: 'OffsetDelete',
    apiKey: 47,
    flexibleFrom: Number.POSITIVE_INFINITY,
    versions: [0, 0],
    decodeRequest: OffsetDelete.decodeOffsetDeleteRequest,
    encodeRequest: OffsetDelete.encodeOffsetDeleteRequest,
    decodeResponse: OffsetDelete.decodeOffsetDeleteResponse,
    encodeResponse: OffsetDelete.encodeOffsetDeleteResponse,
  },
  DescribeCluster: {
    name: 'DescribeCluster',
    apiKey: 60,
    flexibleFrom: 0,
    versions: [0, 2],
    decodeRequest: DescribeCluster.decodeDescribeClusterRequest,
    encodeRequest: DescribeCluster.encodeDescribeClusterRequest,
    decodeResponse: DescribeCluster.decodeDescribeClusterResponse,
    encodeResponse: DescribeCluster.encodeDescribeClusterResponse,
  },
  DescribeProducers: {
    name: 'DescribeProducers',
    apiKey: 61,
    flexibleFrom: 0,
    versions: [0, 0],
    decodeRequest: DescribeProducers.decodeDescribeProducersRequest,
    encodeRequest: DescribeProducers.encodeDescribeProducersRequest,
    decodeResponse: DescribeProducers.decodeDescribeProducersResponse,
    encodeResponse: DescribeProducers.encodeDescribeProducersResponse,
  },
  DescribeTransactions: {
    name: 'DescribeTransactions',
    apiKey: 65,
    flexibleFrom: 0,
    versions: [0, 0],
    decodeRequest: DescribeTransactions.decodeDescribeTransactionsRequest,
    encodeRequest: DescribeTransactions.encodeDescribeTransactionsRequest,
    decodeResponse: DescribeTransactions.decodeDescribeTransactionsResponse,
    encodeResponse: DescribeTransactions.encodeDescribeTransactionsResponse,
  },
  ListTransactions: {
    name: 'ListTransactions',
    apiKey: 66,
    flexibleFrom: 0,
    versions: [0, 2],
    decodeRequest: ListTransactions.decodeListTransactionsRequest,
    encodeRequest: ListTransactions.encodeListTransactionsRequest,
    decodeResponse: ListTransactions.decodeListTransactionsResponse,
    encodeResponse: ListTransactions.encodeListTransactionsResponse,
  },
  ConsumerGroupHeartbeat: {
    name: 'ConsumerGroupHeartbeat',
    apiKey: 68,
    flexibleFrom: 0,
    versions: [0, 1],
    decodeRequest: ConsumerGroupHeartbeat.decodeConsumerGroupHeartbeatRequest,
    encodeRequest: ConsumerGroupHeartbeat.encodeConsumerGroupHeartbeatRequest,
    decodeResponse: ConsumerGroupHeartbeat.decodeConsumerGroupHeartbeatResponse,
    encodeResponse: ConsumerGroupHeartbeat.encodeConsumerGroupHeartbeatResponse,
  },
  ConsumerGroupDescribe: {
    name: 'ConsumerGroupDescribe',
    apiKey: 69,
    flexibleFrom: 0,
    versions: [0, 1],
    decodeRequest: ConsumerGroupDescribe.decodeConsumerGroupDescribeRequest,
    encodeRequest: ConsumerGroupDescribe.encodeConsumerGroupDescribeRequest,
    decodeResponse: ConsumerGroupDescribe.decodeConsumerGroupDescribeResponse,
    encodeResponse: ConsumerGroupDescribe.encodeConsumerGroupDescribeResponse,
  },
  ListConfigResources: {
    name: 'ListConfigResources',
    apiKey: 74,
    flexibleFrom: 0,
    versions: [0, 1],
    decodeRequest: ListConfigResources.decodeListConfigResourcesRequest,
    encodeRequest: ListConfigResources.encodeListConfigResourcesRequest,
    decodeResponse: ListConfigResources.decodeListConfigResourcesResponse,
    encodeResponse: ListConfigResources.encodeListConfigResourcesResponse,
  },
  DescribeTopicPartitions: {
    name: 'DescribeTopicPartitions',
    apiKey: 75,
    flexibleFrom: 0,
    versions: [0, 0],
    decodeRequest: DescribeTopicPartitions.decodeDescribeTopicPartitionsRequest,
    encodeRequest: DescribeTopicPartitions.encodeDescribeTopicPartitionsRequest,
    decodeResponse: DescribeTopicPartitions.decodeDescribeTopicPartitionsResponse,
    encodeResponse: DescribeTopicPartitions.encodeDescribeTopicPartitionsResponse,
  },
  ListPartitionReassignments: {
    name: 'ListPartitionReassignments',
    apiKey: 46,
    flexibleFrom: 0,
    versions: [0, 0],
    decodeRequest: ListPartitionReassignments.decodeListPartitionReassignmentsRequest,
    encodeRequest: ListPartitionReassignments.encodeListPartitionReassignmentsRequest,
    decodeResponse: ListPartitionReassignments.decodeListPartitionReassignmentsResponse,
    encodeResponse: ListPartitionReassignments.encodeListPartitionReassignmentsResponse,
  },
};
