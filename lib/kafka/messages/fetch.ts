// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Draft, type RecordChunks, type Writer, writeInt32 } from '../wire/writer.ts';

/** Versions 4 to 18, flexible from 12. */
export interface FetchRequest {
  readonly clusterId: string | null; // 12+, tag 0, default null
  readonly replicaId: number; // 4-14, default -1
  readonly replicaState: ReplicaState | null; // 15+, tag 1
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number; // default 0x7fffffff
  readonly isolationLevel: number; // default 0
  readonly sessionId: number; // 7+, default 0
  readonly sessionEpoch: number; // 7+, default -1
  readonly topics: readonly FetchTopic[];
  readonly forgottenTopicsData: readonly ForgottenTopic[]; // 7+
  readonly rackId: string; // 11+
}

export interface ForgottenTopic {
  readonly topic: string; // 7-12
  readonly topicId: string; // 13+
  readonly partitions: readonly number[];
}

export interface FetchTopic {
  readonly topic: string; // 4-12
  readonly topicId: string; // 13+
  readonly partitions: readonly FetchPartition[];
}

export interface FetchPartition {
  readonly partition: number;
  readonly currentLeaderEpoch: number; // 9+, default -1
  readonly fetchOffset: number;
  readonly lastFetchedEpoch: number; // 12+, default -1
  readonly logStartOffset: number; // 5+, default -1
  readonly partitionMaxBytes: number;
  readonly replicaDirectoryId: string; // 17+, tag 0
  readonly highWatermark: number; // 18+, tag 1, default 9223372036854775807
}

export interface ReplicaState {
  readonly replicaId: number; // default -1
  readonly replicaEpoch: number; // default -1
}

export function decodeFetchRequest(r: Reader, v: number): FetchRequest {
  const flexible = v >= 12;
  let clusterId: string | null = null;
  const replicaId = v <= 14 ? r.int32() : -1;
  let replicaState: ReplicaState | null = null;
  const maxWaitMs = r.int32();
  const minBytes = r.int32();
  const maxBytes = r.int32();
  const isolationLevel = r.int8();
  const sessionId = v >= 7 ? r.int32() : 0;
  const sessionEpoch = v >= 7 ? r.int32() : -1;
  const topics = r.array(flexible, v, decodeFetchTopic);
  const forgottenTopicsData = v >= 7 ? r.array(flexible, v, decodeForgottenTopic) : [];
  const rackId = v >= 11 ? r.string(flexible) : '';
  if (flexible) {
    for (let left = r.uvarint(); left > 0; left--) {
      const tag = r.uvarint();
      const end = r.tagEnd();
      if (tag === 0) clusterId = r.nullableString(true);
      else if (tag === 1 && v >= 15) replicaState = decodeReplicaState(r, v);
      else r.position = end;
      r.closeTag(end);
    }
  }
  return {
    clusterId,
    replicaId,
    replicaState,
    maxWaitMs,
    minBytes,
    maxBytes,
    isolationLevel,
    sessionId,
    sessionEpoch,
    topics,
    forgottenTopicsData,
    rackId,
  };
}

export function encodeFetchRequest(w: Writer, m: Draft<FetchRequest>, v: number): void {
  const flexible = v >= 12;
  if (v <= 14) w.int32(m.replicaId ?? -1);
  w.int32(m.maxWaitMs ?? 0);
  w.int32(m.minBytes ?? 0);
  w.int32(m.maxBytes ?? 2147483647);
  w.int8(m.isolationLevel ?? 0);
  if (v >= 7) w.int32(m.sessionId ?? 0);
  if (v >= 7) w.int32(m.sessionEpoch ?? -1);
  w.array(m.topics ?? [], flexible, v, encodeFetchTopic);
  if (v >= 7) w.array(m.forgottenTopicsData ?? [], flexible, v, encodeForgottenTopic);
  if (v >= 11) w.string(m.rackId ?? '', flexible);
  if (flexible) {
    const clusterId = m.clusterId ?? null;
    const hasClusterId = clusterId !== null;
    const replicaState = m.replicaState ?? null;
    const hasReplicaState = v >= 15 && replicaState !== null;
    w.uvarint((hasClusterId ? 1 : 0) + (hasReplicaState ? 1 : 0));
    if (hasClusterId) {
      const at = w.openTag(0);
      w.string(clusterId, true);
      w.closeTag(at);
    }
    if (hasReplicaState) {
      const at = w.openTag(1);
      encodeReplicaState(w, replicaState, v);
      w.closeTag(at);
    }
  }
}

function decodeForgottenTopic(r: Reader, v: number): ForgottenTopic {
  const flexible = v >= 12;
  const topic = v <= 12 ? r.string(flexible) : '';
  const topicId = v >= 13 ? r.uuid() : '00000000-0000-0000-0000-000000000000';
  const partitions = r.array(flexible, v, readInt32);
  if (flexible) r.skipTags();
  return { topic, topicId, partitions };
}

