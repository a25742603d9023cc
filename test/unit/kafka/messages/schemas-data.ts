// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { SchemaText } from './schemas.ts';

export const DATA_SCHEMAS: readonly SchemaText[] = [
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
