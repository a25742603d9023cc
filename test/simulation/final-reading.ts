/** The reading of whole partitions at the end, by which a history is judged. */
import { isStratalogError } from '../../lib/core/errors.ts';
import type { Engine } from '../../lib/engine/engine.ts';
import { seenRecords } from './clients.ts';
import type { FinalPartition, SeenRecord } from './history.ts';
import type { Plan } from './plan.ts';

const WEEK_MS = 7 * 24 * 60 * 60_000;

/** Whether a topic has partitions. One whose deletion was cut short still has its name, and none. */
export async function isDescribable(engine: Engine, topic: string): Promise<boolean> {
  try {
    return (await engine.topics.describe(topic)).partitions.length > 0;
  } catch (error) {
    if (isStratalogError(error, 'UNKNOWN_TOPIC_OR_PARTITION')) return false;
    throw error;
  }
}

type FinalRules = Pick<Plan, 'compacted' | 'retentionMs' | 'deleteRetentionMs'>;
/** The topic that comes and goes has Kafka's default retention, a week. */
export const MAYFLY_RULES: FinalRules = { compacted: false, retentionMs: WEEK_MS, deleteRetentionMs: 0 };

export async function readAll(
  engine: Engine,
  { id, name: topic }: { readonly id: string; readonly name: string },
  partition: number,
  rules: FinalRules,
): Promise<FinalPartition> {
  const { offset: start } = await engine.listOffset({ topic, partition, at: 'earliest' });
  const { offset: end } = await engine.listOffset({ topic, partition, at: 'latest' });
  const records: SeenRecord[] = [];
  for (let at = start; at < end; ) {
    try {
      const answer = await engine.fetch({ topic, partition, offset: at, maxBytes: 4_096 });
      for (const record of seenRecords(answer.batches)) if (record.offset >= at) records.push(record);
      if (answer.nextOffset <= at) break;
      at = answer.nextOffset;
    } catch (error) {
      // What cannot be read is missing from the records, which is for the checker to judge.
      if (!isStratalogError(error)) throw error;
      break;
    }
  }
  return { partition: `${id.slice(0, 8)}/${partition}`, start, end, records, retentionBytes: -1, ...pickRules(rules) };
}

function pickRules({ compacted, retentionMs, deleteRetentionMs }: FinalRules): FinalRules {
  return { compacted, retentionMs, deleteRetentionMs };
}
