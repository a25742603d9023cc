import { ERROR_NUMBERS, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import { askGroup } from '../groups/classic-door.ts';
import type { KafkaHandler } from '../handler.ts';
import { memberErrorNumber } from './sync-group.ts';

const MANY_FROM_VERSION = 3;

/** Takes members out of a group at once; since version 3 several, and static ones by their instance id. */
export function leaveGroupHandler(gateway: Gateway): KafkaHandler<'LeaveGroup'> {
  return async (_context, { groupId, memberId, members }, version) => {
    if (groupId === '') return { errorCode: ERROR_NUMBERS.INVALID_GROUP_ID, members: [] };
    const leaving = version >= MANY_FROM_VERSION ? members : [{ memberId, groupInstanceId: null }];
    try {
      const answers = await askGroup(
        gateway,
        groupId,
        (group, now) =>
          leaving.map(({ memberId: id, groupInstanceId }) => ({
            memberId: id,
            groupInstanceId,
            errorCode: group.leave(id, groupInstanceId, now),
          })),
        (groups) => groups.leave(groupId, leaving),
      );
      if (version >= MANY_FROM_VERSION) return { errorCode: KAFKA_ERROR.NONE, members: answers };
      return { errorCode: answers[0]?.errorCode ?? KAFKA_ERROR.NONE };
    } catch (error) {
      return { errorCode: memberErrorNumber(error), members: [] };
    }
  };
}
