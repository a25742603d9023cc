/**
 * The 32-bit murmur2 hash of Kafka's default partitioner (`org.apache.kafka.common.utils.Utils.murmur2`), so that a key
 * goes to the same partition whichever client sends it.
 */
const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/** The hash as a signed 32-bit integer, as Java has it. */
export function murmur2(data: Uint8Array): number {
  const length = data.length;
  let h = SEED ^ length;
  const words = length >>> 2;
  for (let i = 0; i < words; i++) {
    const at = i << 2;
    let k = (data[at] as number) | ((data[at + 1] as number) << 8) | ((data[at + 2] as number) << 16) | ((data[at + 3] as number) << 24);
    k = Math.imul(k, M);
    k ^= k >>> R;
    k = Math.imul(k, M);
    h = Math.imul(h, M) ^ k;
  }
  const rest = words << 2;
  const left = length & 3;
  if (left === 3) h ^= (data[rest + 2] as number) << 16;
  if (left >= 2) h ^= (data[rest + 1] as number) << 8;
  if (left >= 1) h = Math.imul(h ^ (data[rest] as number), M);
  h ^= h >>> 13;
  h = Math.imul(h, M);
  h ^= h >>> 15;
  return h | 0;
}

/** The partition of a keyed record, as every Kafka client with the default partitioner chooses it. */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fff_ffff) % partitions;
}
