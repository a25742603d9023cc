// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';
import { ADD_OFFSETS_TO_TXN, type AddOffsetsToTxnRequest, type AddOffsetsToTxnResponse } from './add-offsets-to-txn.ts';
import { ADD_PARTITIONS_TO_TXN, type AddPartitionsToTxnRequest, type AddPartitionsToTxnResponse } from './add-partitions-to-txn.ts';
import { ALTER_CONFIGS, type AlterConfigsRequest, type AlterConfigsResponse } from './alter-configs.ts';
import { API_VERSIONS, type ApiVersionsRequest, type ApiVersionsResponse } from './api-versions.ts';
import {
  CONSUMER_GROUP_DESCRIBE,
  type ConsumerGroupDescribeRequest,
  type ConsumerGroupDescribeResponse,
} from './consumer-group-describe.ts';
import {
  CONSUMER_GROUP_HEARTBEAT,
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
} from './consumer-group-heartbeat.ts';
import { CREATE_PARTITIONS, type CreatePartitionsRequest, type CreatePartitionsResponse } from './create-partitions.ts';
import { CREATE_TOPICS, type CreateTopicsRequest, type CreateTopicsResponse } from './create-topics.ts';
import { DELETE_GROUPS, type DeleteGroupsRequest, type DeleteGroupsResponse } from './delete-groups.ts';
import { DELETE_RECORDS, type DeleteRecordsRequest, type DeleteRecordsResponse } from './delete-records.ts';
import { DELETE_TOPICS, type DeleteTopicsRequest, type DeleteTopicsResponse } from './delete-topics.ts';
import { DESCRIBE_CLUSTER, type DescribeClusterRequest, type DescribeClusterResponse } from './describe-cluster.ts';
import { DESCRIBE_CONFIGS, type DescribeConfigsRequest, type DescribeConfigsResponse } from './describe-configs.ts';
import { DESCRIBE_GROUPS, type DescribeGroupsRequest, type DescribeGroupsResponse } from './describe-groups.ts';
import { DESCRIBE_LOG_DIRS, type DescribeLogDirsRequest, type DescribeLogDirsResponse } from './describe-log-dirs.ts';
import { DESCRIBE_PRODUCERS, type DescribeProducersRequest, type DescribeProducersResponse } from './describe-producers.ts';
import {
  DESCRIBE_TOPIC_PARTITIONS,
  type DescribeTopicPartitionsRequest,
  type DescribeTopicPartitionsResponse,
} from './describe-topic-partitions.ts';
import { DESCRIBE_TRANSACTIONS, type DescribeTransactionsRequest, type DescribeTransactionsResponse } from './describe-transactions.ts';
import { ELECT_LEADERS, type ElectLeadersRequest, type ElectLeadersResponse } from './elect-leaders.ts';
import { END_TXN, type EndTxnRequest, type EndTxnResponse } from './end-txn.ts';
import { FETCH, type FetchRequest, type FetchResponse } from './fetch.ts';
import { FIND_COORDINATOR, type FindCoordinatorRequest, type FindCoordinatorResponse } from './find-coordinator.ts';
import { HEARTBEAT, type HeartbeatRequest, type HeartbeatResponse } from './heartbeat.ts';
import {
  INCREMENTAL_ALTER_CONFIGS,
  type IncrementalAlterConfigsRequest,
  type IncrementalAlterConfigsResponse,
} from './incremental-alter-configs.ts';
import { INIT_PRODUCER_ID, type InitProducerIdRequest, type InitProducerIdResponse } from './init-producer-id.ts';
import { JOIN_GROUP, type JoinGroupRequest, type JoinGroupResponse } from './join-group.ts';
import { LEAVE_GROUP, type LeaveGroupRequest, type LeaveGroupResponse } from './leave-group.ts';
import { LIST_CONFIG_RESOURCES, type ListConfigResourcesRequest, type ListConfigResourcesResponse } from './list-config-resources.ts';
import { LIST_GROUPS, type ListGroupsRequest, type ListGroupsResponse } from './list-groups.ts';
import { LIST_OFFSETS, type ListOffsetsRequest, type ListOffsetsResponse } from './list-offsets.ts';
import {
  LIST_PARTITION_REASSIGNMENTS,
  type ListPartitionReassignmentsRequest,
  type ListPartitionReassignmentsResponse,
} from './list-partition-reassignments.ts';
import { LIST_TRANSACTIONS, type ListTransactionsRequest, type ListTransactionsResponse } from './list-transactions.ts';
import { METADATA, type MetadataRequest, type MetadataResponse } from './metadata.ts';
import { OFFSET_COMMIT, type OffsetCommitRequest, type OffsetCommitResponse } from './offset-commit.ts';
import { OFFSET_DELETE, type OffsetDeleteRequest, type OffsetDeleteResponse } from './offset-delete.ts';
import { OFFSET_FETCH, type OffsetFetchRequest, type OffsetFetchResponse } from './offset-fetch.ts';
import { OFFSET_FOR_LEADER_EPOCH, type OffsetForLeaderEpochRequest, type OffsetForLeaderEpochResponse } from './offset-for-leader-epoch.ts';
import { PRODUCE, type ProduceRequest, type ProduceResponse } from './produce.ts';
import { SASL_AUTHENTICATE, type SaslAuthenticateRequest, type SaslAuthenticateResponse } from './sasl-authenticate.ts';
import { SASL_HANDSHAKE, type SaslHandshakeRequest, type SaslHandshakeResponse } from './sasl-handshake.ts';
import { SYNC_GROUP, type SyncGroupRequest, type SyncGroupResponse } from './sync-group.ts';
import { TXN_OFFSET_COMMIT, type TxnOffsetCommitRequest, type TxnOffsetCommitResponse } from './txn-offset-commit.ts';