function encodeForgottenTopic(w: Writer, m: Draft<ForgottenTopic>, v: number): void {
  const flexible = v >= 12;
  if (v <= 12) w.string(m.topic ?? '', flexible);
  if (v >= 13) w.uuid(m.topicId ?? '00000000-0000-0000-0000-000000000000');
  w.array(m.partitions ?? [], flexible, v, writeInt32);
  if (flexible) w.uvarint(0);
}

function decodeFetchTopic(r: Reader, v: number): FetchTopic {
  const flexible = v >= 12;
  const topic = v <= 12 ? r.string(flexible) : '';
  const topicId = v >= 13 ? r.uuid() : '00000000-0000-0000-0000-000000000000';
  const partitions = r.array(flexible, v, decodeFetchPartition);
  if (flexible) r.skipTags();
  return { topic, topicId, partitions };
}

function encodeFetchTopic(w: Writer, m: Draft<FetchTopic>, v: number): void {
  const flexible = v >= 12;
  if (v <= 12) w.string(m.topic ?? '', flexible);
  if (v >= 13) w.uuid(m.topicId ?? '00000000-0000-0000-0000-000000000000');
  w.array(m.partitions ?? [], flexible, v, encodeFetchPartition);
  if (flexible) w.uvarint(0);
}

function decodeFetchPartition(r: Reader, v: number): FetchPartition {
  const flexible = v >= 12;
  const partition = r.int32();
  const currentLeaderEpoch = v >= 9 ? r.int32() : -1;
  const fetchOffset = r.int64Clamped();
  const lastFetchedEpoch = v >= 12 ? r.int32() : -1;
  const logStartOffset = v >= 5 ? r.int64() : -1;
  const partitionMaxBytes = r.int32();
  let replicaDirectoryId: string = '00000000-0000-0000-0000-000000000000';
  let highWatermark: number = Number.MAX_SAFE_INTEGER;
  if (flexible) {
    for (let left = r.uvarint(); left > 0; left--) {
      const tag = r.uvarint();
      const end = r.tagEnd();
      if (tag === 0 && v >= 17) replicaDirectoryId = r.uuid();
      else if (tag === 1 && v >= 18) highWatermark = r.int64Clamped();
      else r.position = end;
      r.closeTag(end);
    }
  }
  return {
    partition,
    currentLeaderEpoch,
    fetchOffset,
    lastFetchedEpoch,
    logStartOffset,
    partitionMaxBytes,
    replicaDirectoryId,
    highWatermark,
  };
}

function encodeFetchPartition(w: Writer, m: Draft<FetchPartition>, v: number): void {
  const flexible = v >= 12;
  w.int32(m.partition ?? 0);
  if (v >= 9) w.int32(m.currentLeaderEpoch ?? -1);
  w.int64(m.fetchOffset ?? 0);
  if (v >= 12) w.int32(m.lastFetchedEpoch ?? -1);
  if (v >= 5) w.int64(m.logStartOffset ?? -1);
  w.int32(m.partitionMaxBytes ?? 0);
  if (flexible) {
    const replicaDirectoryId = m.replicaDirectoryId ?? '00000000-0000-0000-0000-000000000000';
    const hasReplicaDirectoryId = v >= 17 && replicaDirectoryId !== '00000000-0000-0000-0000-000000000000';
    const highWatermark = m.highWatermark ?? Number.MAX_SAFE_INTEGER;
    const hasHighWatermark = v >= 18 && highWatermark !== Number.MAX_SAFE_INTEGER;
    w.uvarint((hasReplicaDirectoryId ? 1 : 0) + (hasHighWatermark ? 1 : 0));
    if (hasReplicaDirectoryId) {
      const at = w.openTag(0);
      w.uuid(replicaDirectoryId);
      w.closeTag(at);
    }
    if (hasHighWatermark) {
      const at = w.openTag(1);
      w.int64(highWatermark);
      w.closeTag(at);
    }
  }
}

function decodeReplicaState(r: Reader, _v: number): ReplicaState {
  const replicaId = r.int32();
  const replicaEpoch = r.int64();
  r.skipTags();
  return { replicaId, replicaEpoch };
}

function encodeReplicaState(w: Writer, m: Draft<ReplicaState>, _v: number): void {
  w.int32(m.replicaId ?? -1);
  w.int64(m.replicaEpoch ?? -1);
  w.uvarint(0);
}

/** Versions 4 to 18, flexible from 12. */
export interface FetchResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly errorCode?: number | undefined; // 7+
  readonly sessionId?: number | undefined; // 7+, default 0
  readonly responses: readonly FetchableTopicResponse[];
  readonly nodeEndpoints?: readonly NodeEndpoint[] | undefined; // 16+, tag 0
}

