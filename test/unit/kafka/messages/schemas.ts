// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.

export interface SchemaText {
  readonly name: string;
  readonly versions: readonly [from: number, to: number];
  /** A line a structure: `Name: field type versions ?nullable #tag =default, ...`; the last is the message. */
  readonly structs: string;
}

export const SCHEMAS: readonly SchemaText[] = [
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
    name: 'MetadataRequest',
    versions: [0, 13],
    structs: `
MetadataRequestTopic: topicId uuid 10-13, name string ?10-13
MetadataRequest: topics []MetadataRequestTopic ?1-13, allowAutoTopicCreation bool 4-13 =true, includeClusterAuthorizedOperations bool 8-10, includeTopicAuthorizedOperations bool 8-13`,
  },
  {
    name: 'MetadataResponse',
    versions: [0, 13],
    structs: `
MetadataResponseBroker: nodeId int32, host string, port int32, rack string 1-13 ?1-13 =null
MetadataResponsePartition: errorCode int16, partitionIndex int32, leaderId int32, leaderEpoch int32 7-13 =-1, replicaNodes []int32, isrNodes []int32, offlineReplicas []int32 5-13
MetadataResponseTopic: errorCode int16, name string ?12-13, topicId uuid 10-13, isInternal bool 1-13 =false, partitions []MetadataResponsePartition, topicAuthorizedOperations int32 8-13 =-2147483648
MetadataResponse: throttleTimeMs int32 3-13, brokers []MetadataResponseBroker, clusterId string 2-13 ?2-13 =null, controllerId int32 1-13 =-1, topics []MetadataResponseTopic, clusterAuthorizedOperations int32 8-10 =-2147483648, errorCode int16 13`,
  },
  {
    name: 'OffsetCommitRequest',
    versions: [2, 10],
    structs: `
OffsetCommitRequestPartition: partitionIndex int32, committedOffset int64, committedLeaderEpoch int32 6-10 =-1, committedMetadata string ?2-10
OffsetCommitRequestTopic: name string 2-9, topicId uuid 10, partitions []OffsetCommitRequestPartition
OffsetCommitRequest: groupId string, generationIdOrMemberEpoch int32 =-1, memberId string, groupInstanceId string 7-10 ?7-10 =null, retentionTimeMs int64 2-4 =-1, topics []OffsetCommitRequestTopic`,
  },
  {
    name: 'OffsetCommitResponse',
    versions: [2, 10],
    structs: `
OffsetCommitResponsePartition: partitionIndex int32, errorCode int16
OffsetCommitResponseTopic: name string 2-9, topicId uuid 10, partitions []OffsetCommitResponsePartition
OffsetCommitResponse: throttleTimeMs int32 3-10, topics []OffsetCommitResponseTopic`,
  },
  {
    name: 'OffsetFetchRequest',
    versions: [1, 10],
    structs: `
OffsetFetchRequestTopic: name string 1-7, partitionIndexes []int32 1-7
OffsetFetchRequestTopics: name string 8-9, topicId uuid 10, partitionIndexes []int32 8-10
OffsetFetchRequestGroup: groupId string 8-10, memberId string 9-10 ?9-10 =null, memberEpoch int32 9-10 =-1, topics []OffsetFetchRequestTopics 8-10 ?8-10
OffsetFetchRequest: groupId string 1-7, topics []OffsetFetchRequestTopic 1-7 ?2-7, groups []OffsetFetchRequestGroup 8-10, requireStable bool 7-10 =false`,
  },
  {
    name: 'OffsetFetchResponse',
    versions: [1, 10],
    structs: `
OffsetFetchResponsePartition: partitionIndex int32 1-7, committedOffset int64 1-7, committedLeaderEpoch int32 5-7 =-1, metadata string 1-7 ?1-7, errorCode int16 1-7
OffsetFetchResponseTopic: name string 1-7, partitions []OffsetFetchResponsePartition 1-7
OffsetFetchResponsePartitions: partitionIndex int32 8-10, committedOffset int64 8-10, committedLeaderEpoch int32 8-10 =-1, metadata string 8-10 ?8-10, errorCode int16 8-10
OffsetFetchResponseTopics: name string 8-9, topicId uuid 10, partitions []OffsetFetchResponsePartitions 8-10
OffsetFetchResponseGroup: groupId string 8-10, topics []OffsetFetchResponseTopics 8-10, errorCode int16 8-10 =0
OffsetFetchResponse: throttleTimeMs int32 3-10, topics []OffsetFetchResponseTopic 1-7, errorCode int16 2-7 =0, groups []OffsetFetchResponseGroup 8-10`,
  },
  {
    name: 'FindCoordinatorRequest',
    versions: [0, 6],
    structs: `
FindCoordinatorRequest: key string 0-3, keyType int8 1-6 =0, coordinatorKeys []string 4-6`,
  },
  {
    name: 'FindCoordinatorResponse',
    versions: [0, 6],
    structs: `
Coordinator: key string 4-6, nodeId int32 4-6, host string 4-6, port int32 4-6, errorCode int16 4-6, errorMessage string 4-6 ?4-6
FindCoordinatorResponse: throttleTimeMs int32 1-6, errorCode int16 0-3, errorMessage string 1-3 ?1-3, nodeId int32 0-3, host string 0-3, port int32 0-3, coordinators []Coordinator 4-6`,
  },
  {
    name: 'JoinGroupRequest',
    versions: [0, 9],
    structs: `
JoinGroupRequestProtocol: name string, metadata bytes
JoinGroupRequest: groupId string, sessionTimeoutMs int32, rebalanceTimeoutMs int32 1-9 =-1, memberId string, groupInstanceId string 5-9 ?5-9 =null, protocolType string, protocols []JoinGroupRequestProtocol, reason string 8-9 ?8-9 =null`,
  },
  {
    name: 'JoinGroupResponse',
    versions: [0, 9],
    structs: `
JoinGroupResponseMember: memberId string, groupInstanceId string 5-9 ?5-9 =null, metadata bytes
JoinGroupResponse: throttleTimeMs int32 2-9, errorCode int16, generationId int32 =-1, protocolType string 7-9 ?7-9 =null, protocolName string ?7-9, leader string, skipAssignment bool 9 =false, memberId string, members []JoinGroupResponseMember`,
  },
  {
    name: 'HeartbeatRequest',
    versions: [0, 4],
    structs: `
HeartbeatRequest: groupId string, generationId int32, memberId string, groupInstanceId string 3-4 ?3-4 =null`,
  },
  {
    name: 'HeartbeatResponse',
    versions: [0, 4],
    structs: `
HeartbeatResponse: throttleTimeMs int32 1-4, errorCode int16`,
  },
  {
    name: 'LeaveGroupRequest',
    versions: [0, 5],
    structs: `
MemberIdentity: memberId string 3-5, groupInstanceId string 3-5 ?3-5 =null, reason string 5 ?5 =null
LeaveGroupRequest: groupId string, memberId string 0-2, members []MemberIdentity 3-5`,
  },
  {
    name: 'LeaveGroupResponse',
    versions: [0, 5],
    structs: `
MemberResponse: memberId string 3-5, groupInstanceId string 3-5 ?3-5, errorCode int16 3-5
LeaveGroupResponse: throttleTimeMs int32 1-5, errorCode int16, members []MemberResponse 3-5`,
  },
  {
    name: 'SyncGroupRequest',
    versions: [0, 5],
    structs: `
SyncGroupRequestAssignment: memberId string, assignment bytes
SyncGroupRequest: groupId string, generationId int32, memberId string, groupInstanceId string 3-5 ?3-5 =null, protocolType string 5 ?5 =null, protocolName string 5 ?5 =null, assignments []SyncGroupRequestAssignment`,
  },
  {
    name: 'SyncGroupResponse',
    versions: [0, 5],
    structs: `
SyncGroupResponse: throttleTimeMs int32 1-5, errorCode int16, protocolType string 5 ?5 =null, protocolName string 5 ?5 =null, assignment bytes`,
  },
  {
    name: 'DescribeGroupsRequest',
    versions: [0, 6],
    structs: `
DescribeGroupsRequest: groups []string, includeAuthorizedOperations bool 3-6`,
  },
  {
    name: 'DescribeGroupsResponse',
    versions: [0, 6],
    structs: `
DescribedGroupMember: memberId string, groupInstanceId string 4-6 ?4-6 =null, clientId string, clientHost string, memberMetadata bytes, memberAssignment bytes
DescribedGroup: errorCode int16, errorMessage string 6 ?6 =null, groupId string, groupState string, protocolType string, protocolData string, members []DescribedGroupMember, authorizedOperations int32 3-6 =-2147483648
DescribeGroupsResponse: throttleTimeMs int32 1-6, groups []DescribedGroup`,
  },
  {
    name: 'ListGroupsRequest',
    versions: [0, 5],
    structs: `
ListGroupsRequest: statesFilter []string 4-5, typesFilter []string 5`,
  },
  {
    name: 'ListGroupsResponse',
    versions: [0, 5],
    structs: `
ListedGroup: groupId string, protocolType string, groupState string 4-5, groupType string 5
ListGroupsResponse: throttleTimeMs int32 1-5, errorCode int16, groups []ListedGroup`,
  },
  {
    name: 'SaslHandshakeRequest',
    versions: [0, 1],
    structs: `
SaslHandshakeRequest: mechanism string`,
  },
  {
    name: 'SaslHandshakeResponse',
    versions: [0, 1],
    structs: `
SaslHandshakeResponse: errorCode int16, mechanisms []string`,
  },
  {
    name: 'ApiVersionsRequest',
    versions: [0, 4],
    structs: `
ApiVersionsRequest: clientSoftwareName string 3-4, clientSoftwareVersion string 3-4`,
  },
  {
    name: 'ApiVersionsResponse',
    versions: [0, 4],
    structs: `
ApiVersion: apiKey int16, minVersion int16, maxVersion int16
SupportedFeatureKey: name string 3-4, minVersion int16 3-4, maxVersion int16 3-4
FinalizedFeatureKey: name string 3-4, maxVersionLevel int16 3-4, minVersionLevel int16 3-4
ApiVersionsResponse: errorCode int16, apiKeys []ApiVersion, throttleTimeMs int32 1-4, supportedFeatures []SupportedFeatureKey 3-4 #0, finalizedFeaturesEpoch int64 3-4 #1 =-1, finalizedFeatures []FinalizedFeatureKey 3-4 #2, zkMigrationReady bool 3-4 #3 =false`,
  },
  {
    name: 'CreateTopicsRequest',
    versions: [2, 7],
    structs: `
CreatableReplicaAssignment: partitionIndex int32, brokerIds []int32
CreatableTopicConfig: name string, value string ?2-7
CreatableTopic: name string, numPartitions int32, replicationFactor int16, assignments []CreatableReplicaAssignment, configs []CreatableTopicConfig
CreateTopicsRequest: topics []CreatableTopic, timeoutMs int32 =60000, validateOnly bool =false`,
  },
  {
    name: 'CreateTopicsResponse',
    versions: [2, 7],
    structs: `
CreatableTopicConfigs: name string 5-7, value string 5-7 ?5-7, readOnly bool 5-7, configSource int8 5-7 =-1, isSensitive bool 5-7
CreatableTopicResult: name string, topicId uuid 7, errorCode int16, errorMessage string ?2-7, topicConfigErrorCode int16 5-7 #0, numPartitions int32 5-7 =-1, replicationFactor int16 5-7 =-1, configs []CreatableTopicConfigs 5-7 ?5-7
CreateTopicsResponse: throttleTimeMs int32, topics []CreatableTopicResult`,
  },
  {
    name: 'DeleteTopicsRequest',
    versions: [1, 6],
    structs: `
DeleteTopicState: name string 6 ?6 =null, topicId uuid 6
DeleteTopicsRequest: topics []DeleteTopicState 6, topicNames []string 1-5, timeoutMs int32`,
  },
  {
    name: 'DeleteTopicsResponse',
    versions: [1, 6],
    structs: `
DeletableTopicResult: name string ?6, topicId uuid 6, errorCode int16, errorMessage string 5-6 ?5-6 =null
DeleteTopicsResponse: throttleTimeMs int32, responses []DeletableTopicResult`,
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
    name: 'DescribeConfigsRequest',
    versions: [1, 4],
    structs: `
DescribeConfigsResource: resourceType int8, resourceName string, configurationKeys []string ?1-4
DescribeConfigsRequest: resources []DescribeConfigsResource, includeSynonyms bool =false, includeDocumentation bool 3-4 =false`,
  },
  {
    name: 'DescribeConfigsResponse',
    versions: [1, 4],
    structs: `
DescribeConfigsSynonym: name string, value string ?1-4, source int8
DescribeConfigsResourceResult: name string, value string ?1-4, readOnly bool, configSource int8 =-1, isSensitive bool, synonyms []DescribeConfigsSynonym, configType int8 3-4 =0, documentation string 3-4 ?3-4
DescribeConfigsResult: errorCode int16, errorMessage string ?1-4, resourceType int8, resourceName string, configs []DescribeConfigsResourceResult
DescribeConfigsResponse: throttleTimeMs int32, results []DescribeConfigsResult`,
  },
  {
    name: 'AlterConfigsRequest',
    versions: [0, 2],
    structs: `
AlterableConfig: name string, value string ?0-2
AlterConfigsResource: resourceType int8, resourceName string, configs []AlterableConfig
AlterConfigsRequest: resources []AlterConfigsResource, validateOnly bool`,
  },
  {
    name: 'AlterConfigsResponse',
    versions: [0, 2],
    structs: `
AlterConfigsResourceResponse: errorCode int16, errorMessage string ?0-2, resourceType int8, resourceName string
AlterConfigsResponse: throttleTimeMs int32, responses []AlterConfigsResourceResponse`,
  },
  {
    name: 'DescribeLogDirsRequest',
    versions: [1, 5],
    structs: `
DescribableLogDirTopic: topic string, partitions []int32
DescribeLogDirsRequest: topics []DescribableLogDirTopic ?1-5`,
  },
  {
    name: 'DescribeLogDirsResponse',
    versions: [1, 5],
    structs: `
DescribeLogDirsPartition: partitionIndex int32, partitionSize int64, offsetLag int64, isFutureKey bool
DescribeLogDirsTopic: name string, partitions []DescribeLogDirsPartition
DescribeLogDirsResult: errorCode int16, logDir string, topics []DescribeLogDirsTopic, totalBytes int64 4-5 =-1, usableBytes int64 4-5 =-1, isCordoned bool 5 =false
DescribeLogDirsResponse: throttleTimeMs int32, errorCode int16 3-5, results []DescribeLogDirsResult`,
  },
  {
    name: 'SaslAuthenticateRequest',
    versions: [0, 2],
    structs: `
SaslAuthenticateRequest: authBytes bytes`,
  },
  {
    name: 'SaslAuthenticateResponse',
    versions: [0, 2],
    structs: `
SaslAuthenticateResponse: errorCode int16, errorMessage string ?0-2, authBytes bytes, sessionLifetimeMs int64 1-2 =0`,
  },
  {
    name: 'CreatePartitionsRequest',
    versions: [0, 3],
    structs: `
CreatePartitionsAssignment: brokerIds []int32
CreatePartitionsTopic: name string, count int32, assignments []CreatePartitionsAssignment ?0-3
CreatePartitionsRequest: topics []CreatePartitionsTopic, timeoutMs int32, validateOnly bool`,
  },
  {
    name: 'CreatePartitionsResponse',
    versions: [0, 3],
    structs: `
CreatePartitionsTopicResult: name string, errorCode int16, errorMessage string ?0-3 =null
CreatePartitionsResponse: throttleTimeMs int32, results []CreatePartitionsTopicResult`,
  },
  {
    name: 'DeleteGroupsRequest',
    versions: [0, 2],
    structs: `
DeleteGroupsRequest: groupsNames []string`,
  },
  {
    name: 'DeleteGroupsResponse',
    versions: [0, 2],
    structs: `
DeletableGroupResult: groupId string, errorCode int16
DeleteGroupsResponse: throttleTimeMs int32, results []DeletableGroupResult`,
  },
  {
    name: 'ElectLeadersRequest',
    versions: [0, 2],
    structs: `
TopicPartitions: topic string, partitions []int32
ElectLeadersRequest: electionType int8 1-2, topicPartitions []TopicPartitions ?0-2, timeoutMs int32 =60000`,
  },
  {
    name: 'ElectLeadersResponse',
    versions: [0, 2],
    structs: `
PartitionResult: partitionId int32, errorCode int16, errorMessage string ?0-2
ReplicaElectionResult: topic string, partitionResult []PartitionResult
ElectLeadersResponse: throttleTimeMs int32, errorCode int16 1-2, replicaElectionResults []ReplicaElectionResult`,
  },
  {
    name: 'IncrementalAlterConfigsRequest',
    versions: [0, 1],
    structs: `
AlterableConfig: name string, configOperation int8, value string ?0-1
AlterConfigsResource: resourceType int8, resourceName string, configs []AlterableConfig
IncrementalAlterConfigsRequest: resources []AlterConfigsResource, validateOnly bool`,
  },
  {
    name: 'IncrementalAlterConfigsResponse',
    versions: [0, 1],
    structs: `
AlterConfigsResourceResponse: errorCode int16, errorMessage string ?0-1, resourceType int8, resourceName string
IncrementalAlterConfigsResponse: throttleTimeMs int32, responses []AlterConfigsResourceResponse`,
  },
  {
    name: 'OffsetDeleteRequest',
    versions: [0, 0],
    structs: `
OffsetDeleteRequestPartition: partitionIndex int32
OffsetDeleteRequestTopic: name string, partitions []OffsetDeleteRequestPartition
OffsetDeleteRequest: groupId string, topics []OffsetDeleteRequestTopic`,
  },
  {
    name: 'OffsetDeleteResponse',
    versions: [0, 0],
    structs: `
OffsetDeleteResponsePartition: partitionIndex int32, errorCode int16
OffsetDeleteResponseTopic: name string, partitions []OffsetDeleteResponsePartition
OffsetDeleteResponse: errorCode int16, throttleTimeMs int32, topics []OffsetDeleteResponseTopic`,
  },
  {
    name: 'DescribeClusterRequest',
    versions: [0, 2],
    structs: `
DescribeClusterRequest: includeClusterAuthorizedOperations bool, endpointType int8 1-2 =1, includeFencedBrokers bool 2`,
  },
  {
    name: 'DescribeClusterResponse',
    versions: [0, 2],
    structs: `
DescribeClusterBroker: brokerId int32, host string, port int32, rack string ?0-2 =null, isFenced bool 2
DescribeClusterResponse: throttleTimeMs int32, errorCode int16, errorMessage string ?0-2 =null, endpointType int8 1-2 =1, clusterId string, controllerId int32 =-1, brokers []DescribeClusterBroker, clusterAuthorizedOperations int32 =-2147483648`,
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
  {
    name: 'ConsumerGroupHeartbeatRequest',
    versions: [0, 1],
    structs: `
TopicPartitions: topicId uuid, partitions []int32
ConsumerGroupHeartbeatRequest: groupId string, memberId string, memberEpoch int32, instanceId string ?0-1 =null, rackId string ?0-1 =null, rebalanceTimeoutMs int32 =-1, subscribedTopicNames []string ?0-1 =null, subscribedTopicRegex string 1 ?1 =null, serverAssignor string ?0-1 =null, topicPartitions []TopicPartitions ?0-1 =null`,
  },
  {
    name: 'ConsumerGroupHeartbeatResponse',
    versions: [0, 1],
    structs: `
TopicPartitions: topicId uuid, partitions []int32
Assignment: topicPartitions []TopicPartitions
ConsumerGroupHeartbeatResponse: throttleTimeMs int32, errorCode int16, errorMessage string ?0-1 =null, memberId string ?0-1 =null, memberEpoch int32, heartbeatIntervalMs int32, assignment Assignment ?0-1 =null`,
  },
  {
    name: 'ConsumerGroupDescribeRequest',
    versions: [0, 1],
    structs: `
ConsumerGroupDescribeRequest: groupIds []string, includeAuthorizedOperations bool`,
  },
  {
    name: 'ConsumerGroupDescribeResponse',
    versions: [0, 1],
    structs: `
TopicPartitions: topicId uuid, topicName string, partitions []int32
Assignment: topicPartitions []TopicPartitions
Member: memberId string, instanceId string ?0-1 =null, rackId string ?0-1 =null, memberEpoch int32, clientId string, clientHost string, subscribedTopicNames []string, subscribedTopicRegex string ?0-1 =null, assignment Assignment, targetAssignment Assignment, memberType int8 1 =-1
DescribedGroup: errorCode int16, errorMessage string ?0-1 =null, groupId string, groupState string, groupEpoch int32, assignmentEpoch int32, assignorName string, members []Member, authorizedOperations int32 =-2147483648
ConsumerGroupDescribeResponse: throttleTimeMs int32, groups []DescribedGroup`,
  },
  {
    name: 'ListConfigResourcesRequest',
    versions: [0, 1],
    structs: `
ListConfigResourcesRequest: resourceTypes []int8 1`,
  },
  {
    name: 'ListConfigResourcesResponse',
    versions: [0, 1],
    structs: `
ConfigResource: resourceName string, resourceType int8 1 =16
ListConfigResourcesResponse: throttleTimeMs int32, errorCode int16, configResources []ConfigResource`,
  },
  {
    name: 'DescribeTopicPartitionsRequest',
    versions: [0, 0],
    structs: `
TopicRequest: name string
Cursor: topicName string, partitionIndex int32
DescribeTopicPartitionsRequest: topics []TopicRequest, responsePartitionLimit int32 =2000, cursor Cursor ?0 =null`,
  },
  {
    name: 'DescribeTopicPartitionsResponse',
    versions: [0, 0],
    structs: `
DescribeTopicPartitionsResponsePartition: errorCode int16, partitionIndex int32, leaderId int32, leaderEpoch int32 =-1, replicaNodes []int32, isrNodes []int32, eligibleLeaderReplicas []int32 ?0 =null, lastKnownElr []int32 ?0 =null, offlineReplicas []int32
DescribeTopicPartitionsResponseTopic: errorCode int16, name string ?0, topicId uuid, isInternal bool =false, partitions []DescribeTopicPartitionsResponsePartition, topicAuthorizedOperations int32 =-2147483648
Cursor: topicName string, partitionIndex int32
DescribeTopicPartitionsResponse: throttleTimeMs int32, topics []DescribeTopicPartitionsResponseTopic, nextCursor Cursor ?0 =null`,
  },
  {
    name: 'ListPartitionReassignmentsRequest',
    versions: [0, 0],
    structs: `
ListPartitionReassignmentsTopics: name string, partitionIndexes []int32
ListPartitionReassignmentsRequest: timeoutMs int32 =60000, topics []ListPartitionReassignmentsTopics ?0 =null`,
  },
  {
    name: 'ListPartitionReassignmentsResponse',
    versions: [0, 0],
    structs: `
OngoingPartitionReassignment: partitionIndex int32, replicas []int32, addingReplicas []int32, removingReplicas []int32
OngoingTopicReassignment: name string, partitions []OngoingPartitionReassignment
ListPartitionReassignmentsResponse: throttleTimeMs int32, errorCode int16, errorMessage string ?0, topics []OngoingTopicReassignment`,
  },
  {
    name: 'RequestHeader',
    versions: [1, 2],
    structs: `
RequestHeader: requestApiKey int16, requestApiVersion int16, correlationId int32, clientId string ?1-2`,
  },
  {
    name: 'ResponseHeader',
    versions: [0, 1],
    structs: `
ResponseHeader: correlationId int32`,
  },
  {
    name: 'ConsumerProtocolSubscription',
    versions: [0, 3],
    structs: `
TopicPartition: topic string 1-3, partitions []int32 1-3
ConsumerProtocolSubscription: topics []string, userData bytes ?0-3 =null, ownedPartitions []TopicPartition 1-3, generationId int32 2-3 =-1, rackId string 3 ?3 =null`,
  },
  {
    name: 'ConsumerProtocolAssignment',
    versions: [0, 3],
    structs: `
TopicPartition: topic string, partitions []int32
ConsumerProtocolAssignment: assignedPartitions []TopicPartition, userData bytes ?0-3 =null`,
  },
];
