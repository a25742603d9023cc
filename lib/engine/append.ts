import { isStratalogError, StratalogError } from '../core/errors.ts';
import type { BatchAnswer, GrantBatch } from '../core/grant.ts';
import { decompressedBytesMax, LEASE_PRODUCERS_MAX } from '../core/limits.ts';
import { type Topic, unknownPartition } from '../core/topic.ts';
import type { WriteRules } from '../core/topic-config.ts';
import type { CompressionType } from '../format/compression-codec.ts';
import { checkProducedBatch, checkRecords, recordsWhere } from '../format/produced-batch.ts';
import { toLogAppendTime } from '../format/record-batch.ts';
import type { BatchHeader } from '../format/record-batch-header.ts';
import type { Clock } from '../ports/clock.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Appender, Submission } from './appender.ts';
import { completeCopies } from './complete-copies.ts';
import type { IndexReader } from './index-reader.ts';
import type { PieceEnd } from './partition-log.ts';
import { recompress } from './recompress.ts';
import type { SegmentStorage } from './segment-storage.ts';
import type { EngineSettings } from './settings.ts';
import type { TopicCatalog } from './topics.ts';

export interface AppendRequest {
  readonly topic: string;
  readonly partition: number;
  /** One or more whole record batches. The log owns the bytes from here on: it writes offsets into them. */
  readonly batches: Uint8Array;
  /** 0: answered on receipt; 1: after one zone; -1 (all): after `min.insync.replicas` zones. */
  readonly acks: 0 | 1 | -1;
  /** Default: the deployment's `appendTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What to do while the buffer is full: THROTTLED at once (default), or wait up to the timeout. */
  readonly onFull?: 'refuse' | 'wait' | undefined;
}

export type BatchResult =
  | {
      readonly kind: 'appended';
      readonly baseOffset: number;
      readonly span: number;
      /** The time of the append where the topic says LogAppendTime, else -1. */
      readonly timestamp: number;
      /** The batch had been appended before; `baseOffset` is where. */
      readonly duplicate: boolean;
    }
  | { readonly kind: 'refused'; readonly error: StratalogError };

export interface AppendAnswer {
  readonly logStartOffset: number;
  /** One for each batch, in order; empty for acks=0. */
  readonly batches: readonly BatchResult[];
}

interface AppendPorts {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly topics: TopicCatalog;
  readonly appender: Appender;
  readonly index: IndexReader;
  readonly storage: SegmentStorage;
  readonly settings: EngineSettings;
}

interface Checked {
  readonly bytes: Buffer;
  readonly batches: readonly GrantBatch[];
  readonly minTimestamp: number;
  readonly appendTimeMs: number;
}

/** A request that was checked, and one that the appender has. */
interface Prepared {
  readonly topic: Topic;
  readonly checked: Checked;
  readonly submission: Submission;
}

interface Entered extends Prepared {
  readonly ended: Promise<PieceEnd>;
}

/** A request that waits for its topic, and for those before it. */
interface Turn {
  readonly request: AppendRequest;
  readonly deadline: number;
  /** What was found, or why nothing was. */
  topic: Topic | Error | undefined;
  /** Resolves when `topic` is there. */
  found: Promise<void> | undefined;
  readonly resolve: (entered: Entered | Promise<Entered>) => void;
  readonly reject: (error: unknown) => void;
}

const NO_BATCHES: AppendAnswer = { logStartOffset: -1, batches: [] };
const THROTTLE_MS = 100;

/** Takes record batches into a partition: checks them, sends them through group commit, answers with their offsets. */
export class AppendUseCase {
  readonly #ports: AppendPorts;
  /** Requests whose topics are being looked up, in order. */
  readonly #turns: Turn[] = [];

  constructor(ports: AppendPorts) {
    this.#ports = ports;
  }

  /**
   * Rejects when nothing of the request was decided; what became of each batch is in the answer.
   * Cost: its share of a flush (1 PUT a zone, or 1 write a KB inline) and of one grant (1 write).
   */
  async append(request: AppendRequest): Promise<AppendAnswer> {
    const { clock, settings, topics } = this.#ports;
    request.signal?.throwIfAborted();
    const deadline = clock.monotonic() + (request.timeoutMs ?? settings.appendTimeoutMs);
    // With no promise in between where none is needed: others would come in meanwhile.
    const topicNow = this.#turns.length === 0 ? topics.peek(request.topic) : undefined;
    const entering = topicNow === undefined ? this.#enterInTurn(request, deadline) : this.#enter(request, topicNow, deadline);
    const { topic, checked, submission, ended } = entering instanceof Promise ? await entering : entering;
    if (request.acks === 0) return NO_BATCHES;
    const end = request.signal === undefined ? await ended : await abortable(ended, request.signal);
    const answer = this.#answer(end, checked, request, topic);
    if (submission.copies <= 1 || !answer.batches.some(isDuplicate)) return answer;
    const completed = this.#inTime(this.#withCopies(answer, submission), deadline);
    return request.signal === undefined ? completed : abortable(completed, request.signal);
  }