export interface NodeEndpoint {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack?: string | null | undefined; // default null
}

export interface FetchableTopicResponse {
  readonly topic?: string | undefined; // 4-12
  readonly topicId?: string | undefined; // 13+
  readonly partitions: readonly PartitionData[];
}

export interface PartitionData {
  readonly partitionIndex: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset?: number | undefined; // default -1
  readonly logStartOffset?: number | undefined; // 5+, default -1
  readonly divergingEpoch?: EpochEndOffset | null | undefined; // 12+, tag 0
  readonly currentLeader?: LeaderIdAndEpoch | null | undefined; // 12+, tag 1
  readonly snapshotId?: SnapshotId | null | undefined; // 12+, tag 2
  readonly abortedTransactions?: readonly AbortedTransaction[] | null | undefined;
  readonly preferredReadReplica?: number | undefined; // 11+, default -1
  readonly records?: RecordChunks | null | undefined;
}

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export interface SnapshotId {
  readonly endOffset?: number | undefined; // default -1
  readonly epoch?: number | undefined; // default -1
}

export interface LeaderIdAndEpoch {
  readonly leaderId?: number | undefined; // default -1
  readonly leaderEpoch?: number | undefined; // default -1
}

export interface EpochEndOffset {
  readonly epoch?: number | undefined; // default -1
  readonly endOffset?: number | undefined; // default -1
}

export function decodeFetchResponse(r: Reader, v: number): FetchResponse {
  const flexible = v >= 12;
  const throttleTimeMs = r.int32();
  const errorCode = v >= 7 ? r.int16() : 0;
  const sessionId = v >= 7 ? r.int32() : 0;
  const responses = r.array(flexible, v, decodeFetchableTopicResponse);
  let nodeEndpoints: readonly NodeEndpoint[] = [];
  if (flexible) {
    for (let left = r.uvarint(); left > 0; left--) {
      const tag = r.uvarint();
      const end = r.tagEnd();
      if (tag === 0 && v >= 16) nodeEndpoints = r.array(true, v, decodeNodeEndpoint);
      else r.position = end;
      r.closeTag(end);
    }
  }
  return { throttleTimeMs, errorCode, sessionId, responses, nodeEndpoints };
}

export function encodeFetchResponse(w: Writer, m: FetchResponse, v: number): void {
  const flexible = v >= 12;
  w.int32(m.throttleTimeMs ?? 0);
  if (v >= 7) w.int16(m.errorCode ?? 0);
  if (v >= 7) w.int32(m.sessionId ?? 0);
  w.array(m.responses, flexible, v, encodeFetchableTopicResponse);
  if (flexible) {
    const nodeEndpoints = m.nodeEndpoints ?? [];
    const hasNodeEndpoints = v >= 16 && nodeEndpoints.length > 0;
    w.uvarint(hasNodeEndpoints ? 1 : 0);
    if (hasNodeEndpoints) {
      const at = w.openTag(0);
      w.array(nodeEndpoints, true, v, encodeNodeEndpoint);
      w.closeTag(at);
    }
  }
}

function decodeNodeEndpoint(r: Reader, _v: number): NodeEndpoint {
  const nodeId = r.int32();
  const host = r.string(true);
  const port = r.int32();
  const rack = r.nullableString(true);
  r.skipTags();
  return { nodeId, host, port, rack };
}

function encodeNodeEndpoint(w: Writer, m: NodeEndpoint, _v: number): void {
  w.int32(m.nodeId);
  w.string(m.host, true);
  w.int32(m.port);
  w.string(m.rack ?? null, true);
  w.uvarint(0);
}

function decodeFetchableTopicResponse(r: Reader, v: number): FetchableTopicResponse {
  const flexible = v >= 12;
  const topic = v <= 12 ? r.string(flexible) : '';
  const topicId = v >= 13 ? r.uuid() : '00000000-0000-0000-0000-000000000000';
  const partitions = r.array(flexible, v, decodePartitionData);
  if (flexible) r.skipTags();
  return { topic, topicId, partitions };
}

function encodeFetchableTopicResponse(w: Writer, m: FetchableTopicResponse, v: number): void {
  const flexible = v >= 12;
  if (v <= 12) w.string(m.topic ?? '', flexible);
  if (v >= 13) w.uuid(m.topicId ?? '00000000-0000-0000-0000-000000000000');
  w.array(m.partitions, flexible, v, encodePartitionData);
  if (flexible) w.uvarint(0);
}

