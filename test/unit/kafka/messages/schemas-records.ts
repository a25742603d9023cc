// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { SchemaText } from './schemas.ts';

export const RECORDS_SCHEMAS: readonly SchemaText[] = [
  {
    name: 'ProduceRequest',
    versions: [3, 13],
    structs: `
PartitionProduceData: index int32, records records ?3-13
TopicProduceData: name string 3-12, topicId uuid 13, partitionData []PartitionProduceData
ProduceRequest: transactionalId string ?3-13 =null, acks int16, timeoutMs int32, topicData []TopicProduceData`,
  },
  {
    name: 'ProduceResponse',
    versions: [3, 13],
    structs: `
BatchIndexAndErrorMessage: batchIndex int32 8-13, batchIndexErrorMessage string 8-13 ?8-13 =null
LeaderIdAndEpoch: leaderId int32 10-13 =-1, leaderEpoch int32 10-13 =-1
PartitionProduceResponse: index int32, errorCode int16, baseOffset int64, logAppendTimeMs int64 =-1, logStartOffset int64 5-13 =-1, recordErrors []BatchIndexAndErrorMessage 8-13, errorMessage string 8-13 ?8-13 =null, currentLeader LeaderIdAndEpoch 10-13 #0
TopicProduceResponse: name string 3-12, topicId uuid 13, partitionResponses []PartitionProduceResponse
NodeEndpoint: nodeId int32 10-13, host string 10-13, port int32 10-13, rack string 10-13 ?10-13 =null
ProduceResponse: responses []TopicProduceResponse, throttleTimeMs int32 =0, nodeEndpoints []NodeEndpoint 10-13 #0`,
  },
  {
    name: 'FetchRequest',
    versions: [4, 18],
    structs: `
ReplicaState: replicaId int32 15-18 =-1, replicaEpoch int64 15-18 =-1
FetchPartition: partition int32, currentLeaderEpoch int32 9-18 =-1, fetchOffset int64, lastFetchedEpoch int32 12-18 =-1, logStartOffset int64 5-18 =-1, partitionMaxBytes int32, replicaDirectoryId uuid 17-18 #0, highWatermark int64 18 #1 =9223372036854775807
FetchTopic: topic string 4-12, topicId uuid 13-18, partitions []FetchPartition
ForgottenTopic: topic string 7-12, topicId uuid 13-18, partitions []int32 7-18
FetchRequest: clusterId string 12-18 ?12-18 #0 =null, replicaId int32 4-14 =-1, replicaState ReplicaState 15-18 #1, maxWaitMs int32, minBytes int32, maxBytes int32 =0x7fffffff, isolationLevel int8 =0, sessionId int32 7-18 =0, sessionEpoch int32 7-18 =-1, topics []FetchTopic, forgottenTopicsData []ForgottenTopic 7-18, rackId string 11-18 =`,
  },
  {
    name: 'FetchResponse',
    versions: [4, 18],
    structs: `
EpochEndOffset: epoch int32 12-18 =-1, endOffset int64 12-18 =-1
LeaderIdAndEpoch: leaderId int32 12-18 =-1, leaderEpoch int32 12-18 =-1
SnapshotId: endOffset int64 12-18 =-1, epoch int32 12-18 =-1
AbortedTransaction: producerId int64, firstOffset int64
PartitionData: partitionIndex int32, errorCode int16, highWatermark int64, lastStableOffset int64 =-1, logStartOffset int64 5-18 =-1, divergingEpoch EpochEndOffset 12-18 #0, currentLeader LeaderIdAndEpoch 12-18 #1, snapshotId SnapshotId 12-18 #2, abortedTransactions []AbortedTransaction ?4-18, preferredReadReplica int32 11-18 =-1, records records ?4-18
FetchableTopicResponse: topic string 4-12, topicId uuid 13-18, partitions []PartitionData
NodeEndpoint: nodeId int32 16-18, host string 16-18, port int32 16-18, rack string 16-18 ?16-18 =null
FetchResponse: throttleTimeMs int32, errorCode int16 7-18, sessionId int32 7-18 =0, responses []FetchableTopicResponse, nodeEndpoints []NodeEndpoint 16-18 #0`,
  },
  {
    name: 'ListOffsetsRequest',
    versions: [1, 11],
    structs: `
ListOffsetsPartition: partitionIndex int32, currentLeaderEpoch int32 4-11 =-1, timestamp int64
ListOffsetsTopic: name string, partitions []ListOffsetsPartition
ListOffsetsRequest: replicaId int32, isolationLevel int8 2-11, topics []ListOffsetsTopic, timeoutMs int32 10-11`,
  },
  {
    name: 'ListOffsetsResponse',
    versions: [1, 11],
    structs: `
ListOffsetsPartitionResponse: partitionIndex int32, errorCode int16, timestamp int64 =-1, offset int64 =-1, leaderEpoch int32 4-11 =-1
ListOffsetsTopicResponse: name string, partitions []ListOffsetsPartitionResponse
ListOffsetsResponse: throttleTimeMs int32 2-11, topics []ListOffsetsTopicResponse`,
  },
  {
    name: 'OffsetForLeaderEpochRequest',
    versions: [2, 4],
    structs: `
OffsetForLeaderPartition: partition int32, currentLeaderEpoch int32 =-1, leaderEpoch int32
OffsetForLeaderTopic: topic string, partitions []OffsetForLeaderPartition
OffsetForLeaderEpochRequest: replicaId int32 3-4 =-2, topics []OffsetForLeaderTopic`,
  },
  {
    name: 'OffsetForLeaderEpochResponse',
    versions: [2, 4],
    structs: `
EpochEndOffset: errorCode int16, partition int32, leaderEpoch int32 =-1, endOffset int64 =-1
OffsetForLeaderTopicResult: topic string, partitions []EpochEndOffset
OffsetForLeaderEpochResponse: throttleTimeMs int32, topics []OffsetForLeaderTopicResult`,
  },
  {
    name: 'DeleteRecordsRequest',
    versions: [0, 2],
    structs: `
DeleteRecordsPartition: partitionIndex int32, offset int64
DeleteRecordsTopic: name string, partitions []DeleteRecordsPartition
DeleteRecordsRequest: topics []DeleteRecordsTopic, timeoutMs int32`,
  },
  {
    name: 'DeleteRecordsResponse',
    versions: [0, 2],
    structs: `
DeleteRecordsPartitionResult: partitionIndex int32, lowWatermark int64, errorCode int16
DeleteRecordsTopicResult: name string, partitions []DeleteRecordsPartitionResult
DeleteRecordsResponse: throttleTimeMs int32, topics []DeleteRecordsTopicResult`,
  },
  {
    name: 'InitProducerIdRequest',
    versions: [0, 6],
    structs: `
InitProducerIdRequest: transactionalId string ?0-6, transactionTimeoutMs int32, producerId int64 3-6 =-1, producerEpoch int16 3-6 =-1, enable2Pc bool 6 =false, keepPreparedTxn bool 6 =false`,
  },
  {
    name: 'InitProducerIdResponse',
    versions: [0, 6],
    structs: `
InitProducerIdResponse: throttleTimeMs int32, errorCode int16, producerId int64 =-1, producerEpoch int16, ongoingTxnProducerId int64 6 =-1, ongoingTxnProducerEpoch int16 6 =-1`,
  },
];
