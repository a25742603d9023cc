import { ERROR_NUMBERS, errorNumber } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import { askGroup } from '../groups/classic-door.ts';
import { refusedSync } from '../groups/classic-group.ts';
import { answerWithin } from '../groups/group-reply.ts';
import { LED_BY_MEMBERS } from '../groups/mixed-groups.ts';
import type { KafkaHandler } from '../handler.ts';
import type { SyncGroupResponse } from '../messages/sync-group.ts';

const PROTOCOL_NEEDED_FROM_VERSION = 5;

/** Brings the leader's division of the partitions to the group, and to each member its part; in a consumer group nobody leads. */
export function syncGroupHandler(gateway: Gateway): KafkaHandler<'SyncGroup'> {
  return async ({ signal }, request, version) => {
    if (request.groupId === '') return refusedSync(ERROR_NUMBERS.INVALID_GROUP_ID);
    const unnamed = request.protocolType === null || request.protocolName === null;
    if (version >= PROTOCOL_NEEDED_FROM_VERSION && unnamed) return refusedSync(ERROR_NUMBERS.INCONSISTENT_GROUP_PROTOCOL);
    // Copies: assignments outlive the request, whose buffer would be kept with them.
    const assignments = request.assignments.map(({ memberId, assignment }) => ({ memberId, assignment: Buffer.from(assignment) }));
    const asked = { ...request, assignments };
    try {
      return await answerWithin<SyncGroupResponse>(signal, (reply) =>
        askGroup<unknown>(
          gateway,
          request.groupId,
          (group, now) => group.sync(asked, now, reply),
          async (groups) => {
            const answer = await groups.sync(asked);
            if (answer !== LED_BY_MEMBERS) reply(answer);
            return answer;
          },
        ),
      );
    } catch (error) {
      return refusedSync(memberErrorNumber(error));
    }
  };
}

/** A member of a group that is gone is told that it is none. */
export function memberErrorNumber(error: unknown): number {
  const number = errorNumber(error);
  return number === ERROR_NUMBERS.GROUP_ID_NOT_FOUND ? ERROR_NUMBERS.UNKNOWN_MEMBER_ID : number;
}
