import { describe, expect, test } from 'vitest';
import { checkPartition, defaultPartitioner, roundRobinPartitioner } from '../../../lib/sdk/partitioner.ts';

const SETTINGS = { topic: 't', batchSize: 1000 } as const;

function choice(key: string | null, bytes = 100, partitions = 6) {
  return { topic: 't', key: key === null ? null : Buffer.from(key), value: null, bytes, partitions };
}

describe('the default partitioner', () => {
  // Answers of the Java client's BuiltInPartitioner.partitionForKey for six partitions.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ])("puts key '%s' where Kafka's murmur2 hash says", (key, hash) => {
    expect(defaultPartitioner(SETTINGS)(choice(key))).toBe((hash & 0x7fff_ffff) % 6);
  });

  test('stays with one partition for batchSize bytes of records without a key, then takes another', () => {
    const partitioner = defaultPartitioner(SETTINGS);
    const chosen = Array.from({ length: 40 }, () => partitioner(choice(null)));
    for (let run = 0; run < 4; run++) expect(new Set(chosen.slice(run * 10, run * 10 + 10)).size).toBe(1);
    for (let run = 1; run < 4; run++) expect(chosen[run * 10]).not.toBe(chosen[run * 10 - 1]);
  });

  test('spreads such records over all partitions in the long run, also when partitions were added', () => {
    const partitioner = defaultPartitioner(SETTINGS);
    for (const partitions of [1, 3, 12]) {
      const chosen = new Set(Array.from({ length: 5000 }, () => partitioner(choice(null, 500, partitions))));
      expect(chosen.size).toBe(partitions);
    }
  });
});

test('round robin takes each partition in turn', () => {
  const partitioner = roundRobinPartitioner(SETTINGS);
  const chosen = Array.from({ length: 6 }, () => partitioner(choice('same')));
  expect(new Set(chosen).size).toBe(6);
});

test('a partition that is not there is refused with the count', () => {
  expect(checkPartition('t', 5, 6)).toBe(5);
  for (const wrong of [6, -1, 1.5, Number.NaN])
    expect(() => checkPartition('t', wrong, 6)).toThrow(/has 6 partitions, there is no partition/);
});
