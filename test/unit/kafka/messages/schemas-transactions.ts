// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { SchemaText } from './schemas.ts';

export const TRANSACTIONS_SCHEMAS: readonly SchemaText[] = [
  {
    name: 'AddPartitionsToTxnRequest',
    versions: [0, 5],
    structs: `
AddPartitionsToTxnTopic: name string, partitions []int32
AddPartitionsToTxnTransaction: transactionalId string 4-5, producerId int64 4-5, producerEpoch int16 4-5, verifyOnly bool 4-5 =false, topics []AddPartitionsToTxnTopic 4-5
AddPartitionsToTxnRequest: transactions []AddPartitionsToTxnTransaction 4-5, v3AndBelowTransactionalId string 0-3, v3AndBelowProducerId int64 0-3, v3AndBelowProducerEpoch int16 0-3, v3AndBelowTopics []AddPartitionsToTxnTopic 0-3`,
  },
  {
    name: 'AddPartitionsToTxnResponse',
    versions: [0, 5],
    structs: `
AddPartitionsToTxnTopicResult: name string, resultsByPartition []AddPartitionsToTxnPartitionResult
AddPartitionsToTxnPartitionResult: partitionIndex int32, partitionErrorCode int16
AddPartitionsToTxnResult: transactionalId string 4-5, topicResults []AddPartitionsToTxnTopicResult 4-5
AddPartitionsToTxnResponse: throttleTimeMs int32, errorCode int16 4-5, resultsByTransaction []AddPartitionsToTxnResult 4-5, resultsByTopicV3AndBelow []AddPartitionsToTxnTopicResult 0-3`,
  },
  {
    name: 'AddOffsetsToTxnRequest',
    versions: [0, 4],
    structs: `
AddOffsetsToTxnRequest: transactionalId string, producerId int64, producerEpoch int16, groupId string`,
  },
  {
    name: 'AddOffsetsToTxnResponse',
    versions: [0, 4],
    structs: `
AddOffsetsToTxnResponse: throttleTimeMs int32, errorCode int16`,
  },
  {
    name: 'EndTxnRequest',
    versions: [0, 5],
    structs: `
EndTxnRequest: transactionalId string, producerId int64, producerEpoch int16, committed bool`,
  },
  {
    name: 'EndTxnResponse',
    versions: [0, 5],
    structs: `
EndTxnResponse: throttleTimeMs int32, errorCode int16, producerId int64 5 =-1, producerEpoch int16 5 =-1`,
  },
  {
    name: 'TxnOffsetCommitRequest',
    versions: [0, 5],
    structs: `
TxnOffsetCommitRequestPartition: partitionIndex int32, committedOffset int64, committedLeaderEpoch int32 2-5 =-1, committedMetadata string ?0-5
TxnOffsetCommitRequestTopic: name string, partitions []TxnOffsetCommitRequestPartition
TxnOffsetCommitRequest: transactionalId string, groupId string, producerId int64, producerEpoch int16, generationId int32 3-5 =-1, memberId string 3-5 =, groupInstanceId string 3-5 ?3-5 =null, topics []TxnOffsetCommitRequestTopic`,
  },
  {
    name: 'TxnOffsetCommitResponse',
    versions: [0, 5],
    structs: `
TxnOffsetCommitResponsePartition: partitionIndex int32, errorCode int16
TxnOffsetCommitResponseTopic: name string, partitions []TxnOffsetCommitResponsePartition
TxnOffsetCommitResponse: throttleTimeMs int32, topics []TxnOffsetCommitResponseTopic`,
  },
  {
    name: 'DescribeProducersRequest',
    versions: [0, 0],
    structs: `
TopicRequest: name string, partitionIndexes []int32
DescribeProducersRequest: topics []TopicRequest`,
  },
  {
    name: 'DescribeProducersResponse',
    versions: [0, 0],
    structs: `
ProducerState: producerId int64, producerEpoch int32, lastSequence int32 =-1, lastTimestamp int64 =-1, coordinatorEpoch int32, currentTxnStartOffset int64 =-1
PartitionResponse: partitionIndex int32, errorCode int16, errorMessage string ?0 =null, activeProducers []ProducerState
TopicResponse: name string, partitions []PartitionResponse
DescribeProducersResponse: throttleTimeMs int32, topics []TopicResponse`,
  },
  {
    name: 'DescribeTransactionsRequest',
    versions: [0, 0],
    structs: `
DescribeTransactionsRequest: transactionalIds []string`,
  },
  {
    name: 'DescribeTransactionsResponse',
    versions: [0, 0],
    structs: `
TopicData: topic string, partitions []int32
TransactionState: errorCode int16, transactionalId string, transactionState string, transactionTimeoutMs int32, transactionStartTimeMs int64, producerId int64, producerEpoch int16, topics []TopicData
DescribeTransactionsResponse: throttleTimeMs int32, transactionStates []TransactionState`,
  },
  {
    name: 'ListTransactionsRequest',
    versions: [0, 2],
    structs: `
ListTransactionsRequest: stateFilters []string, producerIdFilters []int64, durationFilter int64 1-2 =-1, transactionalIdPattern string 2 ?2 =null`,
  },
  {
    name: 'ListTransactionsResponse',
    versions: [0, 2],
    structs: `
TransactionState: transactionalId string, producerId int64, transactionState string
ListTransactionsResponse: throttleTimeMs int32, errorCode int16, unknownStateFilters []string, transactionStates []TransactionState`,
  },
];
