import { type AssignorInput, type AssignorResult, inOrder } from './assignor.ts';
import { type PartitionName, partitionSet } from './partition-set.ts';

/**
 * Kafka's round robin: all partitions in order are dealt to the members in turn, passing over those that do not
 * subscribe. A member's partitions lie far apart, so its commits touch more blocks of offsets than with the others.
 */
export function assignRoundRobin(input: AssignorInput): AssignorResult {
  const given = new Map<string, PartitionName[]>(input.members.map((member) => [member.memberId, []]));
  const members = inOrder(input.members);
  const topics = [...input.topics].sort((a, b) => (a.id < b.id ? -1 : 1));
  let turn = 0;
  for (const topic of topics) {
    if (!members.some((member) => member.topics.has(topic.id))) continue;
    for (let partition = 0; partition < topic.partitions; partition++) {
      while (!members[turn % members.length]?.topics.has(topic.id)) turn++;
      const member = members[turn % members.length];
      if (member) given.get(member.memberId)?.push(`${topic.id}/${partition}`);
      turn++;
    }
  }
  return new Map([...given].map(([memberId, names]) => [memberId, partitionSet(names)]));
}
