import { isStratalogError, StratalogError } from '../../core/errors.ts';
import type { TopicId } from '../../core/ids.ts';
import { FETCH_ANSWER_BYTES_MAX, FETCH_WAIT_MS_MAX } from '../../core/limits.ts';
import type { FetchAnswer, FetchManyRequest } from '../../engine/fetch.ts';
import { nearerOf } from '../cluster.ts';
import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import { type FetchedPartition, FetchSessions } from '../fetch-session.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';
import { leaderEpochError } from '../leader-epoch.ts';
import type { FetchableTopicResponse, FetchRequest, PartitionData } from '../messages/fetch.ts';

/** From here on topics go by id and not by name (KIP-516). */
const IDS_FROM_VERSION = 13;
const READ_COMMITTED = 1;
/** Errors of a log that is there. */
const REFUSED_BY_LOG: ReadonlySet<number> = new Set([
  ERROR_NUMBERS.OFFSET_OUT_OF_RANGE,
  KAFKA_ERROR.FENCED_LEADER_EPOCH,
  KAFKA_ERROR.UNKNOWN_LEADER_EPOCH,
]);
const NO_BYTES: readonly Buffer[] = [];

/** A partition to be read, the number of the error it is answered with, or an answer that names the gateway to read it at. */
type Readable =
  | { readonly want: FetchedPartition; readonly topic: string }
  | { readonly want: FetchedPartition; readonly errorCode: number }
  | { readonly want: FetchedPartition; readonly elsewhere: PartitionData };

/**
 * Reads many partitions at once and waits for data: woken by an append, at the latest after the client's `maxWaitMs`.
 * Batches leave as they are stored, without a copy. Sessions save the client from naming its partitions each time.
 *
 * A client that names its rack is told once of a gateway in that zone (KIP-392), unless it reads there already.
 */
export function fetchHandler({ engine, cluster }: Gateway): KafkaHandler<'Fetch'> {
  const { clock, random } = engine.deps;
  const sessions = new FetchSessions(
    () => clock.monotonic(),
    () => Math.floor(random.fraction() * 0x7fff_ffff),
  );

  return async ({ signal, onSent }, request, version) => {
    const outcome = sessions.resolve(sessionRequest(request, version));
    if (outcome.kind === 'refused') return { errorCode: outcome.errorCode, sessionId: 0, responses: [] };
    const { session, incremental } = outcome;
    const readable: Readable[] = [];
    for (const want of outcome.partitions) readable.push(await nearby(await resolved(want), request.rackId));
    const answers = await read(readable, request, signal);
    onSent(() => {
      for (const answer of answers) if (typeof answer === 'object' && 'batches' in answer) engine.memory.releaseAll(answer.batches);
    });
    const told = [];
    for (const [i, { want }] of readable.entries()) {
      const data = partitionData(want, answers[i] as FetchAnswer | PartitionData | number, request.isolationLevel);
      const news = session?.tell(want, data, (data.records?.length ?? 0) > 0) ?? true;
      if (news || !incremental) told.push({ want, data });
    }
    return { errorCode: KAFKA_ERROR.NONE, sessionId: session?.id ?? 0, responses: byTopic(told) };
  };

  async function resolved(want: FetchedPartition): Promise<Readable> {
    const epochError = leaderEpochError(want.currentLeaderEpoch);
    if (epochError !== KAFKA_ERROR.NONE) return { want, errorCode: epochError };
    if (want.topic !== '') return { want, topic: want.topic };
    const topic = await engine.topics.byId(want.topicId as TopicId).catch(() => undefined);
    return topic === undefined ? { want, errorCode: ERROR_NUMBERS.UNKNOWN_TOPIC_ID } : { want, topic: topic.name };
  }

  /** The client in a rack is sent to a gateway there, as far as the log has the offset: what it has not is refused right here. */
  async function nearby(readable: Readable, rack: string): Promise<Readable> {
    if (rack === '' || !('topic' in readable) || cluster.nodes().length <= 1) return readable;
    const { want, topic: name } = readable;
    const topic = await engine.topics.find(name);
    const nearer = topic === undefined ? undefined : nearerOf(cluster, topic.id, want.partition, rack);
    if (topic === undefined || nearer === undefined) return readable;
    const [record] = await engine.index.records([{ topicId: topic.id, partition: want.partition }]);
    if (record === undefined || want.fetchOffset < record.start || want.fetchOffset > record.next) return readable;
    return { want, elsewhere: { ...atEnd(want.partition, record), preferredReadReplica: nearer.id } };
  }

  /** One answer or error number for each partition. An error that is known before anything is read ends the wait. */
  async function read(
    readable: readonly Readable[],
    { maxBytes, minBytes, maxWaitMs, isolationLevel }: FetchRequest,
    signal: AbortSignal,
  ): Promise<readonly (FetchAnswer | PartitionData | number)[]> {
    const known = readable.filter((one): one is Readable & { readonly topic: string } => 'topic' in one);
    const asked: FetchManyRequest = {
      partitions: known.map(({ want, topic }) => ({
        topic,
        partition: want.partition,
        offset: want.fetchOffset,
        maxBytes: Math.max(0, want.maxBytes),
      })),
      maxBytes: Math.max(0, Math.min(maxBytes, FETCH_ANSWER_BYTES_MAX)),
      minBytes: Math.min(minBytes, FETCH_ANSWER_BYTES_MAX),
      maxWaitMs: known.length < readable.length ? 0 : Math.max(0, Math.min(maxWaitMs, FETCH_WAIT_MS_MAX)),
      isolation: isolationLevel === READ_COMMITTED ? 'read_committed' : 'read_uncommitted',
      signal,
    };
    const answers = await engine.fetchMany(asked).catch((error: unknown): readonly StratalogError[] => {
      // What fails as a whole fails for each partition: clients ask again, which they would not do as soon on a closed connection.
      if (isStratalogError(error)) return known.map(() => error);
      throw error;
    });
    let at = 0;
    return readable.map((one) => {
      if ('errorCode' in one) return one.errorCode;
      if ('elsewhere' in one) return one.elsewhere;
      const answer = answers[at++];
      if (answer === undefined) throw new StratalogError('INTERNAL', 'a partition of a fetch has no answer');
      return answer instanceof StratalogError ? errorNumber(answer) : answer;
    });
  }
}

