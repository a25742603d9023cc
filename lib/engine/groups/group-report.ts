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
}

/** Reads under way at once for the times of next records. */
const TIME_LOOKUPS = 16;

/** Lag and status of everything a group consumes or has committed. Cost: 1 read a partition, and 1 GET each that lags if times are wanted. */
export async function reportLag(input: ReportInput): Promise<GroupLag> {
  const { view, topics, committed, monitor, log, nowMs } = input;
  const byName = new Map(committed.map((offset) => [`${offset.topicId}/${offset.partition}`, offset]));
  const names = partitionsOf(input, [...byName.keys()]);
  const bounds = await log.bounds(names.map(partitionOf));
  const owners = holders(view.members);
  const partitions: PartitionLag[] = names.flatMap((name, i) => {
    const key = partitionOf(name);
    const fact = topics.withId(key.topicId);
    const bound = bounds[i];
    if (!fact || !bound) return [];
    monitor.ended(name, bound.endOffset);
    const offset = byName.get(name);
    const lag = Math.max(0, bound.endOffset - Math.max(offset?.offset ?? bound.startOffset, bound.startOffset));
    const memberId = ownerOf(view, owners.get(name));
    const owned = view.members.size === 0 || view.group.kind === 'classic' ? null : memberId !== null;
    const status = partitionStatus({ window: monitor.windowOf(name), lag, nowMs, owned });
    return [
      {
        topic: fact.name,
        partition: key.partition,
        committedOffset: offset?.offset ?? null,
        metadata: offset?.metadata ?? '',
        startOffset: bound.startOffset,
        endOffset: bound.endOffset,
        lag,
        lagMs: null,
        memberId,
        status,
      },
    ];
  });
  const timed = input.withTime ? await withTimes(partitions, input) : partitions;
  const times = timed.flatMap((partition) => (partition.lagMs === null ? [] : [partition.lagMs]));
  return {
    group: view.group.group,
    status: groupStatus(view, timed),
    lag: timed.reduce((sum, partition) => sum + partition.lag, 0),
    lagMs: times.length === 0 ? null : Math.max(...times),
    utilisation: utilisation(names.map((name, i) => ({ window: monitor.windowOf(name), lag: partitions[i]?.lag }))) ?? null,
    partitions: timed,
  };
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

function groupStatus(view: GroupView, partitions: readonly PartitionLag[]): LagStatus {
  // While partitions move from hand to hand some have no owner, and nothing is wrong.
  const settled = phaseOf(view) === 'stable' || phaseOf(view) === 'empty';
  return worstStatus(partitions.map((p) => (!settled && p.memberId === null && p.status === 'ERROR' ? 'OK' : p.status)));
}

async function withTimes(partitions: readonly PartitionLag[], { log, nowMs, timesMax }: ReportInput): Promise<readonly PartitionLag[]> {
  const timed = [...partitions];
  const behind = partitions.flatMap((p, at) => (p.lag === 0 ? [] : [{ p, at }]));
  const looked = timesMax === undefined ? behind : behind.sort((a, b) => b.p.lag - a.p.lag).slice(0, timesMax);
  let next = 0;
  const worker = async () => {
    for (let found = looked[next++]; found !== undefined; found = looked[next++]) {
      const { p, at } = found;
      const offset = Math.max(p.committedOffset ?? p.startOffset, p.startOffset);
      const timestamp = await log.timestampAt(p.topic, p.partition, offset).catch(() => undefined);
      if (timestamp !== undefined) timed[at] = { ...p, lagMs: Math.max(0, nowMs - timestamp) };
    }
  };
  await Promise.all(Array.from({ length: TIME_LOOKUPS }, worker));
  return timed;
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
