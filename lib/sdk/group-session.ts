/** A consumer's life in its group: partitions that come and go, and commits of what was processed. */
import { isStratalogError, StratalogError } from '../core/errors.ts';
import type { Assignment } from './assignment.ts';
import { type BackoffSettings, backoffMs, pause } from './backoff.ts';
import { GroupMembership, type MembershipHandler } from './group-membership.ts';
import { GroupProgress, type PendingCommit } from './group-progress.ts';
import { GroupProtocol } from './group-protocol.ts';
import type { GroupSettings } from './group-settings.ts';
import type { PartitionReader, StartAt } from './partition-reader.ts';
import type { Work } from './record-flow.ts';
import { partitionKey, type TopicPartition } from './topic-partition.ts';
import type { CallOptions, FetchBatchesAnswer, Transport } from './transport.ts';

export interface GroupSessionParts {
  readonly settings: GroupSettings;
  readonly transport: Transport;
  readonly assignment: Assignment;
  readonly offsetReset: 'earliest' | 'latest' | 'error';
  readonly backoff: BackoffSettings;
}

/** Offsets to commit instead of what was processed. */
export interface ExplicitOffset extends TopicPartition {
  /** The next offset to consume. */
  readonly offset: number;
  /** Kept with the offset; at most 4,096 bytes. */
  readonly metadata?: string | undefined;
}

/** A failed commit goes again this often; what it could not store rides in the next one. */
const COMMIT_TRIES = 4;
/** Part of the rebalance timeout in which work on revoked partitions may end; the rest is for the commit. */
const FINISH_SHARE = 0.8;

export class GroupSession {
  readonly #parts: GroupSessionParts;
  readonly #protocol: GroupProtocol;
  readonly #progress = new GroupProgress();
  readonly #closing = new AbortController();
  #membership: GroupMembership | undefined;
  #autoCommit: Promise<void> | undefined;
  #commits: Promise<unknown> = Promise.resolve();
  #sequence = 0;
  #finishMs: number;
  failure: unknown;

  constructor(parts: GroupSessionParts) {
    this.#parts = parts;
    this.#protocol = new GroupProtocol(parts.transport, parts.settings.group);
    this.#finishMs = parts.settings.rebalanceTimeoutMs * FINISH_SHARE;
  }

  get memberId(): string | undefined {
    return this.#membership?.memberId;
  }

  get memberEpoch(): number {
    return this.#membership?.epoch ?? 0;
  }

