import { StratalogError } from '../../core/errors.ts';
import { fencedEpoch, type GroupView, unknownMember } from '../../core/groups/group-record.ts';
import {
  blockName,
  blockOf,
  type CommitAnswer,
  type CommitAuthor,
  type OffsetBlock,
  type OffsetEntry,
  ownerToken,
  withoutOffsets,
} from '../../core/groups/offset-block.ts';
import { offsetExpired } from '../../core/groups/offset-expiry.ts';
import { subscribedTopics, type TopicFact } from '../../core/groups/retarget.ts';
import type { TopicId } from '../../core/ids.ts';
import { GROUP_COMMIT_PARTITIONS_MAX } from '../../core/limits.ts';
import { unknownPartition } from '../../core/topic.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GroupStore } from '../../ports/group-store.ts';
import type { CommittedOffset, CommittedPartition, GroupCommit, PartitionCommit } from './group-request.ts';
import type { LogView } from './log-view.ts';
import type { OffsetCommitter } from './offset-committer.ts';
import { TopicIndex, type TopicSource, topicsKnowing } from './topic-index.ts';

interface Located extends PartitionCommit {
  readonly fact: TopicFact;
}

export interface OffsetPorts {
  readonly store: GroupStore;
  readonly clock: Clock;
  readonly log: LogView;
  readonly topics: TopicSource;
  readonly committer: OffsetCommitter;
  readonly retentionMs: number;
}

/** Commits and what was committed. */
export class GroupOffsets {
  readonly #ports: OffsetPorts;
  /** End offsets seen lately; a commit up to one of them needs no look at the log. */
  readonly #ends = new Map<string, number>();

  constructor(ports: OffsetPorts) {
    this.#ports = ports;
  }

  /** Who commits, or the error of the whole request. The view may hold the member alone. */
  authorOf(view: GroupView, request: GroupCommit): CommitAuthor {
    const { memberId, memberEpoch = -1 } = request;
    if (memberId === undefined || memberId === '') {
      if (view.group.members === 0) return { kind: 'none' };
      throw new StratalogError('UNKNOWN_MEMBER_ID', `group '${request.group}' has members; a commit must name the member it comes from`, {
        field: 'memberId',
      });
    }
    const member = view.members.get(memberId);
    if (!member) {
      const other =
        request.instanceId === undefined ? undefined : [...view.members.values()].find((m) => m.instanceId === request.instanceId);
      if (!other) throw unknownMember(request.group, memberId);
      throw new StratalogError('FENCED_INSTANCE_ID', `instance '${request.instanceId}' is now member '${other.memberId}'`, {
        field: 'instanceId',
      });
    }
    if (view.group.kind === 'classic') {
      if (memberEpoch === view.group.epoch) return { kind: 'generation', epoch: memberEpoch };
      throw illegalGeneration(memberEpoch, view.group.epoch);
    }
    if (memberEpoch > member.epoch) {
      throw member.classic === undefined ? fencedEpoch(member, memberEpoch) : illegalGeneration(memberEpoch, member.epoch);
    }
    if (memberEpoch < 1)
      throw new StratalogError('STALE_MEMBER_EPOCH', `memberEpoch is ${memberEpoch}, a member commits with the epoch it has`, {
        field: 'memberEpoch',
        value: memberEpoch,
      });
    return { kind: 'member', token: ownerToken(memberId), epoch: memberEpoch };
  }

