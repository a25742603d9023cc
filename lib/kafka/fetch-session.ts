import { FETCH_SESSIONS_MAX } from '../core/limits.ts';
import { KAFKA_ERROR } from './error-numbers.ts';
import type { PartitionData } from './messages/fetch.ts';

/** A partition that a client reads, as its last request named it. */
export interface FetchedPartition {
  /** Name and id; of the two the one that the client's version does not send is empty until it is looked up. */
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly fetchOffset: number;
  readonly maxBytes: number;
  readonly currentLeaderEpoch: number;
}

/** What a partition looked like in the last answer; an incremental answer leaves it out while it looks the same. */
interface Told {
  want: FetchedPartition;
  highWatermark: number;
  logStartOffset: number;
  errorCode: number;
}

/** A part of a request that names sessions: `sessionId`, `sessionEpoch`, what is read and what no longer is. */
export interface SessionRequest {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  readonly usesIds: boolean;
  readonly partitions: readonly FetchedPartition[];
  readonly forgotten: readonly { readonly topic: string; readonly topicId: string; readonly partition: number }[];
}

/** `session` is undefined for a fetch without one. */
export type SessionOutcome =
  | { readonly kind: 'refused'; readonly errorCode: number }
  | {
      readonly kind: 'fetch';
      readonly session: FetchSession | undefined;
      readonly incremental: boolean;
      readonly partitions: readonly FetchedPartition[];
    };

const NO_SESSION = 0;
/** What `preferredReadReplica` says when the client reads where it should. */
const NOWHERE_NEARER = -1;
const INITIAL_EPOCH = 0;
const FINAL_EPOCH = -1;
/** A session that was used within this time is not taken from its client for another one's sake (KIP-227). */
const EVICTION_MS = 120_000;

/** What one client reads, remembered so that it need not say it again with each fetch (KIP-227). */
export class FetchSession {
  readonly id: number;
  readonly usesIds: boolean;
  epoch = INITIAL_EPOCH + 1;
  usedAtMs: number;
  /** In the order in which they are read: what had data goes to the end, so that none is starved. */
  readonly #partitions = new Map<string, Told>();

  constructor(id: number, usesIds: boolean, partitions: readonly FetchedPartition[], nowMs: number) {
    this.id = id;
    this.usesIds = usesIds;
    this.usedAtMs = nowMs;
    this.want(partitions);
  }

  get size(): number {
    return this.#partitions.size;
  }

  partitions(): readonly FetchedPartition[] {
    return Array.from(this.#partitions.values(), ({ want }) => want);
  }

  want(partitions: readonly FetchedPartition[]): void {
    for (const want of partitions) {
      const told = this.#partitions.get(keyOf(want));
      if (told !== undefined) told.want = want;
      else this.#partitions.set(keyOf(want), { want, highWatermark: -1, logStartOffset: -1, errorCode: KAFKA_ERROR.NONE });
    }
  }

  forget(partitions: SessionRequest['forgotten']): void {
    for (const partition of partitions) this.#partitions.delete(keyOf(partition));
  }

  /** Whether the answer has to tell of the partition: it has data, an error, another gateway to be read at, or another end or start than was told. */
  tell(want: FetchedPartition, data: PartitionData, hasRecords: boolean): boolean {
    const key = keyOf(want);
    const told = this.#partitions.get(key);
    if (told === undefined) return true;
    const { highWatermark, logStartOffset = -1, errorCode, preferredReadReplica = NOWHERE_NEARER } = data;
    const news =
      hasRecords ||
      told.highWatermark !== highWatermark ||
      told.logStartOffset !== logStartOffset ||
      errorCode !== KAFKA_ERROR.NONE ||
      preferredReadReplica !== NOWHERE_NEARER;
    told.highWatermark = highWatermark;
    told.logStartOffset = logStartOffset;
    told.errorCode = errorCode;
    if (hasRecords) {
      this.#partitions.delete(key);
      this.#partitions.set(key, told);
    }
    return news;
  }
}

/** The sessions of one gateway, bounded in number: a client that gets none sends everything each time. */
export class FetchSessions {
  readonly #sessions = new Map<number, FetchSession>();
  readonly #now: () => number;
  readonly #randomId: () => number;

  /** `now` in ms that never go back; `randomId` a number from 0 below 2^31 - 1. */
  constructor(now: () => number, randomId: () => number) {
    this.#now = now;
    this.#randomId = randomId;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** What a request asks for, with its session's help. Rules and numbers are those of Kafka's FetchManager. */
  resolve(request: SessionRequest): SessionOutcome {
    const { sessionId, sessionEpoch, partitions, usesIds } = request;
    if (sessionEpoch === INITIAL_EPOCH || sessionEpoch === FINAL_EPOCH) {
      this.#sessions.delete(sessionId);
      const wanted = sessionEpoch === INITIAL_EPOCH && partitions.length > 0;
      const session = wanted ? this.#create(usesIds, partitions) : undefined;
      return { kind: 'fetch', session, incremental: false, partitions };
    }
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return { kind: 'refused', errorCode: KAFKA_ERROR.FETCH_SESSION_ID_NOT_FOUND };
    if (session.usesIds !== usesIds) return { kind: 'refused', errorCode: KAFKA_ERROR.FETCH_SESSION_TOPIC_ID_ERROR };
    if (session.epoch !== sessionEpoch) return { kind: 'refused', errorCode: KAFKA_ERROR.INVALID_FETCH_SESSION_EPOCH };
    session.want(partitions);
    session.forget(request.forgotten);
    session.epoch = session.epoch === 0x7fff_ffff ? 1 : session.epoch + 1;
    session.usedAtMs = this.#now();
    // Kept in the order of use, so that the one to evict is the first.
    this.#sessions.delete(sessionId);
    if (session.size === 0) return { kind: 'fetch', session: undefined, incremental: true, partitions: [] };
    this.#sessions.set(sessionId, session);
    return { kind: 'fetch', session, incremental: true, partitions: session.partitions() };
  }

  #create(usesIds: boolean, partitions: readonly FetchedPartition[]): FetchSession | undefined {
    const now = this.#now();
    if (this.#sessions.size >= FETCH_SESSIONS_MAX) {
      const [oldest] = this.#sessions.values();
      if (oldest === undefined || now - oldest.usedAtMs < EVICTION_MS) return undefined;
      this.#sessions.delete(oldest.id);
    }
    let id = NO_SESSION;
    while (id === NO_SESSION || this.#sessions.has(id)) id = this.#randomId();
    const session = new FetchSession(id, usesIds, partitions, now);
    this.#sessions.set(id, session);
    return session;
  }
}

function keyOf({ topic, topicId, partition }: { readonly topic: string; readonly topicId: string; readonly partition: number }): string {
  return `${topic === '' ? topicId : topic}/${partition}`;
}
