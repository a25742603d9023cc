/**
 * Takes away what deleted topics left: index pages, producers, merged files, lease records, and at last the tombstone.
 * Written segments are shared with other topics; sweep finds that nothing of this one names them.
 */
import { FLOOR_DELETED, type PartitionKey } from '../../core/ids.ts';
import { LOG_PREFIX } from '../../core/segment-key.ts';
import type { Topic } from '../../core/topic.ts';
import { configNumber } from '../../core/topic-config.ts';
import type { Zone } from '../../ports/object-store.ts';
import { isTombstone, partitionsOf } from '../topics.ts';
import type { MaintenancePorts } from './maintenance-ports.ts';
import type { Run } from './run.ts';

const ITEMS_AT_ONCE = 1_000;
const PARTITIONS_AT_ONCE = 100;

/** One run over all topics that are being deleted. Cost: 1 query a thousand topics, and what there is to delete. */
export async function cleanUpTopics(ports: MaintenancePorts, run: Run): Promise<void> {
  for (const topic of await ports.topics.deleted()) {
    if (run.over) return;
    run.item();
    await run.attempt(`clean-up of deleted topic ${topic.id}`, () =>
      isTombstone(topic) ? cleanUpTopic(ports, run, topic) : freeName(ports, run, topic),
    );
  }
}

async function cleanUpTopic(ports: MaintenancePorts, run: Run, topic: Topic): Promise<void> {
  const ageMs = (await ports.storeTime.now()) - (topic.deletedAtMs ?? 0);
  if (run.dryRun) return run.count('topicsToClean');
  // Whoever deleted it may have died before the last partition was sealed.
  await ports.topics.sealPartitions(topic);
  if (ageMs < configNumber(topic.configs, 'file.delete.delay.ms')) {
    run.waiting(Math.max(0, ageMs));
    return run.leftOver();
  }
  const last = ageMs > ports.settings.stubKeptMs;
  const open = await partitionsWithRecord(ports, topic);
  // Between the first cleaning and the last nothing is looked at: the records are gone by then.
  if (open.length === 0 && !last) return;
  for (const key of last ? partitionsOf(topic) : open) {
    if (run.over) return;
    for (let gone = ITEMS_AT_ONCE; gone === ITEMS_AT_ONCE; ) {
      gone = await ports.pages.clear(key, ITEMS_AT_ONCE);
      run.count('itemsDropped', gone);
      await run.pause();
    }
  }
  // A zone that fails does not keep the others from it; the topic is cleaned only when all of them are.
  const ends = await Promise.allSettled(ports.zones.map((zone) => deletePrefix(zone, `${LOG_PREFIX}${topic.id}/`, run)));
  for (const end of ends) {
    if (end.status === 'rejected') throw end.reason;
    if (!end.value) return;
  }
  for (let at = 0; at < open.length; at += PARTITIONS_AT_ONCE) await ports.leases.remove(open.slice(at, at + PARTITIONS_AT_ONCE));
  run.count('partitionsCleaned', open.length);
  // The tombstone stays for as long as a frozen process may still put back a page or a file; then all is looked at again.
  if (!last) return;
  await ports.topicStore.remove(topic.name, topic.id);
  run.count('topicsCleaned');
}

/** What was deleted must not keep its name; its data is cleaned away through its tombstone, whose time begins when writers are fenced. */
async function freeName(ports: MaintenancePorts, run: Run, topic: Topic): Promise<void> {
  run.count(run.dryRun ? 'namesToFree' : 'namesFreed');
  if (!run.dryRun) await ports.topics.finishDelete({ ...topic, deletedAtMs: await ports.storeTime.now() });
}

/** Partitions whose lease record is there; they are sealed by now. */
async function partitionsWithRecord(ports: MaintenancePorts, topic: Topic): Promise<readonly PartitionKey[]> {
  const found: PartitionKey[] = [];
  const keys = partitionsOf(topic);
  for (let at = 0; at < keys.length; at += PARTITIONS_AT_ONCE) {
    const some = keys.slice(at, at + PARTITIONS_AT_ONCE);
    const records = await ports.leases.read(some);
    found.push(...some.filter((_, i) => records[i]?.floor === FLOOR_DELETED));
  }
  return found;
}

/** False when the run was over before everything was deleted. */
async function deletePrefix(zone: Zone, prefix: string, run: Run): Promise<boolean> {
  for (;;) {
    const found = await zone.objects.list(prefix, undefined, ITEMS_AT_ONCE);
    if (found.length === 0) return true;
    if (run.over) return false;
    await zone.objects.delete(found.map(({ key }) => key));
    run.count('objectsDeleted', found.length);
    run.item(found.length);
  }
}
