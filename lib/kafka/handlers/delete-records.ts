import { configText } from '../../core/topic-config.ts';
import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';

/** Moves the log start of partitions; -1 stands for the end of the log. */
export function deleteRecordsHandler({ engine }: Gateway): KafkaHandler<'DeleteRecords'> {
  return async (_context, request) => ({
    topics: await Promise.all(
      request.topics.map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(partitions.map(({ partitionIndex, offset }) => one(name, partitionIndex, offset))),
      })),
    ),
  });

  async function one(topic: string, partitionIndex: number, offset: number) {
    try {
      const found = await engine.topics.find(topic);
      // As a broker has it: what compaction keeps is the newest of each key, and no range of offsets.
      if (found !== undefined && !configText(found.configs, 'cleanup.policy').split(',').includes('delete')) {
        return { partitionIndex, lowWatermark: -1, errorCode: ERROR_NUMBERS.POLICY_VIOLATION };
      }
      const { logStartOffset } = await engine.deleteRecords({ topic, partition: partitionIndex, before: offset });
      return { partitionIndex, lowWatermark: logStartOffset, errorCode: KAFKA_ERROR.NONE };
    } catch (error) {
      return { partitionIndex, lowWatermark: -1, errorCode: errorNumber(error) };
    }
  }
}