  /**
   * Takes a request in whose topic has to be looked up, and those that come meanwhile, one after the other: where each went on by
   * itself, one that finds its topic known already would go ahead of one that has some promises to go.
   */
  #enterInTurn(request: AppendRequest, deadline: number): Promise<Entered> {
    return new Promise((resolve, reject) => {
      const turn: Turn = { request, deadline, topic: undefined, found: undefined, resolve, reject };
      turn.found = this.#ports.topics.get(request.topic).then(
        (topic) => {
          turn.topic = topic;
        },
        (error: unknown) => {
          turn.topic = error as Error;
        },
      );
      this.#turns.push(turn);
      if (this.#turns.length === 1) void this.#takeTurns();
    });
  }

  /** All whose topics are known by then are taken in at once, so that they share a flush. */
  async #takeTurns(): Promise<void> {
    for (let turn = this.#turns[0]; turn !== undefined; turn = this.#turns[0]) {
      if (turn.topic === undefined) {
        await turn.found;
        // What was looked up at the same time is known one step later.
        await null;
      }
      const { request, deadline, topic, resolve, reject } = turn;
      try {
        if (topic === undefined || topic instanceof Error) throw topic;
        resolve(this.#enter(request, topic, deadline));
      } catch (error) {
        reject(error);
      }
      this.#turns.shift();
    }
  }

  /** Hands a request to the appender before it returns, or takes its place among those who wait for room. */
  #enter(request: AppendRequest, topic: Topic, deadline: number): Entered | Promise<Entered> {
    const { appender, telemetry } = this.#ports;
    const prepared = this.#prepare(request, topic, deadline);
    const { submission } = prepared;
    if (!appender.tryAdmit(submission.bytes.length)) return this.#waitForRoom(request, prepared, deadline);
    telemetry.count('append_bytes_total', submission.bytes.length, { topic: topic.name });
    return { ...prepared, ended: appender.submit(submission) };
  }

  #prepare(request: AppendRequest, topic: Topic, deadline: number): Prepared {
    const { topics, clock } = this.#ports;
    if (!Number.isInteger(request.partition) || request.partition < 0 || request.partition >= topic.partitions) {
      throw unknownPartition(request.topic, request.partition);
    }
    const rules = topics.rulesOf(topic);
    const copies = this.#copies(request.acks, rules, topic);
    const checked = checkBatches(toBuffer(request.batches), rules, clock.now());
    const submission: Submission = {
      key: { topicId: topic.id, partition: request.partition },
      bytes: checked.bytes,
      batches: checked.batches,
      minTimestamp: checked.minTimestamp,
      copies,
      deadline,
    };
    return { topic, checked, submission };
  }

  #copies(acks: 0 | 1 | -1, rules: WriteRules, topic: Topic): number {
    if (acks !== 0 && acks !== 1 && acks !== -1) {
      throw new StratalogError('INVALID_REQUIRED_ACKS', `acks is ${String(acks)}, it must be 0, 1 or -1 (all)`, {
        field: 'acks',
        value: acks,
      });
    }
    if (acks !== -1) return 1;
    const { zoneCount } = this.#ports.storage;
    if (rules.minInsyncReplicas <= zoneCount) return rules.minInsyncReplicas;
    throw new StratalogError(
      'NOT_ENOUGH_REPLICAS',
      `min.insync.replicas of topic '${topic.name}' is ${rules.minInsyncReplicas}, the deployment has ${zoneCount} zones`,
      { field: 'min.insync.replicas', value: rules.minInsyncReplicas, limit: zoneCount, topic: topic.name },
    );
  }

  async #waitForRoom(request: AppendRequest, prepared: Prepared, deadline: number): Promise<Entered> {
    const { appender, clock, settings, telemetry } = this.#ports;
    if (request.onFull === 'wait') {
      const submitted = await appender.submitWithRoom(prepared.submission, deadline - clock.monotonic(), request.signal);
      if (submitted !== undefined) {
        telemetry.count('append_bytes_total', prepared.submission.bytes.length, { topic: prepared.topic.name });
        return { ...prepared, ...submitted };
      }
    }
    request.signal?.throwIfAborted();
    telemetry.count('append_throttled_total', 1);
    throw new StratalogError(
      'THROTTLED',
      `${appender.acceptedBytes} bytes wait to be stored, the limit is ${settings.appendBufferBytes}; send again later`,
      { field: 'appendBufferBytes', value: appender.acceptedBytes, limit: settings.appendBufferBytes, retryAfterMs: THROTTLE_MS },
    );
  }

  #answer(end: PieceEnd, checked: Checked, request: AppendRequest, topic: Topic): AppendAnswer {
    if (end.kind === 'failed') throw this.#onFailure(end.error, request);
    if (end.answer.kind !== 'decided') {
      this.#ports.topics.invalidate();
      throw unknownPartition(topic.name, request.partition);
    }
    const batches = end.answer.batches.map((answer, i) =>
      resultOf(answer, checked.batches[i] as GrantBatch, checked.appendTimeMs, request),
    );
    let records = 0;
    for (const [i, batch] of batches.entries())
      if (batch.kind === 'appended' && !batch.duplicate) records += checked.batches[i]?.records ?? 0;
    this.#ports.telemetry.count('append_records_total', records, { topic: topic.name });
    return { logStartOffset: end.start, batches };
  }

  /** What was appended before may have been with acks=1: then it is acknowledged when as many zones have it as are asked for now. */
  async #withCopies(answer: AppendAnswer, { key, copies }: Submission): Promise<AppendAnswer> {
    const batches = await Promise.all(
      answer.batches.map(async (batch): Promise<BatchResult> => {
        if (!isDuplicate(batch)) return batch;
        try {
          await completeCopies(this.#ports, key, batch.baseOffset, copies);
          return batch;
        } catch (error) {
          if (!isStratalogError(error)) throw error;
          return { kind: 'refused', error };
        }
      }),
    );
    return { ...answer, batches };
  }

  /** What is awaited, or REQUEST_TIMED_OUT when its time is over while the stores are silent. */
  async #inTime<Value>(awaited: Promise<Value>, deadline: number): Promise<Value> {
    const { clock } = this.#ports;
    const done = new AbortController();
    const late = clock.sleep(deadline - clock.monotonic(), done.signal).then((): never => {
      throw new StratalogError('REQUEST_TIMED_OUT', 'the copies of what was appended before were not complete in time; send again');
    });
    try {
      return await Promise.race([awaited, late]);
    } finally {
      done.abort();
    }
  }

  #onFailure(error: StratalogError, request: AppendRequest): StratalogError {
    if (!isStratalogError(error, 'UNKNOWN_TOPIC_OR_PARTITION')) return error;
    this.#ports.topics.invalidate();
    return unknownPartition(request.topic, request.partition);
  }
}

