import type { PartitionKey, TopicId } from '../../core/ids.ts';
import type { IndexPage } from '../../core/index-page.ts';
import type { LeaseRecord } from '../../core/lease-record.ts';
import type { Topic } from '../../core/topic.ts';
import type { Clock } from '../../ports/clock.ts';
import type { InlineStore } from '../../ports/inline-store.ts';
import type { LeaseStore } from '../../ports/lease-store.ts';
import type { Zone } from '../../ports/object-store.ts';
import type { PageStore } from '../../ports/page-store.ts';
import type { Random } from '../../ports/random.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import type { TopicStore } from '../../ports/topic-store.ts';
import type { WorkStore } from '../../ports/work-store.ts';
import type { SegmentStorage } from '../segment-storage.ts';
import { partitionsOf, type TopicCatalog } from '../topics.ts';
import type { Coverage } from './coverage.ts';
import type { QuietPartitions } from './quiet-partitions.ts';
import type { ReadRoom } from './read-room.ts';
import type { RetiredObjects } from './retired-objects.ts';
import type { JobName, Run } from './run.ts';
import type { MaintenanceSettings } from './settings.ts';
import type { StoreTime } from './store-time.ts';
import type { ZoneHealth } from './zone-health.ts';

/** What the jobs work with. The stores count their requests. */
export interface MaintenancePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  readonly leases: LeaseStore;
  readonly pages: PageStore;
  readonly inline: InlineStore | undefined;
  readonly zones: readonly Zone[];
  readonly topics: TopicCatalog;
  readonly topicStore: TopicStore;
  /** Without it every run looks at every partition. */
  readonly work: WorkStore | undefined;
  readonly storage: SegmentStorage;
  readonly settings: MaintenanceSettings;
  readonly storeTime: StoreTime;
  readonly zoneHealth: ZoneHealth;
  readonly coverage: Coverage;
  readonly retired: RetiredObjects;
  readonly quiet: QuietPartitions;
  /** Where merge reads to, if puts let go of their bytes as they resolve. */
  readonly readRoom: ReadRoom | undefined;
  /** Partitions of compacted topics that merge has looked at since compaction last did. */
  readonly toCompact: Map<string, RunPartition>;
  /** The version of each compacted topic with which compaction last looked at all of its partitions. */
  readonly compactSeen: Map<TopicId, number>;
  /** The partition that the last run of a job did not come to when it ended at a bound: the next one begins there. */
  readonly resumeAt: Map<JobName, { readonly topic: string; readonly partition: number }>;
}

const PARTITIONS_AT_ONCE = 100;

/** Every index page from an offset on, ascending, stubs included. Cost: 1 query for each `pagesAtOnce`. */
export async function* pagesFrom(
  ports: Pick<MaintenancePorts, 'pages' | 'settings'>,
  key: PartitionKey,
  from: number,
): AsyncGenerator<IndexPage> {
  const { pagesAtOnce } = ports.settings;
  for (let at = from; ; ) {
    const found = await ports.pages.range(key, at, pagesAtOnce);
    yield* found;
    const last = found.at(-1);
    if (last === undefined || found.length < pagesAtOnce) return;
    at = last.firstOffset + 1;
  }
}

/** A partition that a run looks at. */
export interface RunPartition {
  readonly topic: Topic;
  readonly key: PartitionKey;
}

/** What a job's finding in a partition rests on: while neither moves, its index only changes by jobs. */
export function stateOf(topic: Topic, record: LeaseRecord): string {
  return `${topic.version}/${record.version}`;
}

/** The store's time, asked for at most once a run and only if somebody wants it. */
export function storeTimeOnce(ports: MaintenancePorts): () => Promise<number> {
  let now: Promise<number> | undefined;
  return () => {
    now ??= ports.storeTime.now();
    return now;
  };
}

/**
 * The partitions that a run is about, in groups for calls that take many. A run that ends at a bound is taken up by the next
 * one at the partition that it did not come to, as its count of items tells, so that none is never looked at.
 * UNKNOWN_TOPIC_OR_PARTITION when the run names a topic that is not there.
 */
export async function* partitionsOfRun(
  ports: MaintenancePorts,
  run: Run,
  wanted: (topic: Topic) => boolean = () => true,
): AsyncGenerator<readonly RunPartition[]> {
  const topics = run.topic === undefined ? await ports.topics.list() : [await ports.topics.get(run.topic)];
  const all = topics.filter(wanted).flatMap((topic) => partitionsOf(topic).map((key): RunPartition => ({ topic, key })));
  const resumeAt = run.topic === undefined ? ports.resumeAt.get(run.job) : undefined;
  const first =
    resumeAt === undefined
      ? 0
      : Math.max(
          0,
          all.findIndex(({ topic, key }) => isAtOrAfter(topic.name, key.partition, resumeAt)),
        );
  const order = [...all.slice(first), ...all.slice(0, first)];
  let next: RunPartition | undefined;
  try {
    for (let at = 0; at < order.length; at += PARTITIONS_AT_ONCE) {
      const before = run.items;
      const group = order.slice(at, at + PARTITIONS_AT_ONCE);
      // Taken up again where it is broken off, when this is the last that is asked for.
      next = group[0];
      yield group;
      next = run.over ? order[at + Math.min(run.items - before, group.length)] : undefined;
      if (next !== undefined) return;
    }
  } finally {
    if (run.topic === undefined) {
      if (next === undefined) ports.resumeAt.delete(run.job);
      else ports.resumeAt.set(run.job, { topic: next.topic.name, partition: next.key.partition });
    }
  }
}

function isAtOrAfter(topic: string, partition: number, at: { readonly topic: string; readonly partition: number }): boolean {
  return topic > at.topic || (topic === at.topic && partition >= at.partition);
}