  /** One answer for each offset, in order. Cost: 1 write a block that moves, 1 read a partition that must be checked. */
  async commit(request: GroupCommit, author: CommitAuthor, topics: TopicIndex): Promise<readonly CommittedPartition[]> {
    if (request.offsets.length > GROUP_COMMIT_PARTITIONS_MAX) {
      throw new StratalogError(
        'INVALID_COMMIT_OFFSET_SIZE',
        `the commit has ${request.offsets.length} partitions, at most ${GROUP_COMMIT_PARTITIONS_MAX} are allowed`,
        { field: 'offsets', value: request.offsets.length, limit: GROUP_COMMIT_PARTITIONS_MAX },
      );
    }
    const answers: (CommittedPartition | undefined)[] = request.offsets.map(() => undefined);
    const located: (Located & { readonly at: number })[] = [];
    request.offsets.forEach((commit, at) => {
      const fact = topics.named(commit.topic);
      if (fact && Number.isInteger(commit.partition) && commit.partition >= 0 && commit.partition < fact.partitions)
        located.push({ ...commit, fact, at });
      else answers[at] = refused(commit, unknownPartition(commit.topic, fact ? commit.partition : undefined));
    });
    const beyond = request.checkEnd === false ? new Map<number, StratalogError>() : await this.#beyondEnd(located);
    const blocks = new Map<string, (typeof located)[number][]>();
    for (const commit of located) {
      const error = beyond.get(commit.at);
      if (error) answers[commit.at] = refused(commit, error);
      else {
        const name = blockName(blockOf(`${commit.fact.id}/${commit.partition}`));
        const list = blocks.get(name);
        if (list) list.push(commit);
        else blocks.set(name, [commit]);
      }
    }
    await Promise.all(
      [...blocks.values()].map(async (commits) => {
        const first = commits[0] as (typeof commits)[number];
        const key = blockOf(`${first.fact.id}/${first.partition}`);
        const found = await this.#ports.committer.commit(request.group, key, author, request.sequence ?? 0, commits);
        commits.forEach((commit, i) => {
          answers[commit.at] = answerOf(commit, found[i]);
        });
      }),
    );
    return answers.map(
      (answer, i) => answer ?? refused(request.offsets[i] as PartitionCommit, new StratalogError('INTERNAL', 'not answered')),
    );
  }