/** The request and the response of every API that has a codec, by the name Kafka gives it. */
export interface Messages {
  Produce: { request: ProduceRequest; response: ProduceResponse };
  Fetch: { request: FetchRequest; response: FetchResponse };
  ListOffsets: { request: ListOffsetsRequest; response: ListOffsetsResponse };
  OffsetForLeaderEpoch: { request: OffsetForLeaderEpochRequest; response: OffsetForLeaderEpochResponse };
  DeleteRecords: { request: DeleteRecordsRequest; response: DeleteRecordsResponse };
  InitProducerId: { request: InitProducerIdRequest; response: InitProducerIdResponse };
  ApiVersions: { request: ApiVersionsRequest; response: ApiVersionsResponse };
  Metadata: { request: MetadataRequest; response: MetadataResponse };
  FindCoordinator: { request: FindCoordinatorRequest; response: FindCoordinatorResponse };
  SaslHandshake: { request: SaslHandshakeRequest; response: SaslHandshakeResponse };
  SaslAuthenticate: { request: SaslAuthenticateRequest; response: SaslAuthenticateResponse };
  DescribeCluster: { request: DescribeClusterRequest; response: DescribeClusterResponse };
  DescribeTopicPartitions: { request: DescribeTopicPartitionsRequest; response: DescribeTopicPartitionsResponse };
  DescribeLogDirs: { request: DescribeLogDirsRequest; response: DescribeLogDirsResponse };
  ElectLeaders: { request: ElectLeadersRequest; response: ElectLeadersResponse };
  ListPartitionReassignments: { request: ListPartitionReassignmentsRequest; response: ListPartitionReassignmentsResponse };
  OffsetCommit: { request: OffsetCommitRequest; response: OffsetCommitResponse };
  OffsetFetch: { request: OffsetFetchRequest; response: OffsetFetchResponse };
  OffsetDelete: { request: OffsetDeleteRequest; response: OffsetDeleteResponse };
  JoinGroup: { request: JoinGroupRequest; response: JoinGroupResponse };
  Heartbeat: { request: HeartbeatRequest; response: HeartbeatResponse };
  LeaveGroup: { request: LeaveGroupRequest; response: LeaveGroupResponse };
  SyncGroup: { request: SyncGroupRequest; response: SyncGroupResponse };
  DescribeGroups: { request: DescribeGroupsRequest; response: DescribeGroupsResponse };
  ListGroups: { request: ListGroupsRequest; response: ListGroupsResponse };
  DeleteGroups: { request: DeleteGroupsRequest; response: DeleteGroupsResponse };
  ConsumerGroupHeartbeat: { request: ConsumerGroupHeartbeatRequest; response: ConsumerGroupHeartbeatResponse };
  ConsumerGroupDescribe: { request: ConsumerGroupDescribeRequest; response: ConsumerGroupDescribeResponse };
  CreateTopics: { request: CreateTopicsRequest; response: CreateTopicsResponse };
  DeleteTopics: { request: DeleteTopicsRequest; response: DeleteTopicsResponse };
  CreatePartitions: { request: CreatePartitionsRequest; response: CreatePartitionsResponse };
  DescribeConfigs: { request: DescribeConfigsRequest; response: DescribeConfigsResponse };
  AlterConfigs: { request: AlterConfigsRequest; response: AlterConfigsResponse };
  IncrementalAlterConfigs: { request: IncrementalAlterConfigsRequest; response: IncrementalAlterConfigsResponse };
  ListConfigResources: { request: ListConfigResourcesRequest; response: ListConfigResourcesResponse };
  AddPartitionsToTxn: { request: AddPartitionsToTxnRequest; response: AddPartitionsToTxnResponse };
  AddOffsetsToTxn: { request: AddOffsetsToTxnRequest; response: AddOffsetsToTxnResponse };
  EndTxn: { request: EndTxnRequest; response: EndTxnResponse };
  TxnOffsetCommit: { request: TxnOffsetCommitRequest; response: TxnOffsetCommitResponse };
  DescribeProducers: { request: DescribeProducersRequest; response: DescribeProducersResponse };
  DescribeTransactions: { request: DescribeTransactionsRequest; response: DescribeTransactionsResponse };
  ListTransactions: { request: ListTransactionsRequest; response: ListTransactionsResponse };
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
  Produce: PRODUCE,
  Fetch: FETCH,
  ListOffsets: LIST_OFFSETS,
  OffsetForLeaderEpoch: OFFSET_FOR_LEADER_EPOCH,
  DeleteRecords: DELETE_RECORDS,
  InitProducerId: INIT_PRODUCER_ID,
  ApiVersions: API_VERSIONS,
  Metadata: METADATA,
  FindCoordinator: FIND_COORDINATOR,
  SaslHandshake: SASL_HANDSHAKE,
  SaslAuthenticate: SASL_AUTHENTICATE,
  DescribeCluster: DESCRIBE_CLUSTER,
  DescribeTopicPartitions: DESCRIBE_TOPIC_PARTITIONS,
  DescribeLogDirs: DESCRIBE_LOG_DIRS,
  ElectLeaders: ELECT_LEADERS,
  ListPartitionReassignments: LIST_PARTITION_REASSIGNMENTS,
  OffsetCommit: OFFSET_COMMIT,
  OffsetFetch: OFFSET_FETCH,
  OffsetDelete: OFFSET_DELETE,
  JoinGroup: JOIN_GROUP,
  Heartbeat: HEARTBEAT,
  LeaveGroup: LEAVE_GROUP,
  SyncGroup: SYNC_GROUP,
  DescribeGroups: DESCRIBE_GROUPS,
  ListGroups: LIST_GROUPS,
  DeleteGroups: DELETE_GROUPS,
  ConsumerGroupHeartbeat: CONSUMER_GROUP_HEARTBEAT,
  ConsumerGroupDescribe: CONSUMER_GROUP_DESCRIBE,
  CreateTopics: CREATE_TOPICS,
  DeleteTopics: DELETE_TOPICS,
  CreatePartitions: CREATE_PARTITIONS,
  DescribeConfigs: DESCRIBE_CONFIGS,
  AlterConfigs: ALTER_CONFIGS,
  IncrementalAlterConfigs: INCREMENTAL_ALTER_CONFIGS,
  ListConfigResources: LIST_CONFIG_RESOURCES,
  AddPartitionsToTxn: ADD_PARTITIONS_TO_TXN,
  AddOffsetsToTxn: ADD_OFFSETS_TO_TXN,
  EndTxn: END_TXN,
  TxnOffsetCommit: TXN_OFFSET_COMMIT,
  DescribeProducers: DESCRIBE_PRODUCERS,
  DescribeTransactions: DESCRIBE_TRANSACTIONS,
  ListTransactions: LIST_TRANSACTIONS,
};
