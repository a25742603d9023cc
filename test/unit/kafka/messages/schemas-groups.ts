// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { SchemaText } from './schemas.ts';

export const GROUPS_SCHEMAS: readonly SchemaText[] = [
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
];
