import type { PartitionKey } from '../../core/ids.ts';
import type { Engine } from '../engine.ts';

/** What groups need to know of the logs they consume. */
export interface LogView {
  /** Start and end offset of each partition, undefined where there is none. Cost: 1 read a partition. */
  bounds(keys: readonly PartitionKey[]): Promise<readonly ({ readonly startOffset: number; readonly endOffset: number } | undefined)[]>;
  /** The first offset at or after a time, -1 when no record is that young. */
  offsetAt(topic: string, partition: number, timeMs: number): Promise<number>;
  /** The timestamp of the next record at an offset; undefined when there is none. Cost: up to 1 GET. */
  timestampAt(topic: string, partition: number, offset: number): Promise<number | undefined>;
}

/** The logs of an engine. */
export function logViewOf(engine: Engine): LogView {
  return {
    async bounds(keys) {
      const records = keys.length === 0 ? [] : await engine.deps.leases.read(keys);
      return records.map((record) => record && { startOffset: record.start, endOffset: record.next });
    },
    async offsetAt(topic, partition, timeMs) {
      return (await engine.listOffset({ topic, partition, at: timeMs })).offset;
    },
    async timestampAt(topic, partition, offset) {
      const { records } = await engine.readRecords({ topic, partition, offset, maxRecords: 1, maxBytes: 1 });
      return records[0]?.timestamp;
    },
  };
}

/** The same logs as they are at one moment: each end is read once, however many groups consume the partition. */
export function atOneMoment(log: LogView): LogView {
  const known = new Map<string, ReturnType<LogView['bounds']>>();
  return {
    ...log,
    async bounds(keys) {
      const names = keys.map(({ topicId, partition }) => `${topicId}/${partition}`);
      const missing = keys.filter((_, i) => !known.has(names[i] ?? ''));
      if (missing.length > 0) {
        const read = log.bounds(missing);
        missing.forEach(({ topicId, partition }, at) => {
          known.set(
            `${topicId}/${partition}`,
            read.then((bounds) => [bounds[at]]),
          );
        });
      }
      return (await Promise.all(names.map((name) => known.get(name)))).map((found) => found?.[0]);
    },
  };
}