function sessionRequest(request: FetchRequest, version: number) {
  const partitions = request.topics.flatMap(({ topic, topicId, partitions }) =>
    partitions.map(
      ({ partition, fetchOffset, partitionMaxBytes, currentLeaderEpoch }): FetchedPartition => ({
        topic,
        topicId,
        partition,
        fetchOffset,
        maxBytes: partitionMaxBytes,
        currentLeaderEpoch,
      }),
    ),
  );
  const forgotten = request.forgottenTopicsData.flatMap(({ topic, topicId, partitions }) =>
    partitions.map((partition) => ({ topic, topicId, partition })),
  );
  const { sessionId, sessionEpoch } = request;
  return { sessionId, sessionEpoch, usesIds: version >= IDS_FROM_VERSION, partitions, forgotten };
}

/** Nothing of a partition but where it begins and ends. */
function atEnd(partitionIndex: number, { start, next }: { readonly start: number; readonly next: number }): PartitionData {
  const ends = { highWatermark: next, lastStableOffset: next, logStartOffset: start };
  return { partitionIndex, errorCode: KAFKA_ERROR.NONE, ...ends, abortedTransactions: null, records: NO_BYTES };
}

function partitionData(
  { partition }: FetchedPartition,
  answer: FetchAnswer | PartitionData | number,
  isolationLevel: number,
): PartitionData {
  if (typeof answer !== 'number' && 'partitionIndex' in answer) return answer;
  if (typeof answer === 'number') {
    // As a broker has it: the field is null where the partition is known and its log refuses.
    const abortedTransactions = REFUSED_BY_LOG.has(answer) ? null : [];
    return { partitionIndex: partition, errorCode: answer, highWatermark: -1, abortedTransactions, records: NO_BYTES };
  }
  const { highWatermark, lastStableOffset, logStartOffset, batches } = answer;
  const records = batches.length === 1 ? batches[0] : batches;
  return {
    partitionIndex: partition,
    errorCode: KAFKA_ERROR.NONE,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    abortedTransactions: isolationLevel === READ_COMMITTED ? [] : null,
    records,
  };
}

/** Partitions of one topic that follow each other, as one topic of the answer. */
function byTopic(told: readonly { readonly want: FetchedPartition; readonly data: PartitionData }[]): readonly FetchableTopicResponse[] {
  const topics = new Map<string, { topic: string; topicId: string; partitions: PartitionData[] }>();
  for (const { want, data } of told) {
    const { topic, topicId } = want;
    const key = topic === '' ? topicId : topic;
    const found = topics.get(key);
    if (found === undefined) topics.set(key, { topic, topicId, partitions: [data] });
    else found.partitions.push(data);
  }
  return [...topics.values()];
}
