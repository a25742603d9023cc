import { GROUP_SESSION_TIMEOUT_MS_MAX } from '../../core/limits.ts';
import { ERROR_NUMBERS, errorNumber } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import { askGroup } from '../groups/classic-door.ts';
import { refusedJoin } from '../groups/classic-group.ts';
import { answerWithin } from '../groups/group-reply.ts';
import { LED_BY_MEMBERS } from '../groups/mixed-groups.ts';
import type { KafkaHandler } from '../handler.ts';
import type { JoinGroupRequest, JoinGroupResponse } from '../messages/join-group.ts';

/** From here on a member is told its id before it is counted (KIP-394). */
const KNOWN_ID_FROM_VERSION = 4;
const SKIP_ASSIGNMENT_FROM_VERSION = 9;
/** Up to here the name of the protocol may not be null. */
const PROTOCOL_NAME_NEEDED_TO_VERSION = 6;

/** Joins by the classic protocol; answered when the rebalance has gathered everybody, or at once in a consumer group. */
export function joinGroupHandler(gateway: Gateway): KafkaHandler<'JoinGroup'> {
  const { settings } = gateway;
  return async ({ clientId, client, signal }, request, version) => {
    const answer = await join(request, version, clientId ?? '', client.host, signal);
    if (answer === null || version > PROTOCOL_NAME_NEEDED_TO_VERSION) return answer;
    return { ...answer, protocolName: answer.protocolName ?? '' };
  };

  async function join(request: JoinGroupRequest, version: number, clientId: string, host: string, signal: AbortSignal) {
    const { groupId, memberId, sessionTimeoutMs, groupInstanceId, protocolType, protocols } = request;
    const refuse = (errorCode: number): JoinGroupResponse => refusedJoin(errorCode, memberId);
    if (groupId === '') return refuse(ERROR_NUMBERS.INVALID_GROUP_ID);
    if (sessionTimeoutMs < settings.sessionTimeoutMsMin || sessionTimeoutMs > GROUP_SESSION_TIMEOUT_MS_MAX) {
      return refuse(ERROR_NUMBERS.INVALID_SESSION_TIMEOUT);
    }
    const asked = {
      memberId,
      instanceId: groupInstanceId,
      clientId,
      clientHost: `/${host}`,
      sessionTimeoutMs,
      // Version 0 has one time for both.
      rebalanceTimeoutMs: request.rebalanceTimeoutMs < 0 ? sessionTimeoutMs : request.rebalanceTimeoutMs,
      protocolType,
      // Copies: they outlive the request, whose buffer would be kept with them.
      protocols: protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
      needsKnownId: version >= KNOWN_ID_FROM_VERSION,
      maySkipAssignment: version >= SKIP_ASSIGNMENT_FROM_VERSION,
    };
    try {
      return await answerWithin<JoinGroupResponse>(signal, (reply) =>
        askGroup<unknown>(
          gateway,
          groupId,
          (group, now) => group.join(asked, now, reply),
          async (groups) => {
            const answer = await groups.join(groupId, asked);
            if (answer !== LED_BY_MEMBERS) reply(answer);
            return answer;
          },
        ),
      );
    } catch (error) {
      return refuse(errorNumber(error));
    }
  }
}