  async #beyondEnd(commits: readonly (Located & { readonly at: number })[]): Promise<ReadonlyMap<number, StratalogError>> {
    const name = (commit: Located) => `${commit.fact.id}/${commit.partition}`;
    const open = commits.filter((commit) => commit.offset > Math.max(commit.seenEnd ?? 0, this.#ends.get(name(commit)) ?? 0));
    const found = await this.#ports.log.bounds(open.map((commit) => ({ topicId: commit.fact.id, partition: commit.partition })));
    const errors = new Map<number, StratalogError>();
    open.forEach((commit, i) => {
      const end = found[i]?.endOffset ?? 0;
      this.saw(name(commit), end);
      if (commit.offset <= end) return;
      errors.set(
        commit.at,
        new StratalogError(
          'OFFSET_OUT_OF_RANGE',
          `offset ${commit.offset} is beyond the end ${end} of partition ${commit.partition} of '${commit.topic}'`,
          { field: 'offset', value: commit.offset, limit: end, topic: commit.topic, partition: commit.partition },
        ),
      );
    });
    return errors;
  }

  saw(name: string, endOffset: number): void {
    if (this.#ends.size > 100_000) this.#ends.clear();
    this.#ends.set(name, Math.max(endOffset, this.#ends.get(name) ?? 0));
  }

  /** What is committed and has not expired; of every topic when none is named. Cost: 1 read a block. */
  async fetch(
    view: GroupView,
    wanted?: readonly { readonly topic: string; readonly partitions?: readonly number[] }[],
  ): Promise<readonly CommittedOffset[]> {
    const blocks = await this.#blocks(view.group.group, wanted);
    // A topic that was committed for and is in no fresh copy either is gone.
    const topics = await topicsKnowing(this.#ports.topics, (known) => known.hasIds(blocks.map(({ topicId }) => topicId)));
    const isWanted = wantedFilter(wanted);
    const expired = this.expiry(view, topics);
    return blocks.flatMap((block) => {
      const fact = topics.withId(block.topicId);
      if (!fact) return [];
      return [...block.entries]
        .filter(([partition, entry]) => entry.offset >= 0 && isWanted(fact.name, partition) && !expired(block.topicId, entry))
        .map(([partition, entry]) => ({
          topic: fact.name,
          topicId: fact.id,
          partition,
          offset: entry.offset,
          leaderEpoch: entry.leaderEpoch,
          metadata: entry.metadata,
          committedAtMs: entry.committedAtMs,
        }));
    });
  }

  async #blocks(
    group: string,
    wanted?: readonly { readonly topic: string; readonly partitions?: readonly number[] }[],
  ): Promise<readonly OffsetBlock[]> {
    if (!wanted) return this.#ports.store.allBlocks(group);
    const topics = await topicsKnowing(this.#ports.topics, (known) => known.hasPartitions(wanted));
    const names = wanted.flatMap(({ topic, partitions }) => {
      const fact = topics.named(topic);
      const list = partitions ?? Array.from({ length: fact?.partitions ?? 0 }, (_, p) => p);
      return fact ? list.map((partition) => `${fact.id}/${partition}`) : [];
    });
    const keys = new Map(names.map((name) => [blockName(blockOf(name)), blockOf(name)]));
    const found = await this.#ports.store.readBlocks(group, [...keys.values()]);
    return found.flatMap((block) => (block ? [block] : []));
  }

  expiry(view: GroupView, topics: TopicIndex): (topicId: TopicId, entry: OffsetEntry) => boolean {
    const { group } = view;
    const subscribed = new Set(subscribedTopics(group.topics, group.patterns, topics.topics).map((topic) => topic.id));
    const nowMs = this.#ports.clock.now();
    return (topicId, entry) => offsetExpired(entry, group, subscribed.has(topicId), nowMs, this.#ports.retentionMs);
  }

  /** Removes offsets that have expired and those of topics that are gone; answers how many went. */
  async sweep(view: GroupView): Promise<number> {
    const blocks = await this.#ports.store.allBlocks(view.group.group);
    const expired = this.expiry(view, TopicIndex.of(await this.#ports.topics.list()));
    let gone = 0;
    for (const block of blocks) {
      const lost = view.members.size === 0 && (await this.#ports.topics.byId(block.topicId)) === undefined;
      const list = [...block.entries].filter(([, entry]) => lost || expired(block.topicId, entry)).map(([partition]) => partition);
      if (list.length > 0 && (await this.remove(view.group.group, block, list))) gone += list.length;
    }
    return gone;
  }

  async remove(group: string, block: OffsetBlock, partitions: readonly number[]): Promise<boolean> {
    const left = withoutOffsets(block, partitions);
    const next = left.entries.size === 0 ? undefined : left;
    const [outcome] = await this.#ports.store.write(group, [{ kind: 'block', key: block, expected: block.version, next }]);
    return outcome?.kind === 'applied';
  }
}

function wantedFilter(
  wanted?: readonly { readonly topic: string; readonly partitions?: readonly number[] }[],
): (topic: string, partition: number) => boolean {
  if (!wanted) return () => true;
  const sets = new Map(wanted.map(({ topic, partitions }) => [topic, partitions && new Set(partitions)]));
  return (topic, partition) => sets.has(topic) && (sets.get(topic)?.has(partition) ?? true);
}

function refused(commit: PartitionCommit, error: StratalogError): CommittedPartition {
  return { topic: commit.topic, partition: commit.partition, outcome: 'refused', error };
}

function answerOf(commit: PartitionCommit, answer: CommitAnswer | undefined): CommittedPartition {
  if (answer?.kind === 'refused') {
    return refused(
      commit,
      new StratalogError(answer.code, answer.message, { ...answer.details, topic: commit.topic, partition: commit.partition }),
    );
  }
  return { topic: commit.topic, partition: commit.partition, outcome: answer?.kind ?? 'committed' };
}

function illegalGeneration(received: number, current: number): StratalogError {
  return new StratalogError('ILLEGAL_GENERATION', `generation is ${received}, the group is at ${current}`, {
    field: 'memberEpoch',
    value: received,
    limit: current,
  });
}
