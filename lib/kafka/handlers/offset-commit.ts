import { isStratalogError } from '../../core/errors.ts';
import type { CommittedPartition } from '../../engine/groups/group-request.ts';
import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import { storedGroupId } from '../groups/empty-group.ts';
import { isConsumerGroup } from '../groups/group-kind.ts';
import type { KafkaHandler } from '../handler.ts';
import type { OffsetCommitRequest, OffsetCommitResponseTopic } from '../messages/offset-commit.ts';

const CONSUMER_PROTOCOL_FROM_VERSION = 9;

/** Commits offsets of a member of either protocol, or of a consumer that is none. */
export function offsetCommitHandler(gateway: Gateway): KafkaHandler<'OffsetCommit'> {
  const { engine, classicGroups } = gateway;
  return async ({ connectionId }, request, version) => {
    const refuse = (errorCode: number) => ({ topics: everywhere(request, errorCode) });
    const { memberId, groupInstanceId, generationIdOrMemberEpoch: epoch } = request;
    const groupId = storedGroupId(request.groupId);
    try {
      if (await isConsumerGroup(gateway, groupId)) {
        if (memberId !== '' && version < CONSUMER_PROTOCOL_FROM_VERSION) return refuse(KAFKA_ERROR.UNSUPPORTED_VERSION);
      } else {
        const errorCode = await classicGroups.run(groupId, (group, now) =>
          group.members.size === 0 && epoch >= 0
            ? ERROR_NUMBERS.ILLEGAL_GENERATION
            : group.commitError(memberId, groupInstanceId, epoch, now),
        );
        if (errorCode !== KAFKA_ERROR.NONE) return refuse(errorCode);
      }
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
      return { topics: answered(request, answers) };
    } catch (error) {
      return refuse(commitErrorNumber(error));
    }
  };
}

/** A heartbeat in a wrong epoch fences the member; a commit in one is only told that it is stale (KIP-848). */
function commitErrorNumber(error: unknown): number {
  return isStratalogError(error, 'FENCED_MEMBER_EPOCH') ? ERROR_NUMBERS.STALE_MEMBER_EPOCH : errorNumber(error);
}

function answered(request: OffsetCommitRequest, answers: readonly CommittedPartition[]): readonly OffsetCommitResponseTopic[] {
  let at = 0;
  return request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => {
      const error = answers[at++]?.error;
      return { partitionIndex, errorCode: error === undefined ? KAFKA_ERROR.NONE : commitErrorNumber(error) };
    }),
  }));
}

function everywhere(request: OffsetCommitRequest, errorCode: number): readonly OffsetCommitResponseTopic[] {
  return request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
  }));
}
