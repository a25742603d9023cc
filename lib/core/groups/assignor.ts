/** The server's assignors: which member of a group consumes which partition. Pure functions of members, topics and what was. */
import type { TopicId } from '../ids.ts';
import type { PartitionName, PartitionSet } from './partition-set.ts';

export interface AssignorMember {
  readonly memberId: string;
  /** Static members keep their place in the order across restarts, as Kafka's range assignor does. */
  readonly instanceId?: string;
  readonly zone?: string;
  readonly topics: ReadonlySet<TopicId>;
  /** What it was meant to have before; only the uniform assignor looks at it. */
  readonly current: PartitionSet;
}

export interface AssignorTopic {
  readonly id: TopicId;
  readonly partitions: number;
}

export interface AssignorInput {
  readonly members: readonly AssignorMember[];
  readonly topics: readonly AssignorTopic[];
  /** The zone a partition is read cheapest in; undefined when all are alike. */
  readonly zoneOf?: (partition: PartitionName) => string | undefined;
}

/** Every partition of a subscribed topic is in exactly one member's set, and members get only topics they subscribe to. */
export type AssignorResult = ReadonlyMap<string, PartitionSet>;

export type Assignor = (input: AssignorInput) => AssignorResult;

/** Static members by instance, the others by id. */
export function inOrder(members: readonly AssignorMember[]): readonly AssignorMember[] {
  const key = (member: AssignorMember) => member.instanceId ?? member.memberId;
  return [...members].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a.memberId < b.memberId ? -1 : 1));
}
