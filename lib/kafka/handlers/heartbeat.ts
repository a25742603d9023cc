import { ERROR_NUMBERS } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';
import { memberErrorNumber } from './sync-group.ts';

/** A sign of life of a classic member; the answer tells it to join again while a rebalance is under way. */
export function heartbeatHandler({ classicGroups }: Gateway): KafkaHandler<'Heartbeat'> {
  return async (_context, { groupId, memberId, groupInstanceId, generationId }) => {
    if (groupId === '') return { errorCode: ERROR_NUMBERS.INVALID_GROUP_ID };
    try {
      const beat = await classicGroups.run(groupId, (group, now) => group.heartbeat(memberId, groupInstanceId, generationId, now));
      return { errorCode: beat };
    } catch (error) {
      return { errorCode: memberErrorNumber(error) };
    }
  };
}
