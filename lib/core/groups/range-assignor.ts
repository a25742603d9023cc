import { type AssignorInput, type AssignorResult, inOrder } from './assignor.ts';
import { type PartitionName, partitionSet } from './partition-set.ts';

/**
 * Kafka's range: each topic's partitions in order are cut into one run a subscriber; the first ones get one more. Topics
 * with the same number of partitions and subscribers are cut alike, so that equal keys of two topics meet in one member.
 */
export function assignRange(input: AssignorInput): AssignorResult {
  const given = new Map<string, PartitionName[]>(input.members.map((member) => [member.memberId, []]));
  const members = inOrder(input.members);
  for (const topic of input.topics) {
    const subscribers = members.filter((member) => member.topics.has(topic.id));
    if (subscribers.length === 0) continue;
    const share = Math.floor(topic.partitions / subscribers.length);
    const extra = topic.partitions % subscribers.length;
    let next = 0;
    subscribers.forEach((member, i) => {
      const end = next + share + (i < extra ? 1 : 0);
      for (; next < end; next++) given.get(member.memberId)?.push(`${topic.id}/${next}`);
    });
  }
  return new Map([...given].map(([memberId, names]) => [memberId, partitionSet(names)]));
}
