/** Targets: computed anew when members, subscriptions, assignor or partitions have changed, and only then. */
import type { TopicId } from '../ids.ts';
import { murmur2 } from '../murmur2.ts';
import type { AssignorMember } from './assignor.ts';
import { ASSIGNORS } from './assignors.ts';
import { ASSIGNOR_NAMES, type AssignorName, type GroupRecord, type GroupView, type MemberRecord } from './group-record.ts';
import { type PartitionName, samePartitions } from './partition-set.ts';
import { compileTopicPattern } from './topic-pattern.ts';

const ENCODER = new TextEncoder();

/** A topic as the groups see it. */
export interface TopicFact {
  readonly id: TopicId;
  readonly name: string;
  readonly partitions: number;
}

/** What a step needs to know of the world. */
export interface StepInput {
  readonly nowMs: number;
  readonly topics: readonly TopicFact[];
  readonly zoneOf?: (partition: PartitionName) => string | undefined;
  readonly keeper: MemberRecord['keeper'];
  /** Whether a group that only members of the classic protocol are left in goes back to it. Default: it stays a consumer group. */
  readonly downgrade?: boolean;
}

/** The group and its members with targets for the newest epoch. `force` asks for a new epoch in any case. */
export function retarget(group: GroupRecord, members: ReadonlyMap<string, MemberRecord>, input: StepInput, force: boolean): GroupView {
  const all = [...members.values()];
  if (all.length === 0 && group.members === 0) return { group, members };
  // Members of the classic protocol divide the partitions among themselves.
  if (group.kind === 'classic' && all.some(({ classic }) => classic !== undefined)) return { group, members };
  const topics = [...new Set(all.flatMap((member) => member.topics))].sort();
  const patterns = [...new Set(all.flatMap((member) => (member.pattern === undefined ? [] : [member.pattern])))].sort();
  const subscribed = subscribedTopics(topics, patterns, input.topics);
  const assignor = preferredAssignor(all);
  const inputs = inputsHash(all, subscribed, assignor);
  const emptySinceMs = all.length > 0 ? null : (group.emptySinceMs ?? input.nowMs);
  const described: GroupRecord = { ...group, topics, patterns, members: all.length, emptySinceMs, assignor };
  if (inputs === group.inputs && !force && group.assignmentEpoch === group.epoch) {
    return { group: sameDescription(group, described) ? group : described, members };
  }
  const epoch = group.epoch + 1;
  const targets = targetsOf(all, subscribed, assignor, input);
  const next = new Map<string, MemberRecord>();
  for (const member of all) {
    const target = targets.get(member.memberId) ?? [];
    next.set(member.memberId, samePartitions(target, member.target) ? member : { ...member, target });
  }
  const kind = all.length > 0 ? 'consumer' : group.kind;
  return { group: { ...described, kind, epoch, assignmentEpoch: epoch, inputs }, members: next };
}

function sameDescription(a: GroupRecord, b: GroupRecord): boolean {
  return (
    a.members === b.members &&
    a.emptySinceMs === b.emptySinceMs &&
    a.assignor === b.assignor &&
    same(a.topics, b.topics) &&
    same(a.patterns, b.patterns)
  );
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}

/** Topics that exist and that a name or a pattern asks for. */
export function subscribedTopics(
  names: readonly string[],
  patterns: readonly string[],
  topics: readonly TopicFact[],
): readonly TopicFact[] {
  const wanted = new Set(names);
  const matchers = patterns.map(compileTopicPattern);
  return topics.filter((topic) => wanted.has(topic.name) || matchers.some((matches) => matches(topic.name)));
}

/** The assignor most members ask for; uniform where they do not say or are evenly split. Members of the classic protocol cannot ask. */
function preferredAssignor(members: readonly MemberRecord[]): AssignorName {
  let best: AssignorName = 'uniform';
  let votes = 0;
  for (const name of ASSIGNOR_NAMES) {
    const count = members.filter(({ classic, assignor }) => classic === undefined && (assignor ?? 'uniform') === name).length;
    if (count > votes) {
      best = name;
      votes = count;
    }
  }
  return best;
}

/** Static members count by instance, so that a restarted one changes nothing. */
function inputsHash(members: readonly MemberRecord[], topics: readonly TopicFact[], assignor: AssignorName): string {
  const lines = members.map((m) => `m ${m.instanceId ?? m.memberId} ${m.zone ?? ''} ${m.pattern ?? ''} ${m.topics.join(',')}`).sort();
  return `${hashOf([assignor, ...lines].join('\n'))}:${hashOfTopics(topics)}`;
}

/** Whether the topics of a group have changed; told from its record alone, without its members. */
export function topicsChanged(group: GroupRecord, topics: readonly TopicFact[]): boolean {
  if (group.members === 0 || group.kind === 'classic') return false;
  return group.inputs.split(':')[1] !== hashOfTopics(subscribedTopics(group.topics, group.patterns, topics));
}

function hashOfTopics(topics: readonly TopicFact[]): string {
  return hashOf(
    topics
      .map((topic) => `${topic.id} ${topic.partitions}`)
      .sort()
      .join('\n'),
  );
}

function hashOf(text: string): string {
  const hex = (part: string) => (murmur2(ENCODER.encode(part)) >>> 0).toString(16).padStart(8, '0');
  return hex(text) + hex(`${text}\n#`);
}

function targetsOf(members: readonly MemberRecord[], topics: readonly TopicFact[], assignor: AssignorName, input: StepInput) {
  const ids = new Map<string, ReadonlySet<TopicId>>();
  const topicsOf = (member: MemberRecord): ReadonlySet<TopicId> => {
    const key = `${member.pattern ?? ''}\n${member.topics.join(',')}`;
    const known =
      ids.get(key) ??
      new Set(subscribedTopics(member.topics, member.pattern === undefined ? [] : [member.pattern], topics).map((t) => t.id));
    ids.set(key, known);
    return known;
  };
  const described = members.map(
    (member): AssignorMember => ({
      memberId: member.memberId,
      ...(member.instanceId === undefined ? {} : { instanceId: member.instanceId }),
      ...(member.zone === undefined ? {} : { zone: member.zone }),
      topics: topicsOf(member),
      current: member.target,
    }),
  );
  return ASSIGNORS[assignor]({ members: described, topics, ...(input.zoneOf === undefined ? {} : { zoneOf: input.zoneOf }) });
}
