import { StratalogError } from '../core/errors.ts';
import { FLOOR_DELETED } from '../core/ids.ts';
import { withStart } from '../core/lease-record.ts';
import { unknownPartition } from '../core/topic.ts';
import type { Clock } from '../ports/clock.ts';
import type { LeaseStore } from '../ports/lease-store.ts';
import type { Random } from '../ports/random.ts';
import type { TopicCatalog } from './topics.ts';

export interface DeleteRecordsRequest {
  readonly topic: string;
  readonly partition: number;
  /** Records below this offset are deleted; -1 stands for the high watermark. */
  readonly before: number;
}

interface DeleteRecordsPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly topics: TopicCatalog;
  readonly leases: LeaseStore;
}

/**
 * Moves the log start of a partition. Readers see it at once; the bytes are taken away by retention.
 * An offset at or below the start changes nothing; OFFSET_OUT_OF_RANGE above the end. Cost: 1 read, 1 write.
 */
export async function deleteRecords(
  ports: DeleteRecordsPorts,
  request: DeleteRecordsRequest,
): Promise<{ readonly logStartOffset: number }> {
  const topic = await ports.topics.get(request.topic);
  if (!Number.isInteger(request.partition) || request.partition < 0 || request.partition >= topic.partitions) {
    throw unknownPartition(request.topic, request.partition);
  }
  const key = { topicId: topic.id, partition: request.partition };
  for (let tries = 0; ; tries++) {
    const [record] = await ports.leases.read([key]);
    if (record === undefined || record.floor === FLOOR_DELETED) throw unknownPartition(request.topic, request.partition);
    const before = request.before === -1 ? record.next : request.before;
    if (!Number.isSafeInteger(before) || before < 0 || before > record.next) {
      throw new StratalogError(
        'OFFSET_OUT_OF_RANGE',
        `before is ${request.before}, '${request.topic}' partition ${request.partition} ends at ${record.next}`,
        {
          field: 'before',
          value: request.before,
          limit: record.next,
        },
      );
    }
    const next = withStart(record, before);
    if (next === record) return { logStartOffset: record.start };
    const [outcome] = await ports.leases.write([{ key, expected: record.version, record: next }]);
    if (outcome?.kind === 'applied') return { logStartOffset: next.start };
    await ports.clock.sleep(ports.random.fraction() * Math.min(1_000, 2 ** (tries + 2)));
  }
}
