// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { SchemaText } from './schemas.ts';

export const TOPICS_SCHEMAS: readonly SchemaText[] = [
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
];
