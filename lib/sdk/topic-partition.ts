/** A partition by the name of its topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** One text for one partition, as a key of maps. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
