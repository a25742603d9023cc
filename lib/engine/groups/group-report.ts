import { type GroupView, type MemberRecord, phaseOf } from '../../core/groups/group-record.ts';
import { type LagStatus, partitionStatus, utilisation, worstStatus } from '../../core/groups/lag-status.ts';
import { comparePartitions, type PartitionName, partitionOf, partitionSet } from '../../core/groups/partition-set.ts';
import { subscribedTopics } from '../../core/groups/retarget.ts';
import { holders } from '../../core/groups/step.ts';
import type { CommittedOffset, DescribedMember, GroupDescription, GroupLag, PartitionLag } from './group-request.ts';
import type { LagMonitor } from './lag-monitor.ts';
import type { LogView } from './log-view.ts';
import type { TopicIndex } from './topic-index.ts';

export interface ReportInput {
  readonly view: GroupView;
  readonly topics: TopicIndex;
  readonly committed: readonly CommittedOffset[];
  readonly monitor: LagMonitor;
  readonly log: LogView;
  readonly nowMs: number;
  /** Whether to look at the next record of each partition that lags; up to one GET each. */
  readonly withTime: boolean;
  /** Partitions looked at for their times, those with the most lag. Default all. */
  readonly timesMax?: number;
  /** Whether this closes a sample of each partition's window. */
  readonly look: boolean;
  /** Whether this process takes the group's commits and looks at it at regular distances. */
  readonly watched: boolean;
}

/** Reads under way at once for the times of next records. */
const TIME_LOOKUPS = 16;

interface Facts {
  readonly name: PartitionName;
  readonly lag: Omit<PartitionLag, 'status' | 'lagMs'>;
  readonly committed: CommittedOffset | undefined;
  /** When the next record was appended. */
  nextRecordMs: number | undefined;
}

/** Lag and status of everything a group consumes or has committed. Cost: 1 read a partition, and 1 GET each that lags if times are wanted. */
export async function reportLag(input: ReportInput): Promise<GroupLag> {
  const { view, monitor, nowMs } = input;
  const facts = await factsOf(input);
  const names = new Set(facts.map(({ name }) => name));
  if (input.look) {
    monitor.keepOnly(names);
    for (const { name, lag, committed } of facts) monitor.looked(name, lag.endOffset, committed?.offset, nowMs);
  }
  if (input.withTime) await lookAtTimes(facts, input);
  const partitions = facts.map((fact): PartitionLag => {
    const lagMs = fact.nextRecordMs === undefined ? null : Math.max(0, nowMs - fact.nextRecordMs);
    return { ...fact.lag, lagMs, status: statusOf(fact, input) };
  });
  const times = partitions.flatMap(({ lagMs }) => (lagMs === null ? [] : [lagMs]));
  const parts = facts.map(({ name, lag }) => ({ window: monitor.windowOf(name), endOffset: lag.endOffset, lag: lag.lag }));
  return {
    group: view.group.group,
    status: worstStatus(partitions.map(({ status }) => status)),
    lag: partitions.reduce((sum, { lag }) => sum + lag, 0),
    lagMs: times.length === 0 ? null : Math.max(...times),
    utilisation: utilisation(parts, nowMs) ?? null,
    partitions,
  };
}

async function factsOf(input: ReportInput): Promise<readonly Facts[]> {
  const { view, topics, log } = input;
  const byName = new Map(input.committed.map((offset) => [`${offset.topicId}/${offset.partition}`, offset]));
  const names = partitionsOf(input, [...byName.keys()]);
  const bounds = await log.bounds(names.map(partitionOf));
  const owners = holders(view.members);
  const facts = names.flatMap((name, i) => {
    const key = partitionOf(name);
    const fact = topics.withId(key.topicId);
    const bound = bounds[i];
    if (!fact || !bound) return [];
    const committed = byName.get(name);
    const lag = {
      topic: fact.name,
      partition: key.partition,
      committedOffset: committed?.offset ?? null,
      metadata: committed?.metadata ?? '',
      ...bound,
      lag: Math.max(0, bound.endOffset - Math.max(committed?.offset ?? bound.startOffset, bound.startOffset)),
      memberId: ownerOf(view, owners.get(name)),
    };
    return [{ name, lag, committed, nextRecordMs: undefined }];
  });
  // People look for a topic by its name; the sets are in order of ids.
  return facts.sort((a, b) => (a.lag.topic < b.lag.topic ? -1 : a.lag.topic > b.lag.topic ? 1 : a.lag.partition - b.lag.partition));
}

