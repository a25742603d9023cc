/**
 * How a group with members goes from one protocol to the other. Upward a gateway converts what it knows of the classic group; downward
 * it is decided here, since any process may find the last member of the consumer protocol gone. The rules are Kafka's
 * (`ConsumerGroupMigrationPolicy`, `GroupMetadataManager`).
 */
import { type GroupRecord, type GroupView, heldBy, type MemberRecord } from './group-record.ts';
import { partitionSet } from './partition-set.ts';

/** `upgrade`: only from classic to consumer while members are there. `downgrade`: only back. `disabled`: neither, nor members of both. */
export type MigrationPolicy = 'bidirectional' | 'upgrade' | 'downgrade' | 'disabled';
export const MIGRATION_POLICIES = ['bidirectional', 'upgrade', 'downgrade', 'disabled'] as const satisfies readonly MigrationPolicy[];

export function allowsUpgrade(policy: MigrationPolicy): boolean {
  return policy === 'bidirectional' || policy === 'upgrade';
}

export function allowsDowngrade(policy: MigrationPolicy): boolean {
  return policy === 'bidirectional' || policy === 'downgrade';
}

/** Whether these members of a consumer group are all of the classic protocol, and somebody who was there is not any more. */
export function isLeftToClassic(before: GroupView, members: ReadonlyMap<string, MemberRecord>): boolean {
  if (before.group.kind !== 'consumer' || members.size === 0) return false;
  for (const { classic } of members.values()) if (classic === undefined) return false;
  return [...before.members.keys()].some((memberId) => !members.has(memberId));
}

/**
 * The consumer group as a classic one: its epoch is the generation, and nobody has a part in it, so that whoever loads it has the
 * members join again and divide the partitions themselves. What each still has and was meant to have stays in its record until then,
 * for the case that the group becomes a consumer group again before.
 */
export function downgraded({ group, members }: GroupView): GroupView {
  const next: GroupRecord = {
    ...group,
    kind: 'classic',
    assignmentEpoch: group.epoch,
    topics: [...new Set([...members.values()].flatMap(({ topics }) => topics))].sort(),
    patterns: [],
    members: members.size,
    emptySinceMs: null,
    classic: { protocolType: 'consumer', protocol: '', leader: '', synced: false },
  };
  const released = [...members.values()].map((member): [string, MemberRecord] => {
    const classic = { protocols: member.classic?.protocols ?? [], assignment: '' };
    return [
      member.memberId,
      { ...member, state: 'stable', assigned: partitionSet(heldBy(member)), revoking: [], revokeByMs: null, classic },
    ];
  });
  return { group: next, members: new Map(released) };
}
