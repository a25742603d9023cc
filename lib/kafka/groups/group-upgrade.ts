import { firstMemberVersion, type GroupRecord, type GroupView, type MemberRecord } from '../../core/groups/group-record.ts';
import { allowsUpgrade, type MigrationPolicy } from '../../core/groups/migration.ts';
import { NO_PARTITIONS, type PartitionSet, union, without } from '../../core/groups/partition-set.ts';
import type { StepInput, TopicFact } from '../../core/groups/retarget.ts';
import { GROUP_MEMBERS_MAX } from '../../core/limits.ts';
import type { ClassicMember } from './classic-member.ts';
import { type ClassicSnapshot, storedAbout, storedProtocols } from './classic-store.ts';
import { CONSUMER, readAssignment, readSubscription, setOf } from './consumer-protocol.ts';

/** What a member of a classic group reads and may be consuming. */
interface Part {
  readonly member: ClassicMember;
  readonly topics: readonly string[];
  readonly zone: string | null;
  readonly assigned: PartitionSet;
  /** What it said that it owned when it joined last: who rebalances cooperatively gives it up only after it has seen its new part. */
  readonly claimed: PartitionSet;
  /** The generation in which it got what it claims, as it says itself. */
  readonly since: number;
}

export type Upgrade = { readonly kind: 'upgraded'; readonly view: GroupView } | { readonly kind: 'refused'; readonly why: string };

/**
 * The classic group as a consumer group whose members go on by the classic protocol: the generation is the epoch, and each owns what its
 * leader gave it. Refused as Kafka refuses it (`GroupMetadataManager.validateOnlineUpgrade`, `ConsumerGroup.fromClassicGroup`).
 */
export function upgraded(view: GroupView, snapshot: ClassicSnapshot, policy: MigrationPolicy, input: StepInput): Upgrade {
  const { group } = view;
  const refuse = (why: string): Upgrade => ({
    kind: 'refused',
    why: `Cannot upgrade classic group ${group.group} to consumer group because ${why}.`,
  });
  if (snapshot.members.length === 0 || group.kind === 'consumer') return { kind: 'upgraded', view };
  if (!allowsUpgrade(policy)) return refuse('online upgrade is disabled');
  if (snapshot.protocolType !== CONSUMER) return refuse('the group does not use the consumer embedded protocol');
  if (snapshot.members.length > GROUP_MEMBERS_MAX) return refuse('the group size exceeds the consumer group maximum size');
  const parts: Part[] = [];
  for (const member of snapshot.members) {
    const part = partOf(member, snapshot, input.topics);
    if (typeof part === 'string') return refuse(part);
    parts.push(part);
  }
  const epoch = Math.max(1, snapshot.generation);
  const next: GroupRecord = {
    ...withoutClassic(group),
    kind: 'consumer',
    epoch,
    assignmentEpoch: epoch,
    // What targets were computed for is not known: the member that joins has them computed anew.
    inputs: '',
    topics: [...new Set(parts.flatMap(({ topics }) => topics))].sort(),
    patterns: [],
    members: parts.length,
    emptySinceMs: null,
  };
  const owned = ownedBy(parts);
  const members = parts.map((part): [string, MemberRecord] => [
    part.member.id,
    recordOf(view, part, owned.get(part) ?? NO_PARTITIONS, epoch, input),
  ]);
  return { kind: 'upgraded', view: { group: next, members: new Map(members) } };
}

function withoutClassic({ classic: _, ...group }: GroupRecord): GroupRecord {
  return group;
}

function partOf(member: ClassicMember, { protocol }: ClassicSnapshot, topics: readonly TopicFact[]): Part | string {
  const metadata = member.metadataFor(protocol);
  // A group that is gathering may have no protocol yet, or one that a newcomer does not know.
  const subscription = readSubscription(metadata.length > 0 ? metadata : (member.about.protocols[0]?.metadata ?? metadata));
  const assignment = member.assignment.length === 0 ? { assignedPartitions: [], userData: null } : readAssignment(member.assignment);
  if (subscription === undefined || assignment === undefined) return 'the embedded consumer protocol is malformed';
  if (assignment.userData !== null && assignment.userData.length > 0) return 'an unsupported custom assignor is in use';
  const { topics: names, rackId: zone, generationId: since } = subscription;
  const assigned = setOf(assignment.assignedPartitions, topics);
  return { member, topics: [...new Set(names)].sort(), zone, assigned, claimed: setOf(subscription.ownedPartitions, topics), since };
}

/**
 * What each member may be consuming: what its leader gave it, and what it claims and nobody was given, which is all there is in the middle
 * of a rebalance. What two members have after a leader's mistake or by an old claim, belongs to one of them; the other gives it up.
 */
function ownedBy(parts: readonly Part[]): ReadonlyMap<Part, PartitionSet> {
  const taken = new Set<string>();
  const owned = new Map<Part, PartitionSet>();
  const take = (part: Part, set: PartitionSet) => {
    const free = without(set, taken);
    for (const partition of free) taken.add(partition);
    owned.set(part, union(owned.get(part) ?? NO_PARTITIONS, free));
  };
  for (const part of parts) take(part, part.assigned);
  for (const part of [...parts].sort((a, b) => b.since - a.since)) take(part, part.claimed);
  return owned;
}

function recordOf(view: GroupView, { member, topics, zone }: Part, owned: PartitionSet, epoch: number, input: StepInput): MemberRecord {
  const before = view.members.get(member.id);
  return {
    ...storedAbout(member.id, member.about),
    version: before?.version ?? firstMemberVersion(view.group) - 1,
    ...(zone === null || zone === '' ? {} : { zone }),
    topics,
    epoch,
    previousEpoch: epoch,
    state: 'stable',
    assigned: owned,
    revoking: [],
    target: owned,
    revokeByMs: null,
    joinedAtMs: before?.joinedAtMs ?? input.nowMs,
    seenAtMs: input.nowMs,
    keeper: input.keeper,
    classic: { protocols: storedProtocols(member.about.protocols), assignment: member.assignment.toString('base64') },
  };
}
