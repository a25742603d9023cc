/**
 * Sets of partitions, as sorted lists of names. A group's records hold thousands of them, so the stored form is ranges a topic.
 */
import type { PartitionKey, TopicId } from '../ids.ts';

/** `<topicId>/<partition>`, as `partitionName` writes it. */
export type PartitionName = string;

/** Sorted by topic, then by partition as a number; no name twice. */
export type PartitionSet = readonly PartitionName[];

export const NO_PARTITIONS: PartitionSet = [];

/** The partition that a name stands for. */
export function partitionOf(name: PartitionName): PartitionKey {
  const slash = name.indexOf('/');
  return { topicId: name.slice(0, slash) as TopicId, partition: Number(name.slice(slash + 1)) };
}

/** Order of topics first, then of partition numbers. */
export function comparePartitions(a: PartitionName, b: PartitionName): number {
  if (a === b) return 0;
  const slashA = a.indexOf('/');
  const slashB = b.indexOf('/');
  const topicA = a.slice(0, slashA);
  const topicB = b.slice(0, slashB);
  if (topicA !== topicB) return topicA < topicB ? -1 : 1;
  return Number(a.slice(slashA + 1)) - Number(b.slice(slashB + 1));
}

/** A set of what is given, whatever its order. */
export function partitionSet(names: Iterable<PartitionName>): PartitionSet {
  return [...new Set(names)].sort(comparePartitions);
}

export function samePartitions(a: PartitionSet, b: PartitionSet): boolean {
  return a === b || (a.length === b.length && a.every((name, i) => name === b[i]));
}

/** Those of `a` that are not in `b`. */
export function without(a: PartitionSet, b: Iterable<PartitionName>): PartitionSet {
  const gone = b instanceof Set ? (b as ReadonlySet<PartitionName>) : new Set(b);
  return gone.size === 0 ? a : a.filter((name) => !gone.has(name));
}

/** Those of `a` that are also in `b`. */
export function within(a: PartitionSet, b: Iterable<PartitionName>): PartitionSet {
  const kept = b instanceof Set ? (b as ReadonlySet<PartitionName>) : new Set(b);
  return a.filter((name) => kept.has(name));
}

export function union(a: PartitionSet, b: PartitionSet): PartitionSet {
  if (b.length === 0) return a;
  return a.length === 0 ? b : partitionSet([...a, ...b]);
}

/** The stored form: for each topic a text such as `0-9,12`. */
export type PartitionRanges = Readonly<Record<string, string>>;

export function toRanges(set: PartitionSet): PartitionRanges {
  const byTopic: Record<string, string[]> = {};
  let topic = '';
  let first = 0;
  let last = -2;
  const close = () => {
    if (topic === '') return;
    byTopic[topic] ??= [];
    byTopic[topic]?.push(first === last ? String(first) : `${first}-${last}`);
  };
  for (const name of set) {
    const key = partitionOf(name);
    if (key.topicId === topic && key.partition === last + 1) {
      last = key.partition;
      continue;
    }
    close();
    topic = key.topicId;
    first = key.partition;
    last = key.partition;
  }
  close();
  return Object.fromEntries(Object.entries(byTopic).map(([id, ranges]) => [id, ranges.join(',')]));
}

export function fromRanges(ranges: PartitionRanges): PartitionSet {
  const names: PartitionName[] = [];
  for (const [topicId, text] of Object.entries(ranges)) {
    for (const range of text.split(',')) {
      const [from, to] = range.split('-');
      const first = Number(from);
      const last = to === undefined ? first : Number(to);
      for (let partition = first; partition <= last; partition++) names.push(`${topicId}/${partition}`);
    }
  }
  return names.sort(comparePartitions);
}

/** The set as one list of partitions a topic, for answers. */
export function byTopic(set: PartitionSet): ReadonlyMap<TopicId, readonly number[]> {
  const lists = new Map<TopicId, number[]>();
  for (const name of set) {
    const { topicId, partition } = partitionOf(name);
    const list = lists.get(topicId);
    if (list) list.push(partition);
    else lists.set(topicId, [partition]);
  }
  return lists;
}