function isDuplicate(batch: BatchResult): batch is Extract<BatchResult, { kind: 'appended' }> {
  return batch.kind === 'appended' && batch.duplicate;
}

function resultOf(answer: BatchAnswer, batch: GrantBatch, appendTimeMs: number, { topic, partition }: AppendRequest): BatchResult {
  switch (answer.kind) {
    case 'granted':
      return { kind: 'appended', baseOffset: answer.baseOffset, span: batch.span, timestamp: appendTimeMs, duplicate: false };
    case 'duplicate':
      return {
        kind: 'appended',
        baseOffset: answer.baseOffset,
        span: batch.span,
        timestamp: appendTimeMs < 0 ? -1 : answer.timestamp,
        duplicate: true,
      };
    case 'refused':
      return { kind: 'refused', error: new StratalogError(answer.code, answer.message, { topic, partition }) };
  }
}

/** Checks every batch of a request; one that is bad refuses the request, since nothing of it is stored yet. */
function checkBatches(given: Buffer, rules: WriteRules, nowMs: number): Checked {
  if (given.length === 0) throw new StratalogError('INVALID_RECORD', 'the request holds no record batch', { field: 'batches', value: 0 });
  const bytes = rewritten(given, rules);
  const batches: GrantBatch[] = [];
  let minTimestamp = Number.MAX_SAFE_INTEGER;
  for (let position = 0; position < bytes.length; ) {
    const header = checkProducedBatch(bytes, position, rules);
    if (header.isTransactional) {
      throw new StratalogError('INVALID_TXN_STATE', 'transactional batches are not taken: transactions are not supported', {
        field: 'isTransactional',
        value: true,
      });
    }
    checkTimestamps(bytes, position, header, rules, nowMs);
    if (needsRecordWork(rules)) checkEachRecord(bytes, position, header, rules, nowMs);
    if (rules.logAppendTime) toLogAppendTime(bytes, position, nowMs);
    minTimestamp = Math.min(minTimestamp, rules.logAppendTime ? nowMs : header.baseTimestamp);
    batches.push({
      position,
      length: header.sizeBytes,
      span: header.lastOffsetDelta + 1,
      records: header.recordsCount,
      maxTimestamp: rules.logAppendTime ? nowMs : header.maxTimestamp,
      producerId: header.producerId,
      producerEpoch: header.producerEpoch,
      baseSequence: header.baseSequence,
    });
    position += header.sizeBytes;
  }
  checkProducers(batches);
  return { bytes, batches, minTimestamp, appendTimeMs: rules.logAppendTime ? nowMs : -1 };
}