function statusOf({ name, lag, committed, nextRecordMs }: Facts, { view, monitor, nowMs, watched }: ReportInput): LagStatus {
  return partitionStatus({
    window: monitor.windowOf(name),
    endOffset: lag.endOffset,
    lag: lag.lag,
    committed: committed && { atMs: committed.committedAtMs, offset: committed.offset },
    nowMs,
    owned: isOwned(view, lag.memberId),
    stopMs: monitor.stopMs,
    watched,
    nextRecordMs,
  });
}

/** Null where it cannot be told or nothing is wrong: consumers without group, members that know alone what they own, moves. */
function isOwned(view: GroupView, memberId: string | null): boolean | null {
  if (view.group.kind === 'simple') return null;
  if (view.members.size === 0) return false;
  if (view.group.kind === 'classic') return null;
  if (memberId !== null) return true;
  if (phaseOf(view) !== 'stable') return null;
  // A static member that will be back within its session is judged by its commits.
  return [...view.members.values()].some(({ state }) => state === 'away') ? null : false;
}

/**
 * What members subscribe to and what is committed. A group that has lost its members has forgotten what they subscribed to:
 * the topics of its commits stand for it, with all their partitions, or what waits in one without a commit would not show.
 */
function partitionsOf({ view, topics }: ReportInput, committed: readonly PartitionName[]): readonly PartitionName[] {
  const { group } = view;
  const consumed = new Set(subscribedTopics(group.topics, group.patterns, topics.topics));
  if (view.members.size === 0 && group.kind !== 'simple') {
    for (const name of committed) {
      const fact = topics.withId(partitionOf(name).topicId);
      if (fact) consumed.add(fact);
    }
  }
  const all = [...consumed].flatMap((topic) => Array.from({ length: topic.partitions }, (_, p) => `${topic.id}/${p}`));
  return partitionSet([...committed, ...all]);
}

/** Who left for a while holds its partitions and consumes nothing. */
function ownerOf(view: GroupView, memberId: string | undefined): string | null {
  const member = memberId === undefined ? undefined : view.members.get(memberId);
  return member && member.state !== 'away' ? member.memberId : null;
}

async function lookAtTimes(facts: readonly Facts[], { log, timesMax }: ReportInput): Promise<void> {
  const behind = facts.filter(({ lag }) => lag.lag > 0);
  const looked = timesMax === undefined ? behind : behind.sort((a, b) => b.lag.lag - a.lag.lag).slice(0, timesMax);
  let next = 0;
  const worker = async () => {
    for (let fact = looked[next++]; fact !== undefined; fact = looked[next++]) {
      const { topic, partition, committedOffset, startOffset } = fact.lag;
      const offset = Math.max(committedOffset ?? startOffset, startOffset);
      fact.nextRecordMs = await log.timestampAt(topic, partition, offset).catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: TIME_LOOKUPS }, worker));
}

/** The group as a whole. */
export function describeGroup(view: GroupView, topics: TopicIndex, lag: GroupLag): GroupDescription {
  const { group } = view;
  return {
    ...lag,
    kind: group.kind,
    state: phaseOf(view),
    epoch: group.epoch,
    assignmentEpoch: group.assignmentEpoch,
    assignor: group.assignor,
    members: [...view.members.values()].map((member) => describeMember(member, topics)),
  };
}

function describeMember(member: MemberRecord, topics: TopicIndex): DescribedMember {
  return {
    memberId: member.memberId,
    instanceId: member.instanceId ?? null,
    clientId: member.clientId,
    clientHost: member.clientHost,
    zone: member.zone ?? null,
    memberEpoch: member.epoch,
    state: member.state,
    topics: member.topics,
    pattern: member.pattern ?? null,
    assignment: topics.fromSet([...member.assigned].sort(comparePartitions)),
    target: topics.fromSet(member.target),
  };
}
