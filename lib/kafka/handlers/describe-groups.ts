import type { GroupView } from '../../core/groups/group-record.ts';
import { GROUP_OPERATIONS, NOT_ASKED } from '../authorized-operations.ts';
import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import type { ClassicGroup } from '../groups/classic-group.ts';
import { NO_ASSIGNMENT } from '../groups/classic-member.ts';
import { storedGroup } from '../groups/group-kind.ts';
import { groupStateOf, groupTypeOf } from '../groups/group-state.ts';
import type { KafkaHandler } from '../handler.ts';
import type { DescribedGroup, DescribedGroupMember } from '../messages/describe-groups.ts';

const NOT_FOUND_FROM_VERSION = 6;

/** Describes classic groups with their members; one that is not there is `Dead`, as is one of the consumer protocol. */
export function describeGroupsHandler(gateway: Gateway): KafkaHandler<'DescribeGroups'> {
  const { engine, classicGroups } = gateway;
  return async (_context, { groups, includeAuthorizedOperations }, version) => {
    const authorizedOperations = includeAuthorizedOperations ? GROUP_OPERATIONS : NOT_ASKED;
    return { groups: await Promise.all(groups.map(async (group) => ({ ...told(await one(group), version), authorizedOperations }))) };
  };

  async function one(groupId: string): Promise<DescribedGroup> {
    try {
      const owner = await engine.groups.coordinatorOf(groupId);
      if (owner !== engine.groups.settings.owner) return without(groupId, '', ERROR_NUMBERS.NOT_COORDINATOR);
      const classic = classicGroups.known(groupId);
      const view = await storedGroup(gateway, groupId);
      const groupState = groupStateOf(view, classic);
      if (groupState === 'Dead' || view === undefined) return without(groupId, groupState);
      if (classic === undefined && groupTypeOf(view) !== 'classic') return without(groupId, 'Dead');
      const protocolType = classic?.protocolType ?? view.group.classic?.protocolType ?? '';
      const named = { errorCode: KAFKA_ERROR.NONE, groupId, groupState, protocolType };
      if (classic !== undefined) return { ...named, protocolData: protocolOf(classic), members: membersOf(classic) };
      return { ...named, protocolData: view.members.size > 0 ? (view.group.classic?.protocol ?? '') : '', members: storedMembers(view) };
    } catch (error) {
      return without(groupId, '', errorNumber(error));
    }
  }
}

/** Since version 6 a group that is not there is an error, with words. */
function told(group: DescribedGroup, version: number): DescribedGroup {
  if (version < NOT_FOUND_FROM_VERSION || group.errorCode !== KAFKA_ERROR.NONE || group.groupState !== 'Dead') return group;
  return { ...group, errorCode: ERROR_NUMBERS.GROUP_ID_NOT_FOUND, errorMessage: `Group ${group.groupId} is not a classic group.` };
}

function without(groupId: string, groupState: string, errorCode: number = KAFKA_ERROR.NONE): DescribedGroup {
  return { errorCode, groupId, groupState, protocolType: '', protocolData: '', members: [] };
}

/** While a group is on the move there is no protocol that all of it speaks. */
function protocolOf({ state, protocol }: ClassicGroup): string {
  return state === 'Stable' ? (protocol ?? '') : '';
}

function membersOf({ members, state, protocol }: ClassicGroup): readonly DescribedGroupMember[] {
  return [...members.values()].map(({ id, about, assignment }) => ({
    memberId: id,
    groupInstanceId: about.instanceId,
    clientId: about.clientId,
    clientHost: about.clientHost,
    memberMetadata: state === 'Stable' ? (about.protocols.find(({ name }) => name === protocol)?.metadata ?? NO_ASSIGNMENT) : NO_ASSIGNMENT,
    memberAssignment: state === 'Stable' ? assignment : NO_ASSIGNMENT,
  }));
}

function storedMembers({ group, members }: GroupView): readonly DescribedGroupMember[] {
  return [...members.values()].map(({ memberId, instanceId, clientId, clientHost, classic }) => ({
    memberId,
    groupInstanceId: instanceId ?? null,
    clientId,
    clientHost,
    memberMetadata: Buffer.from(classic?.protocols.find(({ name }) => name === group.classic?.protocol)?.metadata ?? '', 'base64'),
    memberAssignment: Buffer.from(classic?.assignment ?? '', 'base64'),
  }));
}