/** A grant keeps every producer it grants in the lease record, whose size is bounded. */
function checkProducers(batches: readonly GrantBatch[]): void {
  if (batches.length <= LEASE_PRODUCERS_MAX) return;
  const producers = new Set(batches.map(({ producerId }) => producerId)).size;
  if (producers <= LEASE_PRODUCERS_MAX) return;
  throw new StratalogError(
    'INVALID_REQUEST',
    `the request holds batches of ${producers} producers, at most ${LEASE_PRODUCERS_MAX} go together`,
    {
      field: 'batches',
      value: producers,
      limit: LEASE_PRODUCERS_MAX,
    },
  );
}

/** The bytes to store: the producer's own, unless the topic wants another codec or the log's time written into them. */
function rewritten(given: Buffer, rules: WriteRules): Buffer {
  if (rules.compressionType !== 'producer') {
    const codec = rules.compressionType === 'uncompressed' ? 'none' : (rules.compressionType as CompressionType);
    return recompress(given, codec, rules);
  }
  return rules.logAppendTime ? Buffer.from(given) : given;
}

function needsRecordWork(rules: WriteRules): boolean {
  return rules.compacted || (!rules.logAppendTime && rules.timestampBeforeMaxMs < Number.MAX_SAFE_INTEGER);
}

function checkTimestamps(bytes: Buffer, position: number, header: BatchHeader, rules: WriteRules, nowMs: number): void {
  if (rules.logAppendTime || header.maxTimestamp - nowMs <= rules.timestampAfterMaxMs) return;
  throw new StratalogError(
    'INVALID_TIMESTAMP',
    `a record's timestamp is ${header.maxTimestamp}, ${header.maxTimestamp - nowMs} ms ahead of now; message.timestamp.after.max.ms is ${rules.timestampAfterMaxMs}`,
    {
      field: 'timestamp',
      value: header.maxTimestamp,
      limit: rules.timestampAfterMaxMs,
      recordIndexes: recordsWhere(bytes, position, ({ timestamp }) => timestamp - nowMs > rules.timestampAfterMaxMs, readLimits(rules)),
    },
  );
}

function checkEachRecord(bytes: Buffer, position: number, header: BatchHeader, rules: WriteRules, nowMs: number): void {
  const found = checkRecords(bytes, position, readLimits(rules));
  if (rules.compacted && found.hasNullKey) {
    throw new StratalogError('INVALID_RECORD', 'a record has no key; a compacted topic takes records with a key only', {
      field: 'key',
      value: null,
      recordIndexes: recordsWhere(bytes, position, ({ keyLength }) => keyLength < 0, readLimits(rules)),
    });
  }
  if (!rules.logAppendTime && header.recordsCount > 0 && nowMs - found.minTimestamp > rules.timestampBeforeMaxMs) {
    throw new StratalogError(
      'INVALID_TIMESTAMP',
      `a record's timestamp is ${found.minTimestamp}, ${nowMs - found.minTimestamp} ms behind now; message.timestamp.before.max.ms is ${rules.timestampBeforeMaxMs}`,
      {
        field: 'timestamp',
        value: found.minTimestamp,
        limit: rules.timestampBeforeMaxMs,
        recordIndexes: recordsWhere(bytes, position, ({ timestamp }) => nowMs - timestamp > rules.timestampBeforeMaxMs, readLimits(rules)),
      },
    );
  }
}

function readLimits(rules: WriteRules): { readonly maxDecompressedBytes: number } {
  return { maxDecompressedBytes: decompressedBytesMax(rules.maxMessageBytes) };
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The promise, or the signal's reason if that comes first. The append itself goes on: its batches may be stored. */
function abortable<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
