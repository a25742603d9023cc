import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import { storedGroupId } from '../groups/empty-group.ts';
import { storedGroup } from '../groups/group-kind.ts';
import type { KafkaHandler } from '../handler.ts';
import type { OffsetFetchRequestGroup, OffsetFetchResponseGroup } from '../messages/offset-fetch.ts';

const GROUPS_FROM_VERSION = 8;
const NO_OFFSET = { committedOffset: -1, committedLeaderEpoch: -1, metadata: '' };

type Wanted = readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[];

/** Answers what a group has committed: of the partitions asked for, or of all. Nothing committed is offset -1 and no error. */
export function offsetFetchHandler(gateway: Gateway): KafkaHandler<'OffsetFetch'> {
  const { engine } = gateway;
  return async (_context, request, version) => {
    if (version >= GROUPS_FROM_VERSION) return { groups: await Promise.all(request.groups.map(one)) };
    const { topics, groupId } = request;
    const { topics: found, errorCode = KAFKA_ERROR.NONE } = await one({ groupId, memberId: null, memberEpoch: -1, topics: named(topics) });
    const shown = found.map(({ name = '', partitions }) => ({ name, partitions }));
    // Version 1 has no error but those of partitions.
    if (errorCode !== KAFKA_ERROR.NONE && version < 2) return { topics: refused(topics ?? [], errorCode) };
    return { topics: shown, errorCode };
  };

  async function one({ groupId, ...asked }: OffsetFetchRequestGroup): Promise<OffsetFetchResponseGroup> {
    return { ...(await stored({ ...asked, groupId: storedGroupId(groupId) })), groupId };
  }

  async function stored({ groupId, memberId, memberEpoch, topics }: OffsetFetchRequestGroup): Promise<OffsetFetchResponseGroup> {
    try {
      // Asking for the coordinator also takes the lease, as the client expects of whom it asks.
      const owner = await engine.groups.coordinatorOf(groupId);
      if (owner !== engine.groups.settings.owner) return { groupId, topics: [], errorCode: ERROR_NUMBERS.NOT_COORDINATOR };
      const errorCode = memberId === null || memberEpoch < 0 ? KAFKA_ERROR.NONE : await memberError(groupId, memberId, memberEpoch);
      if (errorCode !== KAFKA_ERROR.NONE) return { groupId, topics: [], errorCode };
      return { groupId, topics: await committed(groupId, topics), errorCode };
    } catch (error) {
      return { groupId, topics: [], errorCode: errorNumber(error) };
    }
  }

  async function committed(group: string, wanted: Wanted | null) {
    if (wanted === null) {
      const topics = new Map<string, ReturnType<typeof partition>[]>();
      for (const offset of await engine.groups.fetchOffsets(group)) {
        const list = topics.get(offset.topic) ?? [];
        list.push(partition(offset));
        topics.set(offset.topic, list);
      }
      return [...topics].map(([name, partitions]) => ({ name, partitions }));
    }
    const asked = wanted.map(({ name, partitionIndexes }) => ({ topic: name, partitions: partitionIndexes }));
    const offsets = await engine.groups.fetchOffsets(group, asked);
    const found = new Map(offsets.map((offset) => [`${offset.topic}/${offset.partition}`, offset]));
    return wanted.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((index) => {
        const offset = found.get(`${name}/${index}`);
        return offset === undefined ? { partitionIndex: index, ...NO_OFFSET, errorCode: KAFKA_ERROR.NONE } : partition(offset);
      }),
    }));
  }

  /** A member of the consumer protocol says who it is, so that one that was fenced reads no place that moved on (KIP-848). */
  async function memberError(group: string, memberId: string, memberEpoch: number): Promise<number> {
    const view = await storedGroup(gateway, group);
    if (view === undefined || view.group.kind !== 'consumer') return KAFKA_ERROR.NONE;
    const member = view.members.get(memberId);
    if (member === undefined) return ERROR_NUMBERS.UNKNOWN_MEMBER_ID;
    if (member.epoch === memberEpoch) return KAFKA_ERROR.NONE;
    return member.classic === undefined ? ERROR_NUMBERS.STALE_MEMBER_EPOCH : ERROR_NUMBERS.ILLEGAL_GENERATION;
  }
}

function named(topics: Wanted | null) {
  return topics === null ? null : topics.map(({ name, partitionIndexes }) => ({ name, topicId: '', partitionIndexes }));
}

function partition(offset: { partition: number; offset: number; leaderEpoch: number; metadata: string }) {
  return {
    partitionIndex: offset.partition,
    committedOffset: offset.offset,
    committedLeaderEpoch: offset.leaderEpoch,
    metadata: offset.metadata,
    errorCode: KAFKA_ERROR.NONE,
  };
}

function refused(topics: Wanted, errorCode: number) {
  return topics.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, ...NO_OFFSET, errorCode })),
  }));
}
