import type { CommittedPartition } from '../../engine/groups/group-request.ts';
import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import { askGroup } from '../groups/classic-door.ts';
import { storedGroupId } from '../groups/empty-group.ts';
import { isMixed } from '../groups/mixed-group.ts';
import { LED_BY_MEMBERS } from '../groups/mixed-groups.ts';
import type { KafkaHandler } from '../handler.ts';
import type { OffsetCommitRequest, OffsetCommitResponseTopic } from '../messages/offset-commit.ts';

const CONSUMER_PROTOCOL_FROM_VERSION = 9;

/** Commits offsets of a member of either protocol, or of a consumer that is none. */
export function offsetCommitHandler(gateway: Gateway): KafkaHandler<'OffsetCommit'> {
  const { engine } = gateway;
  return async ({ connectionId }, request, version) => {
    const refuse = (errorCode: number) => ({ topics: everywhere(request, errorCode) });
    const { memberId, groupInstanceId, generationIdOrMemberEpoch: epoch } = request;
    const groupId = storedGroupId(request.groupId);
    let fencedAs: number = ERROR_NUMBERS.STALE_MEMBER_EPOCH;
    try {
      const errorCode = await askGroup<number>(
        gateway,
        groupId,
        (group, now) =>
          group.members.size === 0 && epoch >= 0
            ? ERROR_NUMBERS.ILLEGAL_GENERATION
            : group.commitError(memberId, groupInstanceId, epoch, now),
        async () => {
          const view = await engine.groups.view(groupId);
          if (!isMixed(view)) return LED_BY_MEMBERS;
          const member = view.members.get(memberId);
          if (member?.classic !== undefined) fencedAs = ERROR_NUMBERS.ILLEGAL_GENERATION;
          else if (member !== undefined && version < CONSUMER_PROTOCOL_FROM_VERSION) return KAFKA_ERROR.UNSUPPORTED_VERSION;
          return KAFKA_ERROR.NONE;
        },
      );
      if (errorCode !== KAFKA_ERROR.NONE) return refuse(errorCode);
      const asked = request.topics.flatMap(({ name, partitions }) =>
        partitions.map((one) => ({
          topic: name,
          partition: one.partitionIndex,
          offset: one.committedOffset,
          leaderEpoch: one.committedLeaderEpoch,
          metadata: one.committedMetadata ?? '',
        })),
      );
      const answers = await engine.groups.commit({
        group: groupId,
        // Without an epoch it is nobody's commit, though a client that may become a member names itself; taken while nobody is one.
        ...(memberId === '' || epoch < 0 ? {} : { memberId, memberEpoch: epoch }),
        ...(groupInstanceId === null ? {} : { instanceId: groupInstanceId }),
        order: connectionId,
        offsets: asked,
        checkEnd: false,
      });
      return { topics: answered(request, answers, fencedAs) };
    } catch (error) {
      return refuse(commitErrorNumber(error, fencedAs));
    }
  };
}

/** A heartbeat in a wrong epoch fences the member; a commit in one is only told that it is stale (KIP-848), in its own protocol's word. */
function commitErrorNumber(error: unknown, fencedAs: number): number {
  const number = errorNumber(error);
  return number === ERROR_NUMBERS.FENCED_MEMBER_EPOCH || number === ERROR_NUMBERS.STALE_MEMBER_EPOCH ? fencedAs : number;
}

function answered(
  request: OffsetCommitRequest,
  answers: readonly CommittedPartition[],
  fencedAs: number,
): readonly OffsetCommitResponseTopic[] {
  let at = 0;
  return request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => {
      const error = answers[at++]?.error;
      return { partitionIndex, errorCode: error === undefined ? KAFKA_ERROR.NONE : commitErrorNumber(error, fencedAs) };
    }),
  }));
}

function everywhere(request: OffsetCommitRequest, errorCode: number): readonly OffsetCommitResponseTopic[] {
  return request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
  }));
}
