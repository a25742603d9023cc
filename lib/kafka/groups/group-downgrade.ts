import type { GroupView, MemberRecord } from '../../core/groups/group-record.ts';
import { samePartitions } from '../../core/groups/partition-set.ts';
import type { StepInput } from '../../core/groups/retarget.ts';
import { electProtocol } from './classic-member.ts';
import { restoredMembers } from './classic-store.ts';
import { writeAssignment } from './consumer-protocol.ts';

/**
 * The classic group that a consumer group has become when the new process of a static member came by the classic protocol, with the parts
 * that members had: nobody need join again. Undefined when somebody's part is not what it was meant to be, or the newcomer reads
 * something else, so that the partitions must be divided anew.
 */
export function keptByReplacement(
  before: GroupView,
  after: GroupView,
  replaced: MemberRecord | undefined,
  input: StepInput,
): GroupView | undefined {
  if (replaced === undefined || before.group.assignmentEpoch !== before.group.epoch) return undefined;
  for (const member of before.members.values()) {
    const settled = member === replaced || (member.state === 'stable' && member.epoch === before.group.epoch);
    if (!settled || !samePartitions(member.assigned, member.target) || member.revoking.length > 0) return undefined;
  }
  const heir = [...after.members.values()].find(({ instanceId }) => instanceId === replaced.instanceId);
  if (heir === undefined || replaced.pattern !== undefined || heir.topics.join('\n') !== replaced.topics.join('\n')) return undefined;
  const protocol = electProtocol(restoredMembers(after, 0, input.topics)) ?? '';
  const members = [...after.members.values()].map((member): [string, MemberRecord] => {
    const protocols = member.classic?.protocols ?? [];
    const metadata = Buffer.from(protocols.find(({ name }) => name === protocol)?.metadata ?? '', 'base64');
    const assignment = writeAssignment(member.target, input.topics, metadata).toString('base64');
    return [member.memberId, { ...member, classic: { protocols, assignment } }];
  });
  // Somebody who was there before leads: the newcomer would divide the partitions because it does.
  const leader = members.find(([memberId]) => memberId !== heir.memberId)?.[0] ?? heir.memberId;
  return { group: { ...after.group, classic: { protocolType: 'consumer', protocol, leader, synced: true } }, members: new Map(members) };
}
