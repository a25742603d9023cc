/** The public client of Stratalog. What is exported here is what is promised; everything else may change. */
export { type ErrorCode, type ErrorDetails, isStratalogError, type RetryAdvice, StratalogError } from '../core/errors.ts';
export type { CompressionType } from '../format/compression-codec.ts';
export type { RecordHeader } from '../format/record-batch-reader.ts';
export { Admin } from './admin.ts';
export type { ConnectionOptions } from './connection.ts';
export { Consumer } from './consumer.ts';
export type { ConsumerBatch } from './consumer-batch.ts';
export type { ConsumerRecord } from './consumer-record.ts';
export type { ConsumerOptions } from './consumer-settings.ts';
export type {
  DescribedGroupMember,
  GroupAdmin,
  GroupDescription,
  GroupLag,
  GroupResetAnswer,
  GroupResetRequest,
  GroupResetTarget,
  GroupSummary,
  LagStatus,
  PartitionLag,
} from './group-admin.ts';
export type { GroupOffset } from './group-protocol.ts';
export type { ExplicitOffset } from './group-session.ts';
export type { GroupOptions } from './group-settings.ts';
export { HttpTransport, type HttpTransportOptions } from './http-transport.ts';
export type { PartitionAssignment } from './partition-choice.ts';
export type { StartAt } from './partition-reader.ts';
export {
  defaultPartitioner,
  type PartitionChoice,
  type Partitioner,
  type PartitionerFactory,
  roundRobinPartitioner,
} from './partitioner.ts';
export { Producer, type ProducerStats } from './producer.ts';
export type { HeaderValue, ProducerRecord, RecordMetadata } from './producer-record.ts';
export type { Acks, ProducerOptions } from './producer-settings.ts';
export type { RunOptions } from './record-flow.ts';
export {
  bytesSerde,
  type Deserializer,
  jsonSerde,
  numberSerde,
  type Serde,
  type SerializeContext,
  type Serializer,
  stringSerde,
  textOrBytes,
} from './serializers.ts';
export type { TopicPartition } from './topic-partition.ts';
export type {
  BatchOutcome,
  CallOptions,
  FetchBatchesAnswer,
  FetchBatchesRequest,
  Isolation,
  JsonRequest,
  OffsetAnswer,
  OffsetAt,
  PartitionOffsets,
  ProduceBatchesAnswer,
  ProduceBatchesRequest,
  TopicAlteration,
  TopicCreation,
  TopicDescription,
  TopicPage,
  TopicSummary,
  Transport,
} from './transport.ts';
