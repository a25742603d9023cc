import type { Topic } from '../../core/topic.ts';
import { isCompacted } from '../../core/topic-config.ts';
import { KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';

/** A name for the object store, which is the one place where logs are. */
const LOG_DIR = '/stratalog';

/**
 * Answers the size of partitions: the bytes of all batches that a reader can still get. Cost: 1 read a partition, and 1 query for
 * each that has been rolled.
 */
export function describeLogDirsHandler({ engine }: Gateway): KafkaHandler<'DescribeLogDirs'> {
  return async (_context, { topics: asked }) => {
    const topics = asked === null ? await all() : await named(asked);
    return {
      errorCode: KAFKA_ERROR.NONE,
      results: [{ errorCode: KAFKA_ERROR.NONE, logDir: LOG_DIR, topics, totalBytes: -1, usableBytes: -1 }],
    };
  };

  async function all() {
    const topics = await engine.topics.list();
    return Promise.all(
      topics.map((topic) =>
        described(
          topic,
          Array.from({ length: topic.partitions }, (_, i) => i),
        ),
      ),
    );
  }

  /** What is not there is left out, as by a broker. */
  async function named(asked: readonly { readonly topic: string; readonly partitions: readonly number[] }[]) {
    const answers = await Promise.all(
      asked.map(async ({ topic: name, partitions }) => {
        const topic = await engine.topics.find(name);
        const known = partitions.filter((partition) => topic !== undefined && partition >= 0 && partition < topic.partitions);
        return topic === undefined || known.length === 0 ? [] : [await described(topic, known)];
      }),
    );
    return answers.flat();
  }

  async function described(topic: Topic, partitions: readonly number[]) {
    const records = await engine.index.records(partitions.map((partition) => ({ topicId: topic.id, partition })));
    const compacted = isCompacted(topic.configs);
    const sizes = partitions.map(async (partitionIndex, i) => {
      const record = records[i];
      const key = { topicId: topic.id, partition: partitionIndex };
      const partitionSize = record === undefined ? 0 : await engine.index.bytesKept(key, record, compacted);
      return { partitionIndex, partitionSize, offsetLag: 0, isFutureKey: false };
    });
    return { name: topic.name, partitions: await Promise.all(sizes) };
  }
}