function decodePartitionData(r: Reader, v: number): PartitionData {
  const flexible = v >= 12;
  const partitionIndex = r.int32();
  const errorCode = r.int16();
  const highWatermark = r.int64();
  const lastStableOffset = r.int64();
  const logStartOffset = v >= 5 ? r.int64() : -1;
  let divergingEpoch: EpochEndOffset | null = null;
  let currentLeader: LeaderIdAndEpoch | null = null;
  let snapshotId: SnapshotId | null = null;
  const abortedTransactions = r.nullableArray(flexible, v, decodeAbortedTransaction);
  const preferredReadReplica = v >= 11 ? r.int32() : -1;
  const records = r.nullableBytes(flexible);
  if (flexible) {
    for (let left = r.uvarint(); left > 0; left--) {
      const tag = r.uvarint();
      const end = r.tagEnd();
      if (tag === 0) divergingEpoch = decodeEpochEndOffset(r, v);
      else if (tag === 1) currentLeader = decodeLeaderIdAndEpoch(r, v);
      else if (tag === 2) snapshotId = decodeSnapshotId(r, v);
      else r.position = end;
      r.closeTag(end);
    }
  }
  return {
    partitionIndex,
    errorCode,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    divergingEpoch,
    currentLeader,
    snapshotId,
    abortedTransactions,
    preferredReadReplica,
    records,
  };
}

function encodePartitionData(w: Writer, m: PartitionData, v: number): void {
  const flexible = v >= 12;
  w.int32(m.partitionIndex);
  w.int16(m.errorCode);
  w.int64(m.highWatermark);
  w.int64(m.lastStableOffset ?? -1);
  if (v >= 5) w.int64(m.logStartOffset ?? -1);
  w.array(m.abortedTransactions ?? null, flexible, v, encodeAbortedTransaction);
  if (v >= 11) w.int32(m.preferredReadReplica ?? -1);
  w.records(m.records ?? null, flexible);
  if (flexible) {
    const divergingEpoch = m.divergingEpoch ?? null;
    const hasDivergingEpoch = divergingEpoch !== null;
    const currentLeader = m.currentLeader ?? null;
    const hasCurrentLeader = currentLeader !== null;
    const snapshotId = m.snapshotId ?? null;
    const hasSnapshotId = snapshotId !== null;
    w.uvarint((hasDivergingEpoch ? 1 : 0) + (hasCurrentLeader ? 1 : 0) + (hasSnapshotId ? 1 : 0));
    if (hasDivergingEpoch) {
      const at = w.openTag(0);
      encodeEpochEndOffset(w, divergingEpoch, v);
      w.closeTag(at);
    }
    if (hasCurrentLeader) {
      const at = w.openTag(1);
      encodeLeaderIdAndEpoch(w, currentLeader, v);
      w.closeTag(at);
    }
    if (hasSnapshotId) {
      const at = w.openTag(2);
      encodeSnapshotId(w, snapshotId, v);
      w.closeTag(at);
    }
  }
}

function decodeAbortedTransaction(r: Reader, v: number): AbortedTransaction {
  const flexible = v >= 12;
  const producerId = r.int64();
  const firstOffset = r.int64();
  if (flexible) r.skipTags();
  return { producerId, firstOffset };
}

function encodeAbortedTransaction(w: Writer, m: AbortedTransaction, v: number): void {
  const flexible = v >= 12;
  w.int64(m.producerId);
  w.int64(m.firstOffset);
  if (flexible) w.uvarint(0);
}

function decodeSnapshotId(r: Reader, _v: number): SnapshotId {
  const endOffset = r.int64();
  const epoch = r.int32();
  r.skipTags();
  return { endOffset, epoch };
}

function encodeSnapshotId(w: Writer, m: SnapshotId, _v: number): void {
  w.int64(m.endOffset ?? -1);
  w.int32(m.epoch ?? -1);
  w.uvarint(0);
}

function decodeLeaderIdAndEpoch(r: Reader, _v: number): LeaderIdAndEpoch {
  const leaderId = r.int32();
  const leaderEpoch = r.int32();
  r.skipTags();
  return { leaderId, leaderEpoch };
}

function encodeLeaderIdAndEpoch(w: Writer, m: LeaderIdAndEpoch, _v: number): void {
  w.int32(m.leaderId ?? -1);
  w.int32(m.leaderEpoch ?? -1);
  w.uvarint(0);
}

function decodeEpochEndOffset(r: Reader, _v: number): EpochEndOffset {
  const epoch = r.int32();
  const endOffset = r.int64();
  r.skipTags();
  return { epoch, endOffset };
}

function encodeEpochEndOffset(w: Writer, m: EpochEndOffset, _v: number): void {
  w.int32(m.epoch ?? -1);
  w.int64(m.endOffset ?? -1);
  w.uvarint(0);
}

export const FETCH = {
  name: 'Fetch',
  apiKey: 1,
  flexibleFrom: 12,
  versions: [4, 18],
  decodeRequest: decodeFetchRequest,
  encodeRequest: encodeFetchRequest,
  decodeResponse: decodeFetchResponse,
  encodeResponse: encodeFetchResponse,
} as const;
