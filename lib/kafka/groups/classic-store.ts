import { firstMemberVersion, type GroupRecord, type GroupView, type MemberRecord } from '../../core/groups/group-record.ts';
import type { TopicFact } from '../../core/groups/retarget.ts';
import type { ClassicGroup } from './classic-group.ts';
import { ClassicMember, type ClassicProtocol, type MemberIntroduction, NO_ASSIGNMENT } from './classic-member.ts';
import { CONSUMER, readSubscription, writeAssignment } from './consumer-protocol.ts';

/** What of a group has to outlive its coordinator: a copy, since the group goes on while it is written. */
export interface ClassicSnapshot {
  readonly generation: number;
  readonly protocolType: string | null;
  readonly protocol: string | null;
  readonly leader: string | null;
  readonly members: readonly ClassicMember[];
}

export function snapshotOf({ generation, protocolType, protocol, leader, members }: ClassicGroup): ClassicSnapshot {
  const copies = [...members.values()].map((member) => {
    const copy = new ClassicMember(member.id, member.about, 0);
    copy.assignment = member.assignment;
    return copy;
  });
  return { generation, protocolType, protocol, leader, members: copies };
}

/**
 * The group's records with the snapshot in them, as one step of the group; `stale` when the records are ahead, since
 * another process has led the group meanwhile.
 */
export function withSnapshot(
  view: GroupView,
  snapshot: ClassicSnapshot,
  nowMs: number,
): { readonly view: GroupView; readonly answer: 'stored' | 'stale' } {
  const { group } = view;
  if (group.epoch > snapshot.generation || (group.kind === 'consumer' && group.members > 0)) return { view, answer: 'stale' };
  const { protocolType, protocol, leader, generation } = snapshot;
  const members = new Map<string, MemberRecord>();
  for (const member of snapshot.members) members.set(member.id, memberRecord(view, member, snapshot, nowMs));
  const next: GroupRecord = {
    ...group,
    kind: 'classic',
    epoch: generation,
    assignmentEpoch: generation,
    topics: subscribedTopics(snapshot),
    patterns: [],
    members: members.size,
    emptySinceMs: members.size > 0 ? null : (group.emptySinceMs ?? nowMs),
    classic: { protocolType: protocolType ?? '', protocol: protocol ?? '', leader: leader ?? '', synced: members.size > 0 },
  };
  return { view: { group: next, members }, answer: 'stored' };
}

function memberRecord(view: GroupView, member: ClassicMember, { generation }: ClassicSnapshot, nowMs: number): MemberRecord {
  const { about, id, assignment } = member;
  const before = view.members.get(id);
  return {
    ...storedAbout(id, about),
    version: before?.version ?? firstMemberVersion(view.group) - 1,
    topics: [],
    epoch: generation,
    previousEpoch: generation,
    state: 'stable',
    assigned: [],
    revoking: [],
    target: [],
    revokeByMs: null,
    joinedAtMs: before?.joinedAtMs ?? nowMs,
    seenAtMs: nowMs,
    keeper: 'coordinator',
    classic: { protocols: storedProtocols(about.protocols), assignment: assignment.toString('base64') },
  };
}

/** What a member has said about itself, as its record has it in groups of either protocol. */
export function storedAbout(memberId: string, about: MemberIntroduction) {
  const { instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs } = about;
  return { memberId, ...(instanceId === null ? {} : { instanceId }), clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs };
}

export function storedProtocols(protocols: readonly ClassicProtocol[]) {
  return protocols.map(({ name, metadata }) => ({ name, metadata: metadata.toString('base64') }));
}

/** Members as they were when the generation was stored; their sessions begin anew, since nobody knows when they were heard last. */
export function restoredMembers(view: GroupView, now: number, topics: readonly TopicFact[]): readonly ClassicMember[] {
  return [...view.members.values()].flatMap((record) => {
    if (record.classic === undefined) return [];
    const { instanceId = null, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs } = record;
    const protocols = record.classic.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata, 'base64') }));
    const about = { instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols };
    const member = new ClassicMember(record.memberId, about, now + sessionTimeoutMs);
    // In a group that was a consumer group until now a member has what that gave it.
    const given = record.classic.assignment === '' && record.assigned.length > 0;
    member.assignment = given
      ? writeAssignment(record.assigned, topics, protocols[0]?.metadata ?? NO_ASSIGNMENT)
      : Buffer.from(record.classic.assignment, 'base64');
    member.fresh = false;
    return [member];
  });
}

/** The topics that members say they read; they keep those topics' offsets from expiring and from being deleted. */
function subscribedTopics({ protocolType, protocol, members }: ClassicSnapshot): readonly string[] {
  if (protocolType !== CONSUMER) return [];
  // What cannot be read is a client's own business: the group works without.
  return [...new Set(members.flatMap((member) => readSubscription(member.metadataFor(protocol))?.topics ?? []))].sort();
}
