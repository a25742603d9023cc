// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { SchemaText } from './schemas.ts';

export const CLUSTER_SCHEMAS: readonly SchemaText[] = [
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
];