  join(topics: readonly string[] | { readonly pattern: string }): void {
    if (this.#membership) throw new StratalogError('INVALID_REQUEST', 'this consumer has subscribed already', { field: 'topics' });
    const { groupInstanceId, assignor, zone, clientId, sessionTimeoutMs, rebalanceTimeoutMs, autoCommitIntervalMs } = this.#parts.settings;
    const description = {
      ...('pattern' in topics ? { pattern: topics.pattern } : { topics }),
      ...(groupInstanceId === undefined ? {} : { instanceId: groupInstanceId }),
      ...(assignor === undefined ? {} : { assignor }),
      ...(zone === undefined ? {} : { zone }),
      ...(clientId === undefined ? {} : { clientId }),
    };
    const options = { ...description, sessionTimeoutMs, rebalanceTimeoutMs, backoff: this.#parts.backoff };
    this.#membership = new GroupMembership(this.#protocol, options, this.#handler());
    this.#membership.start();
    if (autoCommitIntervalMs > 0) this.#autoCommit = this.#commitNowAndThen(autoCommitIntervalMs);
  }

  /** Work on an answer may begin; where at most once is wanted, it is committed before. */
  readonly workBegins = async (reader: PartitionReader, answer: FetchBatchesAnswer): Promise<Work | undefined> => {
    const work = this.#progress.work(reader, answer.highWatermark);
    if (work === undefined || !this.#parts.settings.atMostOnce) return work;
    this.#progress.reach(reader, Math.max(answer.nextOffset, reader.position ?? 0));
    try {
      await this.commit();
      if (this.#progress.isCommitted(reader)) return { ...work, processed: () => undefined };
    } catch (error) {
      work.ended();
      throw error;
    }
    work.ended();
    return undefined;
  };

  processed({ topic, partition, offset }: ExplicitOffset): void {
    this.#progress.reach({ topic, partition }, offset);
  }

  sought(partition: TopicPartition, to: StartAt): void {
    this.#progress.sought(partition, typeof to === 'number' ? to : undefined);
  }

  /** Commits one at a time: what is committed next includes what this one could not. */
  async commit(offsets?: readonly ExplicitOffset[], options: CallOptions = {}): Promise<void> {
    for (const place of offsets ?? []) {
      if (!this.#progress.has(place)) {
        const message = `partition ${place.partition} of '${place.topic}' is not assigned to this consumer`;
        throw new StratalogError('INVALID_REQUEST', message, { field: 'partition', value: place.partition, topic: place.topic });
      }
      this.#progress.place(place, place.offset, place.metadata);
    }
    const mine = this.#commits.catch(() => undefined).then(() => this.#commitWithRetries(offsets, options));
    this.#commits = mine;
    await mine;
  }

  /** Finishes what is under way for `finishMs` at most, commits it and leaves. */
  async leave(finishMs: number): Promise<void> {
    this.#closing.abort();
    this.#finishMs = Math.min(this.#finishMs, finishMs);
    await this.#autoCommit;
    await this.#membership?.stop();
  }

  #handler(): MembershipHandler {
    const { onAssigned, onRevoked, onLost } = this.#parts.settings;
    const { assignment } = this.#parts;
    return {
      assign: async (partitions) => {
        const committed = new Map((await this.#protocol.offsets()).map((offset) => [partitionKey(offset), offset.offset]));
        const readers = partitions.map((partition) => this.#begin(partition, committed.get(partitionKey(partition))));
        await onAssigned?.(partitions);
        for (const reader of readers) reader.hold(false);
      },
      revoke: async (partitions) => {
        for (const { topic, partition } of partitions) assignment.remove(topic, partition);
        const enough = new AbortController();
        await Promise.race([this.#progress.idle(partitions), pause(this.#finishMs, enough.signal)]);
        enough.abort();
        await onRevoked?.(partitions);
        await this.#commits.catch(() => undefined);
        await this.#commitWithRetries(partitions, {}).catch(() => undefined);
        this.#progress.drop(partitions);
      },
      lose: async (partitions) => {
        for (const { topic, partition } of partitions) assignment.remove(topic, partition);
        this.#progress.drop(partitions);
        await onLost?.(partitions);
      },
      fail: (error) => {
        this.failure = error;
        assignment.end();
      },
    };
  }

  /** Nothing is handed out before `onAssigned` has had its say. */
  #begin({ topic, partition }: TopicPartition, committed: number | undefined): PartitionReader {
    const { offsetReset, assignment } = this.#parts;
    if (committed === undefined && offsetReset === 'error') {
      const message = `nothing is committed for partition ${partition} of '${topic}', and offsetReset is 'error'`;
      throw new StratalogError('OFFSET_OUT_OF_RANGE', message, { topic, partition });
    }
    this.#progress.begin({ topic, partition }, committed);
    const reader = assignment.add(topic, partition, committed ?? (offsetReset as 'earliest' | 'latest'), Number.POSITIVE_INFINITY);
    reader.hold(true);
    if (committed === undefined && offsetReset === 'latest') this.#keepStart(reader);
    return reader;
  }

  /** Where 'latest' was is committed: a member that comes after this one would begin at a later end and skip what is between. */
  #keepStart(reader: PartitionReader): void {
    const { generation } = reader;
    const keep = (position: number) => {
      if (!generation.aborted) this.#progress.reach(reader, position);
    };
    reader.whenPositioned().then(keep, () => undefined);
  }

  async #commitWithRetries(partitions: readonly TopicPartition[] | undefined, options: CallOptions): Promise<void> {
    let failure: unknown;
    for (let tries = 1; ; tries++) {
      const membership = this.#membership;
      const pending = this.#progress.pending(partitions);
      if (failure !== undefined && pending.length === 0) throw takenAway(this.#parts.settings.group, failure);
      if (!membership || membership.epoch <= 0 || pending.length === 0) return;
      try {
        return await this.#commitOnce(membership, pending, options);
      } catch (error) {
        // The group goes on without this member, however often it asks: it has to join again.
        const fenced = isStratalogError(error, 'UNKNOWN_MEMBER_ID', 'FENCED_MEMBER_EPOCH', 'FENCED_INSTANCE_ID');
        if (fenced) membership.hurry();
        if (fenced || tries >= COMMIT_TRIES || !isStratalogError(error) || !error.retriable || options.signal?.aborted) throw error;
        failure = error;
        await pause(backoffMs(tries, this.#parts.backoff, error), options.signal);
      }
    }
  }

  /** Offsets of partitions that another member owns by now are left to it; the first other refusal is thrown. */
  async #commitOnce(membership: GroupMembership, pending: readonly PendingCommit[], options: CallOptions): Promise<void> {
    const { groupInstanceId } = this.#parts.settings;
    const author = {
      memberId: membership.memberId,
      memberEpoch: membership.epoch,
      ...(groupInstanceId === undefined ? {} : { instanceId: groupInstanceId }),
      sequence: ++this.#sequence,
    };
    const offsets = pending.map(({ request }) => request);
    const answers = await this.#protocol.commit(author, offsets, options);
    let wrong: StratalogError | undefined;
    for (const [i, { outcome, error, topic, partition }] of answers.entries()) {
      if (outcome !== 'refused') {
        pending[i]?.stored();
        continue;
      }
      membership.hurry();
      if (error === undefined || MOVED_ON.has(error.code)) continue;
      // It would be refused again and again.
      pending[i]?.dropped();
      wrong ??= new StratalogError(error.code as StratalogError['code'], error.detail, { topic, partition });
    }
    if (wrong !== undefined) throw wrong;
  }

  async #commitNowAndThen(everyMs: number): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await pause(everyMs, signal);
      await this.commit().catch(() => undefined);
    }
  }
}

const MOVED_ON: ReadonlySet<string> = new Set(['STALE_MEMBER_EPOCH', 'FENCED_MEMBER_EPOCH', 'UNKNOWN_TOPIC_OR_PARTITION']);

function takenAway(group: string, cause: unknown): StratalogError {
  const message = `group '${group}' gave the partitions to others before the commit was stored; their records come again there`;
  return new StratalogError('UNKNOWN_MEMBER_ID', message, { field: 'memberId' }, cause);
}
