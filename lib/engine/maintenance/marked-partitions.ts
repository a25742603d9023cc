/** Which partitions a run of merge or compaction looks at: those with marks of work, or all. */
import type { PartitionKey } from '../../core/ids.ts';
import { WORK_LEASE_MS, WORK_SHARDS } from '../../core/limits.ts';
import type { Topic } from '../../core/topic.ts';
import type { WorkMark, WorkStore } from '../../ports/work-store.ts';
import { type MaintenancePorts, partitionGroups, topicsOf } from './maintenance-ports.ts';
import type { Run } from './run.ts';

export interface WorkItem {
  readonly topic: Topic;
  readonly key: PartitionKey;
  /** What to take away when nothing is left to do. */
  readonly mark?: WorkMark;
}

const GROUP_SIZE = 100;
const MARKS_PER_SHARD = 1_000;

/**
 * Partitions with work, in groups. Each shard's work lease is taken while its group is worked on, so that two runs do not
 * do the same twice; whoever finds it taken passes the shard over. Cost: 1 query a shard, 1 write a shard with marks.
 */
export async function* workItems(ports: MaintenancePorts, run: Run, owner: string): AsyncGenerator<readonly WorkItem[]> {
  if (ports.work === undefined || run.all || run.topic !== undefined) {
    for (const group of partitionGroups(await topicsOf(ports, run), GROUP_SIZE)) yield group;
    return;
  }
  for (let shard = 0; shard < WORK_SHARDS; shard++) {
    const marks = await ports.work.marks(shard, MARKS_PER_SHARD);
    if (marks.length === 0) continue;
    const items = await itemsOf(ports, ports.work, run, marks);
    if (items.length === 0) continue;
    const taken = run.dryRun
      ? undefined
      : await ports.work.acquire(run.job, shard, owner, ports.clock.now(), WORK_LEASE_MS + ports.settings.runMs);
    if (taken?.kind === 'taken') {
      run.count('shardsOfOthers');
      continue;
    }
    try {
      yield items;
    } finally {
      if (taken !== undefined) await ports.work.release(taken.lease);
    }
  }
}

/** Marks of topics that are gone are taken away. */
async function itemsOf(ports: MaintenancePorts, work: WorkStore, run: Run, marks: readonly WorkMark[]): Promise<readonly WorkItem[]> {
  const items: WorkItem[] = [];
  const stale: WorkMark[] = [];
  for (const mark of marks) {
    const topic = await ports.topics.byId(mark.key.topicId);
    if (topic === undefined) stale.push(mark);
    else items.push({ topic, key: mark.key, mark });
  }
  if (stale.length > 0 && !run.dryRun) await work.unmark(stale);
  return items;
}
