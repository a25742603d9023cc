import { ERROR_NUMBERS } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import { askGroup } from '../groups/classic-door.ts';
import type { KafkaHandler } from '../handler.ts';
import { memberErrorNumber } from './sync-group.ts';

/** A sign of life of a classic member; the answer tells it to join again while a rebalance is under way. */
export function heartbeatHandler(gateway: Gateway): KafkaHandler<'Heartbeat'> {
  return async (_context, { groupId, memberId, groupInstanceId, generationId }) => {
    if (groupId === '') return { errorCode: ERROR_NUMBERS.INVALID_GROUP_ID };
    try {
      const errorCode = await askGroup(
        gateway,
        groupId,
        (group, now) => group.heartbeat(memberId, groupInstanceId, generationId, now),
        (groups) => groups.heartbeat(groupId, memberId, groupInstanceId, generationId),
      );
      return { errorCode };
    } catch (error) {
      return { errorCode: memberErrorNumber(error) };
    }
  };
}
