/** Which partitions a run of merge or compaction looks at: those with marks of work, or all. */
import type { PartitionKey } from '../../core/ids.ts';
import { WORK_LEASE_MS, WORK_SHARDS } from '../../core/limits.ts';
import type { Topic } from '../../core/topic.ts';
import type { WorkLease, WorkMark, WorkStore } from '../../ports/work-store.ts';
import { type MaintenancePorts, partitionsOfRun } from './maintenance-ports.ts';
import type { Run } from './run.ts';

export interface WorkItem {
  readonly topic: Topic;
  readonly key: PartitionKey;
  /** What to take away when nothing is left to do. */
  readonly mark?: WorkMark;
}

const MARKS_PER_SHARD = 1_000;

/**
 * Partitions with work, in groups. The work lease of each shard with marks is taken and held to the end, so that two runs
 * do not do the same twice; whoever finds one taken passes the shard over. Cost: 1 query a shard, 1 write a shard with marks.
 */
export async function* workItems(ports: MaintenancePorts, run: Run, owner: string): AsyncGenerator<readonly WorkItem[]> {
  const { work } = ports;
  if (work === undefined || run.all || run.topic !== undefined) {
    yield* partitionsOfRun(ports, run);
    return;
  }
  const held: WorkLease[] = [];
  try {
    for (let shard = 0; shard < WORK_SHARDS && !run.over; shard++) {
      const marks = await work.marks(shard, MARKS_PER_SHARD);
      const due = marks.filter((mark) => !isWaiting(ports, run, mark));
      const items = due.length === 0 ? [] : await itemsOf(ports, work, run, due);
      if (items.length === 0) continue;
      if (!run.dryRun) {
        const taken = await work.acquire(run.job, shard, owner, ports.clock.now(), WORK_LEASE_MS + ports.settings.runMs);
        if (taken.kind === 'taken') {
          run.count('shardsOfOthers');
          continue;
        }
        held.push(taken.lease);
      }
      yield items;
    }
  } finally {
    for (const lease of held) await work.release(lease);
  }
}

/** Whether this very mark was looked at and what it stands for is not due yet. */
function isWaiting(ports: MaintenancePorts, run: Run, { key, stamp }: WorkMark): boolean {
  const quiet = run.anew ? undefined : ports.quiet.find('mark', key, String(stamp));
  if (quiet?.waitingSinceMs !== undefined) run.waiting(ports.clock.now() - quiet.waitingSinceMs);
  return quiet !== undefined;
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
